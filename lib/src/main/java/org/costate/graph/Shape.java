package org.costate.graph;

/// The shape of a value: `rows × columns`, where rows may be the batch.
///
/// @param rows a number, or [#BATCH] for one row a sample
public record Shape(int rows, int columns) {
    /// As many rows as there are samples: known when the program is made.
    public static final int BATCH = -1;

    /// One number, the same for all samples.
    public static final Shape SCALAR = new Shape(1, 1);

    public Shape {
        if ((rows != BATCH && rows < 1) || columns < 1) {
            throw new IllegalArgumentException("shape: got " + rows + " x " + columns + ", expected at least 1 x 1;"
                    + " give how many rows and columns the array has, and leave an empty one away");
        }
    }

    /// Rows for this many samples.
    public int rows(int batch) {
        return rows == BATCH ? batch : rows;
    }

    /// `rows · columns`, with one row for the batch.
    int size() {
        return Math.abs(rows) * columns;
    }

    /// The shape of an element-by-element operation, in which sides of length 1 stretch.
    ///
    /// @throws IllegalArgumentException if the shapes do not fit
    Shape broadcast(Shape other, String operation) {
        return new Shape(side(rows, other.rows, other, operation), side(columns, other.columns, other, operation));
    }

    private int side(int mine, int others, Shape other, String operation) {
        if (mine == others || others == 1) {
            return mine;
        }
        if (mine == 1) {
            return others;
        }
        throw new IllegalArgumentException(operation + ": got shapes " + this + " and " + other
                + ", expected each side to be equal or 1; take row(i), column(j) or transpose()");
    }

    Shape transposed(String operation) {
        if (rows == BATCH) {
            throw new IllegalArgumentException(
                    operation + ": got " + this + ", expected a parameter or a constant; the batch stays in the rows");
        }
        return new Shape(columns, rows);
    }

    @Override
    public String toString() {
        return "[" + (rows == BATCH ? "batch" : rows) + ", " + columns + "]";
    }
}
