package org.costate.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TeamTest {
    private final int before = Team.threads();

    @AfterEach
    void restore() {
        Team.threads(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void doesEverySliceOnceAndSeesWhatOthersWrote(int threads) {
        Team.threads(threads);
        int[] counts = new int[8]; // plain: the team's own ordering must do
        for (int round = 1; round <= 20_000; round++) {
            int slices = 1 + round % 8;
            Team.run(slices, i -> counts[i]++);
        }
        int[] expected = new int[8];
        for (int round = 1; round <= 20_000; round++) {
            for (int i = 0; i <= round % 8; i++) {
                expected[i]++;
            }
        }
        assertEquals(List.of(box(expected)), List.of(box(counts)));
    }

    private static Integer[] box(int[] numbers) {
        return java.util.Arrays.stream(numbers).boxed().toArray(Integer[]::new);
    }

    @Test
    void noSlicesAreNoWork() {
        Team.threads(2);
        Team.run(0, i -> {
            throw new AssertionError("slice " + i + " of none");
        });
    }

    @Test
    void twoThreadsReallyWorkAtOnce() {
        Team.threads(2);
        AtomicIntegerArray here = new AtomicIntegerArray(2);
        Team.run(
                2,
                i -> { // each waits until the other has come
                    here.set(i, 1);
                    while (here.get(1 - i) == 0) {
                        Thread.onSpinWait();
                    }
                });
        assertEquals(1, here.get(0));
    }

    @Test
    void wakesAThreadThatFellAsleep() throws Exception {
        Team.threads(2);
        for (int round = 0; round < 20; round++) {
            twoMeet();
            Thread.sleep(round % 3); // longer than threads look for work
        }
    }

    private static void twoMeet() {
        AtomicIntegerArray here = new AtomicIntegerArray(2);
        Team.run(2, i -> {
            here.set(i, 1);
            while (here.get(1 - i) == 0) {
                Thread.onSpinWait();
            }
        });
    }

    @Test
    void aFailureReachesTheCallerAndTheTeamGoesOn() {
        Team.threads(2);
        for (int bad = 0; bad < 3; bad++) {
            int slice = bad;
            IllegalStateException e = assertThrows(
                    IllegalStateException.class,
                    () -> Team.run(3, i -> {
                        if (i == slice) {
                            throw new IllegalStateException("slice " + i);
                        }
                    }));
            assertEquals("slice " + bad, e.getMessage());
            int[] done = new int[3];
            Team.run(3, i -> done[i] = 1);
            assertEquals(3, done[0] + done[1] + done[2]);
        }
    }

    @Test
    void manyCallersAtOnce() throws Exception {
        Team.threads(3);
        List<Thread> callers = new ArrayList<>();
        int[] sums = new int[6];
        for (int c = 0; c < sums.length; c++) {
            int caller = c;
            callers.add(Thread.ofPlatform().start(() -> {
                int[] own = new int[4];
                for (int round = 0; round < 5_000; round++) {
                    Team.run(4, i -> own[i]++);
                }
                sums[caller] = own[0] + own[1] + own[2] + own[3];
            }));
        }
        for (Thread caller : callers) {
            caller.join();
        }
        for (int sum : sums) {
            assertEquals(20_000, sum);
        }
    }

    @Test
    void refusesFewerThanOneThread() {
        var e = assertThrows(IllegalArgumentException.class, () -> Team.threads(0));
        assertTrue(e.getMessage().contains("threads: got 0, expected at least 1"), e.getMessage());
    }
}
