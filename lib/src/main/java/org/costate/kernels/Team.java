package org.costate.kernels;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/// Threads that share the slices of an evaluation, some microseconds of work each.
///
/// As many as the system property `costate.threads` says (default: the processors), or [#threads(int)]. Results do
/// not depend on their number: work is cut into slices by its size and by the processors of the machine, and sums over
/// slices are taken in order.
///
/// Waiting threads look for work for 100 µs before they sleep, because waking one takes longer than a slice. One
/// caller at a time has the team; others do their slices themselves.
public final class Team {
    /// Work on one slice.
    @FunctionalInterface
    public interface Task {
        void run(int slice);
    }

    private static final long SPIN_NANOS = 100_000;
    private static final int COUNT_SHIFT = 16;
    private static final int GENERATION_SHIFT = 32;
    private static final long MASK = 0xffff;

    /// Does this thread work on one of several slices?
    private static final ThreadLocal<boolean[]> WITHIN = ThreadLocal.withInitial(() -> new boolean[1]);

    /// Processors of this machine, whatever number of threads is set.
    public static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    /// Null if the property is no number of threads: then it is named at the first use.
    private static volatile Team shared = ofProperty();

    private final int threads;
    private final Thread[] helpers;
    private final AtomicBoolean busy = new AtomicBoolean();
    private final AtomicInteger asleep = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Board board = new Alone();
    private volatile boolean closed;

    /// Keeps what a subclass has away from what lies before it in memory.
    @SuppressWarnings("UnusedVariable")
    private static class Apart {
        long a, b, c, d, e, f, g, h;
    }

    /// What the threads tell each other: alone in one line of the cache, because each line that goes from one processor
    /// to the other and back takes as long as a small slice.
    private static class Board extends Apart {
        private static final VarHandle TICKET;
        private static final VarHandle DONE;

        static {
            try {
                TICKET = MethodHandles.lookup().findVarHandle(Board.class, "ticket", long.class);
                DONE = MethodHandles.lookup().findVarHandle(Board.class, "done", int.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        /// Generation, number of slices and next slice in one number, so that a late thread cannot take a slice of
        /// another generation.
        private volatile long ticket;
        private volatile int done;
        private Task task;

        /// Offers slices; the first is taken already.
        void offer(int count, Task work) {
            task = work;
            DONE.set(this, 0);
            long generation = ((long) TICKET.get(this) >>> GENERATION_SHIFT) + 1;
            TICKET.setRelease(this, generation << GENERATION_SHIFT | (long) count << COUNT_SHIFT | 1);
        }

        boolean isLeft() {
            long t = ticket;
            return (t & MASK) < (t >>> COUNT_SHIFT & MASK);
        }

        /// The number of a slice that nobody has taken; −1 if there is none.
        int take() {
            long t = ticket;
            int slice = (int) (t & MASK);
            boolean mine = slice < (int) (t >>> COUNT_SHIFT & MASK) && TICKET.compareAndSet(this, t, t + 1);
            return mine ? slice : -1;
        }

        void finished() {
            int before = (int) DONE.getAndAdd(this, 1);
            assert before >= 0;
        }
    }

    /// Keeps away what comes after it.
    @SuppressWarnings("UnusedVariable")
    private static final class Alone extends Board {
        long i, j, k, l, m, n, o, p;
    }

    private Team(int threads) {
        this.threads = threads;
        helpers = new Thread[threads - 1];
    }

    private static Team ofProperty() {
        String given = System.getProperty("costate.threads", Integer.toString(PROCESSORS));
        return given.matches("[1-9][0-9]{0,3}") ? new Team(Integer.parseInt(given)) : null;
    }

    private static Team shared() {
        Team team = shared;
        if (team == null) {
            throw new IllegalArgumentException("costate.threads: got " + System.getProperty("costate.threads")
                    + ", expected a whole number from 1 to 9999; start Java with -Dcostate.threads=2, or without it");
        }
        return team;
    }

    /// How many threads work together from now on, in all of this JVM.
    ///
    /// @throws IllegalArgumentException if it is below 1
    public static synchronized void threads(int count) {
        if (count < 1) {
            throw new IllegalArgumentException(
                    "threads: got " + count + ", expected at least 1; with 1 the calling thread works alone");
        }
        Team before = shared;
        shared = new Team(count);
        if (before != null) {
            before.closed = true;
            before.wake();
        }
    }

    /// How many threads work together.
    ///
    /// @throws IllegalArgumentException if the system property is no number of threads
    public static int threads() {
        return shared().threads;
    }

    /// Does this thread do one of several slices at present? Then what it starts has no other threads to count on.
    public static boolean within() {
        return WITHIN.get()[0];
    }

    private static void doOne(Task task, int slice) {
        boolean[] within = WITHIN.get();
        boolean before = within[0];
        within[0] = true;
        try {
            task.run(slice);
        } finally {
            within[0] = before;
        }
    }

    /// Does all slices, 0 to count − 1, on the threads there are; the calling thread is one of them.
    public static void run(int count, Task task) {
        Team team = shared();
        if (count == 1) {
            task.run(0);
            return;
        }
        if (count < 1 || team.threads == 1 || !team.busy.compareAndSet(false, true)) {
            for (int i = 0; i < count; i++) {
                doOne(task, i);
            }
            return;
        }
        try {
            team.together(count, task);
        } finally {
            team.busy.set(false);
        }
    }

    private void together(int count, Task work) {
        start();
        board.offer(count, work);
        if (asleep.get() > 0) {
            wake();
        }
        run(work, 0);
        int mine = 1;
        while (board.isLeft()) {
            int slice = board.take();
            if (slice >= 0) {
                run(work, slice);
                mine++;
            }
        }
        for (int spins = 0; board.done + mine < count; spins++) {
            if (spins < 1 << 14) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(20_000); // its thread has lost its processor: leave it ours
            }
        }
        board.task = null;
        Throwable failed = failure.get() == null ? null : failure.getAndSet(null);
        if (failed instanceof Error e) {
            throw e;
        } else if (failed instanceof RuntimeException e) {
            throw e;
        }
    }

    /// Does a slice that nobody has taken.
    private boolean takeOne() {
        int slice = board.take();
        if (slice >= 0) {
            run(board.task, slice);
            board.finished();
        }
        return slice >= 0;
    }

    private void run(Task task, int slice) {
        try {
            doOne(task, slice);
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        }
    }

    private void start() {
        for (int i = 0; i < helpers.length && helpers[i] == null; i++) {
            helpers[i] = Thread.ofPlatform().daemon().name("costate-" + (i + 1)).start(this::help);
        }
    }

    private void help() {
        long idleSince = System.nanoTime();
        while (!closed) {
            if (look()) {
                idleSince = System.nanoTime();
            } else if (System.nanoTime() - idleSince > SPIN_NANOS) {
                asleep.incrementAndGet();
                if (!look()) { // for longer than it takes to see an offer by one who has not seen us asleep
                    LockSupport.park(this);
                }
                asleep.decrementAndGet();
                idleSince = System.nanoTime();
            }
        }
    }

    /// Waits for slices for some microseconds, and does those that come. A method of its own, which is compiled as a
    /// whole: the loop around it would be left in the middle.
    private boolean look() {
        boolean found = false;
        for (int spins = 0; spins < 256; spins++) {
            if (takeOne()) {
                found = true;
                spins = 0;
            } else {
                Thread.onSpinWait();
            }
        }
        return found;
    }

    private void wake() {
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
    }
}
