package org.costate.notebook;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// IJava or JJava, whose classes differ in their package only. By reflection: the library depends on neither.
final class KernelDisplay implements Display {
    private record Known(String holder, String method, String packageName) {}

    private static final List<Known> KNOWN = List.of(
            new Known("io.github.spencerpark.ijava.IJava", "getKernelInstance", "io.github.spencerpark.jupyter.kernel"),
            new Known("org.dflib.jjava.kernel.JavaNotebookStatics", "kernel", "org.dflib.jjava.jupyter.kernel"));

    private final Object kernel;
    private final Class<?> dataClass;
    private final Class<?> renderFunction;

    private KernelDisplay(Object kernel, String packageName) throws ClassNotFoundException {
        this.kernel = kernel;
        dataClass = Class.forName(packageName + ".display.DisplayData");
        renderFunction = Class.forName(packageName + ".display.RenderFunction");
    }

    /// The kernel that this code runs in, if any.
    static Optional<KernelDisplay> find() {
        for (Known known : KNOWN) {
            try {
                Object kernel =
                        Class.forName(known.holder).getMethod(known.method).invoke(null);
                if (kernel != null) {
                    return Optional.of(new KernelDisplay(kernel, known.packageName));
                }
            } catch (ClassNotFoundException e) {
                // Another kernel, or none.
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("the kernel " + known.holder + " is not of a known version", e);
            }
        }
        return Optional.empty();
    }

    /// Has the kernel show every value that a cell ends with by `renderer`, except for what it has a more specific
    /// renderer for. Of several bundles all but the last are shown at once, the last becomes the cell's result.
    void register(List<Class<?>> types, Function<Object, List<Bundle>> renderer) {
        Object function = Proxy.newProxyInstance(
                renderFunction.getClassLoader(), new Class<?>[] {renderFunction}, (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() == Object.class) {
                        return method.invoke(this, arguments); // equals, hashCode, toString
                    }
                    List<Bundle> bundles = renderer.apply(arguments[0]);
                    bundles.subList(0, bundles.size() - 1).forEach(this::show);
                    fill(call(arguments[1], "getOutputContainer"), bundles.getLast());
                    return null;
                });
        Object kernelRenderer = call(kernel, "getRenderer");
        for (Class<?> type : types) {
            Object registration = call(kernelRenderer, "createRegistration", Class.class, type);
            call(registration, "register", renderFunction, function);
        }
    }

    @Override
    public void show(Bundle bundle) {
        call(kernel, "display", dataClass, data(bundle));
    }

    @Override
    public void show(Bundle bundle, String id) {
        Object data = data(bundle);
        call(data, "setDisplayId", String.class, id);
        call(kernel, "display", dataClass, data);
    }

    @Override
    public void update(Bundle bundle, String id) {
        try {
            Object io = call(kernel, "getIO");
            Object stream = io.getClass().getField("display").get(io);
            Method update = stream.getClass().getMethod("updateDisplay", String.class, dataClass);
            update.invoke(stream, id, data(bundle));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the kernel's display stream is not as expected", e);
        }
    }

    private Object data(Bundle bundle) {
        try {
            Object data = dataClass.getConstructor().newInstance();
            fill(data, bundle);
            return data;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the kernel's display data is not as expected", e);
        }
    }

    private static void fill(Object data, Bundle bundle) {
        try {
            Method put = data.getClass().getMethod("putData", String.class, Object.class);
            Method putMetadata = data.getClass().getMethod("putMetaData", String.class, Object.class);
            for (Map.Entry<String, String> entry : bundle.data().entrySet()) {
                put.invoke(data, entry.getKey(), entry.getValue());
            }
            for (Map.Entry<String, Map<String, Object>> entry :
                    bundle.metadata().entrySet()) {
                putMetadata.invoke(data, entry.getKey(), entry.getValue());
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the kernel's display data is not as expected", e);
        }
    }

    private static Object call(Object target, String name) {
        return call(target, name, null, null);
    }

    private static Object call(Object target, String name, Class<?> type, Object argument) {
        try {
            return type == null
                    ? target.getClass().getMethod(name).invoke(target)
                    : target.getClass().getMethod(name, type).invoke(target, argument);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException("the kernel's " + name + " failed", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the kernel has no " + name + " as expected", e);
        }
    }
}
