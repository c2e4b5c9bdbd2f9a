package org.costate.kernels;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/// Threads that share the slices of an evaluation, some microseconds of work each.
///
/// As many as the system property `costate.threads` says (default: the processors), or [#threads(int)]. Results do
/// not depend on their number: work is cut into slices by its size alone, and sums over slices are taken in order.
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

    private static volatile Team shared = new Team(Math.max(
            1, Integer.getInteger("costate.threads", Runtime.getRuntime().availableProcessors())));

    private final int threads;
    private final Thread[] helpers;
    private final AtomicBoolean busy = new AtomicBoolean();
    private final AtomicInteger asleep = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    /// Generation, number of slices and next slice in one number, so that a late thread cannot take a slice of another
    /// generation.
    private final AtomicLong ticket = new AtomicLong();
    private Task task;
    private volatile boolean closed;

    private Team(int threads) {
        this.threads = threads;
        helpers = new Thread[threads - 1];
    }

    /// How many threads work together from now on, in all of this JVM.
    ///
    /// @throws IllegalArgumentException if it is below 1
    public static synchronized void threads(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("threads: got " + count + ", expected at least 1");
        }
        Team before = shared;
        shared = new Team(count);
        before.closed = true;
        before.wake();
    }

    /// How many threads work together.
    public static int threads() {
        return shared.threads;
    }

    /// Does all slices, 0 to count − 1, on the threads there are; the calling thread is one of them.
    public static void run(int count, Task task) {
        Team team = shared;
        if (count == 1 || team.threads == 1 || !team.busy.compareAndSet(false, true)) {
            for (int i = 0; i < count; i++) {
                task.run(i);
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
        task = work;
        done.setPlain(0);
        long generation = (ticket.getPlain() >>> GENERATION_SHIFT) + 1;
        ticket.set(generation << GENERATION_SHIFT | (long) count << COUNT_SHIFT);
        if (asleep.get() > 0) {
            wake();
        }
        while (takeOne()) {
            // until none is left
        }
        for (int spins = 0; done.get() < count; spins++) {
            if (spins < 1 << 14) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(20_000); // its thread has lost its processor: leave it ours
            }
        }
        task = null;
        Throwable failed = failure.getAndSet(null);
        if (failed instanceof Error e) {
            throw e;
        } else if (failed instanceof RuntimeException e) {
            throw e;
        }
    }

    /// Does a slice that nobody has taken.
    private boolean takeOne() {
        long t = ticket.get();
        int slice = (int) (t & MASK);
        if (slice >= (int) (t >>> COUNT_SHIFT & MASK)) {
            return false;
        }
        if (ticket.compareAndSet(t, t + 1)) {
            try {
                task.run(slice);
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            } finally {
                done.incrementAndGet();
            }
        }
        return true;
    }

    private void start() {
        for (int i = 0; i < helpers.length && helpers[i] == null; i++) {
            helpers[i] = Thread.ofPlatform().daemon().name("costate-" + (i + 1)).start(this::help);
        }
    }

    private void help() {
        long idleSince = System.nanoTime();
        for (int spins = 1; !closed; spins++) {
            if (takeOne()) {
                idleSince = 0;
            } else if (spins % 64 != 0) {
                Thread.onSpinWait();
            } else if (idleSince == 0) {
                idleSince = System.nanoTime();
            } else if (System.nanoTime() - idleSince > SPIN_NANOS) {
                asleep.incrementAndGet();
                if ((ticket.get() & MASK) >= (ticket.get() >>> COUNT_SHIFT & MASK)) {
                    LockSupport.park(this);
                }
                asleep.decrementAndGet();
                idleSince = 0;
            }
        }
    }

    private void wake() {
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
    }
}
