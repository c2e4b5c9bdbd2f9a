package org.costate.adjoint;

import java.util.Arrays;
import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Integrator;
import org.costate.ode.Jumps;

/// The exact gradient from a fixed number of kept states: what lies between is computed again.
///
/// With a known number of steps, those that end at observations counted, checkpoints lie where the fewest steps are
/// computed again (binomial: c checkpoints and r repetitions of each step reach C(c + r, c) steps). With adaptive
/// steps, every second one is given up whenever they are all used, and the way back fills the free ones by the same
/// rule: each step is computed again about once more than if the number were known.
///
/// Cost: the solve, about r solves more, and one vector–Jacobian product for each evaluation. Memory: the budget,
/// 12 bytes beside each checkpoint, and the evaluations of one step; 8 bytes a step for the times of adaptive steps.
///
/// Source: A. Griewank, Optim. Methods Softw. 1, 1992, doi:10.1080/10556789208805505; A. Griewank, A. Walther,
/// ACM Trans. Math. Softw. 26, 2000, doi:10.1145/347837.347846.
public final class Checkpointed implements Adjoint {
    private static final int DEFAULT_STATES = 64;

    /// Bytes on the heap for a checkpoint: its step, its place, and where it was planned.
    private static final int BESIDE = 12;

    private final long states;
    private final long bytes;

    private Checkpointed(long states, long bytes) {
        this.states = states;
        this.bytes = bytes;
    }

    /// With 64 checkpoints.
    public static Checkpointed defaults() {
        return states(DEFAULT_STATES);
    }

    /// With so many checkpoints.
    ///
    /// @throws IllegalArgumentException if there is not one
    public static Checkpointed states(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("states: got " + count
                    + ", expected at least 1; with one every step is computed again from the start");
        }
        return new Checkpointed(count, 0);
    }

    /// With as many checkpoints as fit, at least one.
    ///
    /// @throws IllegalArgumentException if it is not above 0
    public static Checkpointed bytes(long budget) {
        if (budget < 1) {
            throw new IllegalArgumentException(
                    "bytes: got " + budget + ", expected a budget above 0; one state is kept even if it is smaller");
        }
        return new Checkpointed(0, budget);
    }

    /// How many states may be kept that take so many bytes each.
    public long states(long each) {
        return bytes == 0 ? states : Math.max(1, bytes / each);
    }

    /// The trail with so many checkpoints.
    static Trail trail(Problem problem, BoundDynamics field, int count) {
        return new Sparse(problem, field, count);
    }

    @Override
    public Gradient gradient(Problem problem) {
        long each = SlotHistory.bytes(problem) + (long) BESIDE * Lane.count(problem);
        int count = (int) Math.min(Integer.MAX_VALUE, states(each));
        return Discrete.gradient(problem, (part, field) -> new Sparse(part, field, count));
    }

    @Override
    public String toString() {
        return "Checkpointed"
                + (bytes > 0 ? ", " + bytes + " bytes" : states == DEFAULT_STATES ? "" : ", " + states + " states");
    }

    /// Where to put the next checkpoint between two states, the first of which is kept.
    ///
    /// @param free checkpoints that may still be used, at least 1
    public static int split(int from, int to, int free) {
        int c = free + 1; // with the one at `from`
        long reach = 1; // C(c + r, c)
        int r = 0;
        while (reach < to - from) {
            r++;
            reach = reach * (c + r) / r;
        }
        long middle = ((long) c * from + (long) r * to) / (c + r);
        return (int) Math.max(from + 1L, Math.min(to - 1L, middle));
    }

    private static final class Sparse implements Trail {
        private final Problem problem;
        private final Replay replay;
        private final Jumps jumps;
        private final int most;
        /// The steps where they are planned, in order; none where the number of steps is not known.
        private int[] planned = new int[0];

        private int nextPlanned;
        /// A stack of checkpoints: after how many steps, and which record has the slots. Above it lie free records.
        private int[] steps = new int[8];

        private int[] places = new int[8];
        private int kept;
        private SlotHistory records;
        private Integrator run;
        private int count;
        private int stride = 1;

        Sparse(Problem problem, BoundDynamics field, int most) {
            this.problem = problem;
            this.most = most;
            replay = Replay.of(problem, field);
            jumps = problem.jumps();
        }

        @Override
        public Integrator forward(double[] stops) {
            Integrator solve = replay.forward(stops);
            plan(solve.plannedSteps());
            return solve;
        }

        /// @param all steps; 0 if that is not known
        private void plan(int all) {
            if (most >= all) {
                return;
            }
            planned = new int[most];
            int number = 1; // the first is at 0
            for (int free = most - 1; free > 0 && planned[number - 1] < all - 1; free--) {
                planned[number] = split(planned[number - 1], all, free);
                number++;
            }
            planned = Arrays.copyOf(planned, number);
        }

        @Override
        public Transposed transposed(Buffer gp) {
            return replay.transposed(gp);
        }

        @Override
        public void accepted(Integrator going) {
            run = going;
            if (count == 0) {
                records = new SlotHistory(problem, planned.length, most);
            }
            int k = count++;
            if (planned.length > 0) {
                if (nextPlanned < planned.length && planned[nextPlanned] == k) {
                    SlotHistory.copy(run.slots(), place(k));
                    nextPlanned++;
                }
                return;
            }
            while (k % stride == 0 && kept == most && k > 0) {
                stride *= 2;
                thin();
            }
            if (k % stride == 0 && kept < most) {
                SlotHistory.copy(run.slots(), place(k));
            }
        }

        /// Where all are used the last stretch would take the square of its length: some must be free to halve it.
        @Override
        public void turn(Integrator going) {
            while (kept > 1 && 2L * (most - kept) < Integer.numberOfTrailingZeros(stride)) {
                stride *= 2;
                thin();
            }
        }

        private void thin() {
            int left = 0;
            for (int i = 0; i < kept; i++) {
                if (steps[i] % stride == 0) {
                    int free = places[left];
                    places[left] = places[i];
                    places[i] = free;
                    steps[left] = steps[i];
                    left++;
                }
            }
            kept = left;
        }

        /// Where the next checkpoint goes.
        private Buffer[] place(int k) {
            if (kept == steps.length) {
                int room = (int) Math.min(most, 2L * kept);
                steps = Arrays.copyOf(steps, room);
                places = Arrays.copyOf(places, room);
            }
            if (kept == records.count()) {
                records.append();
                places[kept] = kept;
            }
            steps[kept] = k;
            kept++;
            return records.show(places[kept - 1]);
        }

        @Override
        public void back(int k, double t, double end) {
            while (steps[kept - 1] > k) {
                kept--;
            }
            replay.load(records.show(places[kept - 1]));
            int nearest = steps[kept - 1];
            int goal = nearest;
            for (int i = nearest; i < k; i++) {
                int free = most - kept;
                if (i == goal) {
                    if (i > steps[kept - 1]) {
                        replay.save(place(i));
                        free--;
                    }
                    goal = free > 0 && k - i > 1 ? split(i, k + 1, free) : -1;
                }
                begin(i, run.node(i));
                replay.advance(run.node(i), run.node(i + 1));
            }
            if (k == goal && k > steps[kept - 1] && most > kept) {
                replay.save(place(k));
            }
            begin(k, t);
            replay.retake(t, end);
        }

        private void begin(int k, double t) {
            if (k > 0 && jumps.at(t)) {
                replay.restart(t);
            }
        }

        @Override
        public void backAtStart(int k, double t) {
            replay.start(t);
        }

        @Override
        public long evaluations() {
            return replay.evaluations();
        }
    }
}
