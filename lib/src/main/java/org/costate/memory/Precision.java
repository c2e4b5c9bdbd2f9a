package org.costate.memory;

/// The floating-point format of a [Buffer].
public enum Precision {
    /// IEEE binary32, 4 bytes, about 7 digits.
    FLOAT32(4, 0x1p-24),
    /// IEEE binary64, 8 bytes, about 16 digits: the default everywhere.
    FLOAT64(8, 0x1p-53);

    private final int bytes;
    private final double unitRoundoff;

    Precision(int bytes, double unitRoundoff) {
        this.bytes = bytes;
        this.unitRoundoff = unitRoundoff;
    }

    /// Bytes of one number.
    public int bytes() {
        return bytes;
    }

    /// The largest relative error of rounding one number to this format.
    public double unitRoundoff() {
        return unitRoundoff;
    }
}
