package org.costate.workbook;

/// Notices an answer that is everywhere the same multiple of the right one: a lost sign, a forgotten 2.
final class Factor {
    private double factor = Double.NaN;
    private boolean constant = true;
    private int numbers;

    void add(double[] got, double[] want) {
        if (got == null || got.length != want.length) {
            constant = false;
            return;
        }
        for (int i = 0; i < got.length; i++) {
            if (want[i] == 0 && got[i] == 0) {
                continue;
            }
            double ratio = got[i] / want[i];
            factor = Double.isNaN(factor) ? ratio : factor;
            numbers++;
            constant &= Double.isFinite(ratio) && Math.abs(ratio - factor) <= 1e-9 * Math.abs(factor);
        }
    }

    /// A sentence, or nothing if there is no common factor in at least three numbers.
    String sentence() {
        if (!constant || numbers < 3 || factor == 0 || Double.isNaN(factor)) {
            return "";
        }
        return Math.abs(factor + 1) < 1e-9
                ? "Every number has the right size and the wrong sign. "
                : "Every number is " + Probe.format(factor) + " times what it should be. ";
    }
}
