package org.costate.gpu.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A native library whose functions are answered here: C calls Java.
abstract class Answering implements SymbolLookup, AutoCloseable {
    /// An answer that could not be given.
    private static final int CONFUSED = 999;

    private final Arena arena = Arena.ofShared();
    private final Map<String, MemorySegment> stubs = new HashMap<>();

    /// All calls, in order.
    final List<String> calls = new ArrayList<>();

    /// Functions that the library shall not have.
    final Set<String> absent = new HashSet<>();

    /// What a function shall return instead of doing anything.
    final Map<String, Integer> failing = new HashMap<>();

    /// What went wrong in here.
    final List<Throwable> faults = new ArrayList<>();

    @SuppressWarnings("restricted")
    Answering(Map<String, FunctionDescriptor> types) {
        try {
            MethodHandle answer = MethodHandles.lookup()
                    .findVirtual(
                            Answering.class, "call", MethodType.methodType(int.class, String.class, Object[].class));
            types.forEach((name, type) -> {
                MethodHandle bound = MethodHandles.insertArguments(answer, 0, this, name)
                        .asCollector(Object[].class, type.argumentLayouts().size())
                        .asType(type.toMethodType());
                stubs.put(name, Linker.nativeLinker().upcallStub(bound, type, arena));
            });
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Optional<MemorySegment> find(String name) {
        return absent.contains(name) ? Optional.empty() : Optional.ofNullable(stubs.get(name));
    }

    /// Called from C; an exception there would end the JVM.
    final synchronized int call(String name, Object... arguments) {
        try {
            calls.add(name);
            Integer fails = failing.get(name);
            return fails != null ? fails : answer(name, arguments);
        } catch (Throwable e) {
            faults.add(e);
            return CONFUSED;
        }
    }

    /// The result of a call.
    abstract int answer(String name, Object... arguments) throws Exception;

    /// A pointer that C gave, with its size.
    @SuppressWarnings("restricted")
    static MemorySegment sized(Object pointer, long bytes) {
        return ((MemorySegment) pointer).reinterpret(bytes);
    }

    /// The text that C gave.
    @SuppressWarnings("restricted")
    static String text(Object pointer) {
        return ((MemorySegment) pointer).reinterpret(Long.MAX_VALUE).getString(0);
    }

    MemorySegment constant(String text) {
        return arena.allocateFrom(text);
    }

    @Override
    public void close() {
        arena.close();
    }
}
