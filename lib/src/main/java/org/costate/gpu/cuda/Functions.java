package org.costate.gpu.cuda;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// C functions of one library, by their names. What the library lacks is no failure before it is called.
final class Functions {
    private final Map<String, MethodHandle> handles = new HashMap<>();
    private final Set<String> missing = new TreeSet<>();

    @SuppressWarnings("restricted") // calling a native library is what this is for
    Functions(SymbolLookup symbols, Map<String, FunctionDescriptor> types) {
        types.forEach((name, type) -> symbols.find(name)
                .ifPresentOrElse(
                        symbol -> {
                            MethodHandle handle = Linker.nativeLinker().downcallHandle(symbol, type);
                            int count = handle.type().parameterCount();
                            handles.put(
                                    name, handle.asType(handle.type().generic()).asSpreader(Object[].class, count));
                        },
                        () -> missing.add(name)));
    }

    /// The functions that the library lacks.
    Set<String> missing() {
        return missing;
    }

    /// Calls one.
    ///
    /// @param arguments of exactly the C types: Integer, Long, or memory for a pointer
    Object call(String name, Object... arguments) {
        MethodHandle handle = handles.get(name);
        if (handle == null) {
            throw new IllegalStateException(name + " is missing");
        }
        try {
            return handle.invokeExact(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(name, e); // a native function throws nothing
        }
    }
}
