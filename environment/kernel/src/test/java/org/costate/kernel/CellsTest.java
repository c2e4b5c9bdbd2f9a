package org.costate.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Runs cells as the kernel does, without Jupyter.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CellsTest {
    private Cells cells;
    private int number;

    @BeforeAll
    void start() {
        cells = Cells.start(new Settings(List.of(), List.of("import module java.base;"), Optional.empty()));
    }

    @AfterAll
    void stop() {
        cells.close();
    }

    private Object run(String code) throws CellException {
        return cells.run(code, ++number);
    }

    private List<String> error(String code) {
        return plain(assertThrows(CellException.class, () -> run(code)));
    }

    private static List<String> plain(CellException e) {
        return e.lines().stream()
                .map(line -> line.replaceAll("\u001B\\[[0-9;]*m", ""))
                .toList();
    }

    @Test
    void valueOfTheLastExpression() throws CellException {
        assertEquals(7, run("int a = 3;\na + 4"));
        assertEquals(3, run("a;"));
        assertNull(run("a = 5;"), "an assignment shows nothing");
        assertNull(run("void f() {}\nf();"));
        assertNull(run("  // only a comment\n"));
        assertEquals(1, ((double[]) run("new double[1]")).length, "the object itself, not its text");
    }

    @Test
    void linesAreThoseOfTheCell() {
        List<String> lines = error("""
                int start = 1;

                /* several
                   lines */
                int g(int n) {
                    int m = n - 1;

                    return 10 / m;
                }
                // and one more
                List.of(1).forEach(
                    i -> g(i));
                """);
        assertEquals("ArithmeticException: / by zero", lines.getFirst());
        assertEquals("  at cell " + number + ", line 8, in g:   return 10 / m;", lines.get(1));
        assertEquals("  at cell " + number + ", line 12:   i -> g(i));", lines.get(2));
        assertEquals("  at cell " + number + ", line 11:   List.of(1).forEach(", lines.get(3));
        assertTrue(lines.get(4).startsWith("      in java.util.ImmutableCollections"), lines.toString());
    }

    @Test
    void aMethodOfAnEarlierCellIsNamedByThatCell() throws CellException {
        run("double early(double[] x) {\n  return x[5];\n}");
        int defined = number;
        List<String> lines = error("early(new double[2])");
        assertEquals("  at cell " + defined + ", line 2, in early:   return x[5];", lines.get(1));
        assertEquals("  at cell " + number + ", line 1:   early(new double[2])", lines.get(2));
    }

    @Test
    void causesAreToldOnceEach() {
        List<String> lines = error("""
                throw new IllegalStateException("a",
                    new RuntimeException("b", new java.io.IOException("c")));
                """);
        assertEquals(
                List.of("IllegalStateException: a", "Caused by: RuntimeException: b", "Caused by: IOException: c"),
                lines.stream().filter(l -> !l.startsWith("  ")).toList());
        assertEquals(1, lines.stream().filter(l -> l.contains("line 1")).count(), lines.toString());
    }

    @Test
    void namesOfExceptions() {
        assertEquals("java.lang.NullPointerException", name("String s = null; s.length();"));
        assertEquals("Own", name("class Own extends Exception {}\nthrow new Own();"));
        assertEquals("CompileError", name("int x = ;"));
        assertEquals("CompileError", name("foo("));
    }

    private String name(String code) {
        return assertThrows(CellException.class, () -> run(code)).name();
    }

    @Test
    void exceptionWithoutMessage() {
        CellException e = assertThrows(CellException.class, () -> run("throw new IllegalStateException();"));
        assertEquals("", e.getMessage());
        assertEquals("IllegalStateException", plain(e).getFirst());
    }

    @Test
    void messageOfSeveralLinesIsBoldThroughout() {
        CellException e = assertThrows(CellException.class, () -> run("throw new RuntimeException(\"one\\ntwo\");"));
        assertTrue(e.lines().getFirst().lines().allMatch(l -> l.startsWith("\u001B[1m")));
    }

    @Test
    void caretUnderTheSpan() {
        List<String> lines = error("int one = 1;\nint two = one +   unknown;");
        assertEquals("Compile error in line 2: cannot find symbol", lines.getFirst());
        assertEquals("    int two = one +   unknown;", lines.get(1));
        assertEquals("                      ^^^^^^^", lines.get(2));
        assertFalse(lines.stream().anyMatch(l -> l.contains("location:")), lines.toString());
    }

    @Test
    void caretAfterTheLastCharacter() {
        List<String> lines = error("int k = 5 int l = 6;");
        assertEquals("Compile error in line 1: ';' expected", lines.getFirst());
        assertEquals("             ^", lines.get(2));
    }

    @Test
    void whatADeclarationMisses() throws CellException {
        List<String> lines = error("double later(double x) {\n    return helper(x);\n}");
        assertTrue(lines.getFirst().contains("later uses method helper(double), which is not defined"), lines.get(0));
        assertEquals("    " + "    return helper(x);", lines.get(1));
        assertEquals("           ^^^^^^".substring(0, 4) + "           ^^^^^^", lines.get(2));
        run("double helper(double x) { return 2 * x; }");
        assertEquals(6.0, run("later(3)"));
    }

    @Test
    void declarationsOfOneCellMayReferToEachOther() throws CellException {
        run("sealed interface S permits A, B {}\nrecord A(int n) implements S {}\nrecord B() implements S {}");
        run("int even(int n) { return n == 0 ? 1 : odd(n - 1); }\nint odd(int n) { return n == 0 ? 0 : even(n - 1); }");
        assertEquals(1, run("even(10)"));
    }

    @Test
    void failedStartUpIsTold() {
        try (Cells broken = Cells.start(new Settings(
                List.of(), List.of("import nowhere.*;", "throw new RuntimeException(\"x\");"), Optional.empty()))) {
            CellException e = assertThrows(CellException.class, () -> broken.run("1", 1));
            assertEquals("StartUpError", e.name());
            assertTrue(e.lines().stream().anyMatch(l -> l.contains("package nowhere does not exist")));
            assertTrue(
                    e.lines().stream().anyMatch(l -> l.contains("→ x")),
                    e.lines().toString());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "while (true) {}",
                "do {} while (true);",
                "int fib(int n) { return n < 2 ? 1 : fib(n - 1) + fib(n - 2); }\nfib(80);",
                "Thread.sleep(60_000);",
                "for (;;) { try { throw new Exception(); } catch (Exception e) { } }",
                "class Loop { void run() { for (long i = 0; i < Long.MAX_VALUE; i++) {} } }\nnew Loop().run();",
                "Supplier<Integer> s = () -> { int i = 0; while (i >= 0) { i = (i + 1) % 1000; } return i; };\ns.get();"
            })
    void interruptEndsTheLoop(String code) throws Exception {
        CompletableFuture<CellException> ended = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> {
            try {
                run(code);
                ended.completeExceptionally(new AssertionError("the cell ended by itself"));
            } catch (CellException e) {
                ended.complete(e);
            } catch (RuntimeException | Error e) {
                ended.completeExceptionally(e);
            }
        });
        Thread.sleep(1000);
        cells.interrupt();
        CellException e = ended.get(1, TimeUnit.SECONDS);
        assertEquals("Interrupted", e.name());
        assertFalse(
                String.join("\n", e.lines()).contains("background"), e.lines().toString());
        assertEquals(2, run("1 + 1"));
    }

    @Test
    void interruptsOfTheMachineryDoNotReachTheNextCell() throws CellException, ExecutionException {
        cells.interrupt();
        assertEquals(false, run("Thread.currentThread().isInterrupted()"));
    }
}
