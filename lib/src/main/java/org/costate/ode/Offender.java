package org.costate.ode;

import org.costate.memory.Buffer;

/// The number that made a solve fail: the first that is not finite, or the one whose error is largest.
///
/// @param quantity "state", "costate", "running cost", or "gradient by" the name of a parameter
/// @param row the sample, or the row of the parameter
/// @param column the component, or the column of the parameter
/// @param value what it is
public record Offender(String quantity, int row, int column, double value) {
    /// What the numbers of a system are to the caller, who need not know that they were put into one.
    @FunctionalInterface
    public interface Naming {
        Offender of(int row, int column, double value);

        /// A batch of states.
        Naming STATES = of("state", 0);

        /// A batch of states or costates, of which the first is sample number `first`.
        static Naming of(String quantity, int first) {
            return (row, column, value) -> new Offender(quantity, first + row, column, value);
        }

        /// The flat gradient by parameters.
        static Naming gradientBy(ParameterLayout layout) {
            return (row, column, value) -> {
                ParameterLayout.Entry entry = layout.entries().stream()
                        .filter(e -> column < e.offset() + e.size())
                        .findFirst()
                        .orElseThrow();
                int at = column - entry.offset();
                return new Offender("gradient by " + entry.name(), at / entry.columns(), at % entry.columns(), value);
            };
        }
    }

    /// The first number that is not finite; null if all are.
    public static Offender notFinite(Naming naming, Buffer... slots) {
        for (Buffer x : slots) {
            for (int r = 0; r < x.rows(); r++) {
                for (int c = 0; c < x.columns(); c++) {
                    if (!Double.isFinite(x.get(r, c))) {
                        return naming.of(r, c, x.get(r, c));
                    }
                }
            }
        }
        return null;
    }

    /// The number of the state whose error is largest against its scale; null if there are none.
    static Offender worst(Buffer x, Buffer error, Buffer scale, Naming naming) {
        Offender worst = null;
        double most = -1;
        for (int r = 0; r < x.rows(); r++) {
            for (int c = 0; c < x.columns(); c++) {
                double ratio = Math.abs(error.get(r, c)) / scale.get(r, c);
                if (!(ratio <= most)) { // also NaN
                    most = ratio;
                    worst = naming.of(r, c, x.get(r, c));
                }
                if (Double.isNaN(ratio)) {
                    return worst;
                }
            }
        }
        return worst;
    }

    /// Which number it is, in words.
    public String place() {
        return switch (quantity) {
            case "state" -> "component " + column + " of sample " + row;
            case "costate" -> "component " + column + " of the costate of sample " + row;
            case "running cost" -> "the running cost of sample " + row;
            default -> "the " + quantity + "[" + row + "][" + column + "]";
        };
    }

    @Override
    public String toString() {
        return place() + " is " + value;
    }
}
