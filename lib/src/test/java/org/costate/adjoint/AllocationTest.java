package org.costate.adjoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import org.costate.Ode;
import org.costate.Stepping;
import org.costate.memory.Precision;
import org.costate.ode.Dopri5;
import org.costate.ode.Dopri8;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.costate.ode.Tsit5;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A step makes no objects on the heap: of a gradient in any mode, whatever is wished for, and of a solve.
///
/// What all threads of the library allocate counts. Measured in a JVM of its own, because vectors live on the heap
/// where the JIT has not made one piece of a loop and what calls it, and what it takes for worth that depends on
/// everything that ran before.
class AllocationTest {
    /// What is measured together.
    enum Group {
        /// Where the field is a method of its own.
        ONE_SAMPLE,
        /// Where it is calls of kernels.
        MANY_FLOAT64,
        MANY_FLOAT32,
        SOLVES
    }

    private static final int STEPS = 2000;

    @SuppressWarnings("UnusedVariable") // so that the object is made
    private static volatile Object kept;

    /// Lives on: what a thread allocated is counted some time after its end only.
    private static final ExecutorService OTHER =
            Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());

    /// Bytes a step: an object has 16, and blocks that double make a few in a thousand steps.
    private static final double LEAST = 4;

    /// Rounds in a row without an object a step: one alone may be luck, where the JIT has not come to rest.
    private static final int QUIET = 3;

    @ParameterizedTest
    @EnumSource
    void noStepAllocatesOnTheHeap(Group group) throws Exception {
        List<String> report = inAnotherJvm(group.name());
        int least = group == Group.MANY_FLOAT32 ? 16 : group == Group.SOLVES ? 20 : 32;
        assertTrue(report.size() >= least, report.toString());
        for (String line : report) {
            if (bytes(line) >= LEAST) { // then alone, where nothing ran before
                List<String> alone = inAnotherJvm(group.name(), line.substring(line.indexOf(' ') + 1));
                assertEquals(1, alone.size(), alone.toString());
                assertTrue(bytes(alone.getFirst()) < LEAST, "bytes a step: " + line + "; alone: " + alone);
            }
        }
    }

    /// On the thread that asks, on another one, and in every other round.
    @Test
    void anObjectAStepIsSeen() throws Exception {
        List<String> report = inAnotherJvm("OBJECTS");
        assertEquals(3, report.size(), report.toString());
        assertEquals(16, bytes(report.get(0)), 8, report.toString());
        assertEquals(16, bytes(report.get(1)), 8, report.toString());
        assertTrue(bytes(report.get(2)) >= LEAST, report.toString());
    }

    private static double bytes(String line) {
        return Double.parseDouble(line.substring(0, line.indexOf(' ')));
    }

    /// Lines "bytes name".
    private static List<String> inAnotherJvm(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), AllocationTest.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
        return said.lines().filter(line -> line.matches("\\d[-\\d.E]* .*")).toList();
    }

    /// Measures a group, or one of it.
    ///
    /// @param arguments the group, and the name of one
    public static void main(String[] arguments) {
        String only = arguments.length > 1 ? arguments[1] : null;
        if (arguments[0].equals("OBJECTS")) {
            measure("an object a step", only, AllocationTest::objects);
            measure("an object a step of another thread", only, AllocationTest::objectsElsewhere);
            int[] call = new int[1];
            measure("an object a step of every other round", only, n -> {
                if (call[0]++ / 4 % 2 == 0) { // of four calls
                    objects(n);
                }
            });
            return;
        }
        Group group = Group.valueOf(arguments[0]);
        if (group == Group.SOLVES) {
            solves(only);
            return;
        }
        for (MemoryTest.Solve s : MemoryTest.solves().toList()) {
            Ode ode = Ode.of(MemoryTest.NET).span(0, 1).adjoint(s.mode());
            switch (group) {
                case MANY_FLOAT64 -> {
                    many(s.toString(), s, ode, only);
                    many(s + " with wishes", s, ode.timeGradients().keepCostate(0.3), only);
                }
                case MANY_FLOAT32 -> many(s.toString(), s, ode.precision(Precision.FLOAT32), only);
                default -> one(s, ode, only);
            }
        }
    }

    private static void objects(int count) {
        for (int i = 0; i < count; i++) {
            kept = new Object();
        }
    }

    private static void objectsElsewhere(int count) {
        CompletableFuture.runAsync(() -> objects(count), OTHER).join();
    }

    private static void one(MemoryTest.Solve s, Ode plain, String only) {
        Cost cost = Cost.sumOfSquares(0, 0).plus(Cost.sumOfSquaresAt(0.3, new double[][] {{1, 1}}));
        Ode wishes = plain.timeGradients().costateListener((t, a) -> {});
        gradient(s.toString(), s, plain, MemoryTest.X0, cost, only);
        gradient(s + " with wishes", s, wishes, MemoryTest.X0, cost, only);
        gradient(s + " interpolated", s, wishes.interpolateObservations(), MemoryTest.X0, cost, only);
    }

    private static void gradient(String name, MemoryTest.Solve s, Ode ode, double[] x0, Cost cost, String only) {
        measure(name, only, n -> ode.solver(s.make().apply(n)).gradient(x0, MemoryTest.THETA, cost));
    }

    private static void many(String name, MemoryTest.Solve s, Ode ode, String only) {
        if (s.mode() instanceof Forward) { // a net has many directions
            return;
        }
        double[][] x0 = new double[20][2];
        Cost cost = Cost.sumOfSquares(x0);
        measure(name, only, n -> ode.solver(s.make().apply(n)).gradient(x0, MemoryTest.THETA, cost));
    }

    private static void solves(String only) {
        Ode all = Ode.of(MemoryTest.NET).span(0, 1);
        for (IntFunction<Solver> make : List.<IntFunction<Solver>>of(
                Rk4::steps, Dopri5::steps, Dopri8::steps, n -> MemoryTest.small(Tsit5.tolerance(1e-6, 1e-6), n))) {
            String name = make.apply(1).toString();
            solve(name, make, all, only);
            solve(name + ", one time kept", make, all.observe(1), only);
            solve(name + ", dense", make, all.observe(1).dense(), only);
            solve(name + ", interpolated", make, all.observe(0.3, 0.7).interpolateObservations(), only);
            measure(name + " by hand", only, n -> {
                try (Stepping steps = all.solver(make.apply(n)).steps(MemoryTest.X0, MemoryTest.THETA)) {
                    while (steps.step()) {
                        // to the end
                    }
                }
            });
        }
    }

    private static void solve(String name, IntFunction<Solver> make, Ode ode, String only) {
        measure(name, only, n -> ode.solver(make.apply(n)).solve(MemoryTest.X0, MemoryTest.THETA));
    }

    /// Prints bytes a step, when the JIT has compiled it.
    private static void measure(String name, String only, IntConsumer call) {
        if (only != null && !only.equals(name)) {
            return;
        }
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        double[] last = new double[QUIET];
        Arrays.fill(last, Double.POSITIVE_INFINITY);
        double least = Double.POSITIVE_INFINITY;
        for (int round = 0; round < 40 && least >= LEAST; round++) {
            long[] bytes = new long[2];
            for (int i = 0; i < 2; i++) {
                call.accept(STEPS / 2);
                long before = threads.getTotalThreadAllocatedBytes();
                call.accept(STEPS / 4 + STEPS * i);
                bytes[i] = threads.getTotalThreadAllocatedBytes() - before;
            }
            last[round % QUIET] = Math.max(0, bytes[1] - bytes[0]) / (double) STEPS;
            least = Math.min(least, Arrays.stream(last).max().getAsDouble());
        }
        System.out.println(least + " " + name);
    }
}
