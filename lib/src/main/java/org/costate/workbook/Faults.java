package org.costate.workbook;

/// What can be said of a wrong answer without knowing the exercise.
final class Faults {
    private Faults() {}

    /// Goes on with errors after which a virtual machine cannot be trusted; a stack overflow is not one of them.
    static void rethrowIfFatal(Throwable thrown) {
        if (thrown instanceof VirtualMachineError error && !(thrown instanceof StackOverflowError)) {
            throw error;
        }
        if (thrown instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
    }

    static boolean isNotAttempted(Throwable thrown) {
        Throwable t = thrown;
        for (int depth = 0; t != null && depth < 20; depth++) {
            if (t instanceof NotAttempted) {
                return true;
            }
            t = t.getCause();
        }
        return false;
    }

    /// Nothing was returned, or nothing but NaN.
    static boolean isMissing(double[] got) {
        if (got == null) {
            return true;
        }
        for (double value : got) {
            if (!Double.isNaN(value)) {
                return false;
            }
        }
        return got.length > 0;
    }

    static String thrown(Throwable thrown, String where) {
        String name = thrown.getClass().getSimpleName();
        if (thrown instanceof StackOverflowError) {
            return "Your code calls itself without end (StackOverflowError" + space(where) + ").";
        }
        String message = thrown.getMessage() == null ? "" : ": " + thrown.getMessage();
        return "Your code threw " + name + message + (where.isEmpty() ? "." : " (" + where + ").");
    }

    /// What differs first, or null if nothing does.
    static String difference(double[] got, double[] want, double tolerance, String where) {
        if (got == null) {
            return at(where, "your code returned null.");
        }
        if (got.length != want.length) {
            String numbers = got.length == 1 ? " number" : " numbers";
            return at(where, "your answer has " + got.length + numbers + ", expected " + want.length + ".");
        }
        for (int i = 0; i < got.length; i++) {
            if (!agree(got[i], want[i], tolerance)) {
                String which = got.length == 1 ? "" : "number " + i + ": ";
                String gave = "you gave " + Probe.format(got[i]) + ", expected " + Probe.format(want[i]);
                return at(where, which + gave + nearly(got[i], want[i]) + ".");
            }
        }
        return null;
    }

    private static boolean agree(double got, double want, double tolerance) {
        return got == want || Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want));
    }

    /// Two numbers that look the same when printed need their difference told.
    private static String nearly(double got, double want) {
        return Probe.format(got).equals(Probe.format(want))
                ? " (they differ by " + Probe.format(Math.abs(got - want)) + ")"
                : "";
    }

    private static String at(String where, String clause) {
        String sentence = where.isEmpty() ? clause : where + ": " + clause;
        return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
    }

    private static String space(String where) {
        return where.isEmpty() ? "" : " " + where;
    }
}
