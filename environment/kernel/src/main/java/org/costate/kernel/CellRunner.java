package org.costate.kernel;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import jdk.jshell.execution.DirectExecutionControl;

/// Runs the compiled snippets in this JVM, on one thread for all cells, and keeps their values as objects.
///
/// JShell's own protocol knows values only as text: `invoke` returns a key here, under which [#take] finds the
/// object.
final class CellRunner extends DirectExecutionControl {
    /// Well under the second within which Jupyter's user wants the cell back.
    private static final Duration GRACE = Duration.ofMillis(700);

    private static final Object NULL = new Object();

    /// DirectExecutionControl makes a loader of its own and leaves it here.
    private final ClassLoader loader = Thread.currentThread().getContextClassLoader();

    private final Map<String, Object> values = new ConcurrentHashMap<>();
    private volatile Thread thread;
    private Class<?> lastClass;
    private volatile long interruptedAt;
    private volatile boolean abandoned;
    private ExecutorService executor = newExecutor();

    private ExecutorService newExecutor() {
        return Executors.newSingleThreadExecutor(work -> {
            Thread t = new Thread(work, "cell");
            t.setDaemon(true);
            // ND4J and others find their parts through the thread's loader.
            t.setContextClassLoader(loader);
            thread = t;
            return t;
        });
    }

    /// A new cell: an interrupt that came before it does not concern it.
    void begin() {
        interruptedAt = 0;
        abandoned = false;
        Interrupts.clear();
    }

    /// Was the present cell interrupted?
    boolean interrupted() {
        return interruptedAt != 0;
    }

    /// Did its code go on regardless, so that it was left behind?
    boolean abandoned() {
        return abandoned;
    }

    void interrupt() {
        interruptedAt = System.nanoTime();
        Interrupts.request();
        Thread t = thread;
        if (t != null) {
            t.interrupt();
        }
    }

    /// The value of an executed snippet, once.
    Object take(String key) {
        Object value = values.remove(key);
        return value == NULL ? null : value;
    }

    /// Empties a variable of the snippet that ran last.
    void forget(String variable) {
        try {
            Field field = lastClass.getDeclaredField(variable);
            if (!field.getType().isPrimitive()) {
                field.setAccessible(true);
                field.set(null, null);
            }
        } catch (ReflectiveOperationException e) {
            // A JShell that keeps values elsewhere: then they stay.
        }
    }

    @Override
    public void load(ClassBytecodes[] classes)
            throws ClassInstallException, NotImplementedException, EngineTerminationException {
        super.load(Weaver.weave(classes, loader));
    }

    @Override
    protected String invoke(Method snippet) throws Exception {
        lastClass = snippet.getDeclaringClass();
        Future<Object> running = executor.submit(() -> {
            if (interrupted()) {
                // The executor has cleared the thread's flag, and code without loops of its own would not notice.
                throw new InvocationTargetException(new Interrupts.Stop());
            }
            return snippet.invoke(null);
        });
        while (true) {
            try {
                Object value = running.get(50, TimeUnit.MILLISECONDS);
                String key = UUID.randomUUID().toString();
                values.put(key, value == null ? NULL : value);
                return key;
            } catch (TimeoutException e) {
                if (interrupted() && System.nanoTime() - interruptedAt > GRACE.toNanos()) {
                    abandonThread();
                    throw new StoppedException();
                } else if (interrupted()) {
                    thread.interrupt(); // once more, for code that swallowed the first
                }
            } catch (ExecutionException e) {
                if (e.getCause() instanceof InvocationTargetException wrapped) {
                    throw wrapped;
                }
                throw e;
            }
        }
    }

    private void abandonThread() {
        abandoned = true;
        Interrupts.abandon(thread);
        executor.shutdown();
        executor = newExecutor();
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
