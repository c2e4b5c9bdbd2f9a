package org.costate.memory;

import java.util.Arrays;

/// What is done with a few numbers, without the overhead of a loop: for systems so small that this counts.
public final class Few {
    private Few() {}

    /// x = 0.
    public static void zero(double[] x) {
        int n = x.length;
        if (n > 4) {
            Arrays.fill(x, 0);
            return;
        }
        if (n > 0) {
            x[0] = 0;
        }
        if (n > 1) {
            x[1] = 0;
        }
        if (n > 2) {
            x[2] = 0;
        }
        if (n > 3) {
            x[3] = 0;
        }
    }

    /// y += x.
    public static void add(double[] x, double[] y) {
        int n = x.length;
        if (n > 4) {
            for (int i = 0; i < n; i++) {
                y[i] += x[i];
            }
            return;
        }
        if (n > 0) {
            y[0] += x[0];
        }
        if (n > 1) {
            y[1] += x[1];
        }
        if (n > 2) {
            y[2] += x[2];
        }
        if (n > 3) {
            y[3] += x[3];
        }
    }

    /// to[at …] = from[start …], n numbers.
    public static void copy(double[] from, int start, double[] to, int at, int n) {
        if (n > 4) {
            System.arraycopy(from, start, to, at, n);
            return;
        }
        if (n > 0) {
            to[at + 0] = from[start + 0];
        }
        if (n > 1) {
            to[at + 1] = from[start + 1];
        }
        if (n > 2) {
            to[at + 2] = from[start + 2];
        }
        if (n > 3) {
            to[at + 3] = from[start + 3];
        }
    }

    /// Are all of them finite?
    public static boolean finite(double[] x) {
        double zero = 0; // NaN once anything is not finite
        for (double v : x) {
            zero += 0 * v;
        }
        return zero == 0;
    }
}
