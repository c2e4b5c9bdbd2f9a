package org.costate.graph;

import org.costate.ode.Initializer;
import org.costate.ode.ParameterLayout;

/// Declares the parameters of a traced field, by name. Asking twice for one name gives the same parameter.
public final class Symbols {
    private ParameterLayout layout = ParameterLayout.EMPTY;

    Symbols() {}

    ParameterLayout layout() {
        return layout;
    }

    /// A matrix, `[rows, columns]`, that starts by Glorot's rule.
    public Expr matrix(String name, int rows, int columns) {
        return array(name, rows, columns, Initializer.GLOROT);
    }

    /// A row, `[1, columns]`, that starts at zero: a bias.
    public Expr row(String name, int columns) {
        return array(name, 1, columns, Initializer.ZEROS);
    }

    /// A single number that starts at zero.
    public Expr scalar(String name) {
        return array(name, 1, 1, Initializer.ZEROS);
    }

    /// A single number that starts at this value.
    public Expr scalar(String name, double start) {
        return array(name, 1, 1, Initializer.given(start));
    }

    /// An array with a chosen start; of the starts of one name, the first holds.
    ///
    /// @throws IllegalArgumentException if the name stands for an array of another shape already
    public Expr array(String name, int rows, int columns, Initializer initializer) {
        if (layout.contains(name)) {
            ParameterLayout.Entry known = layout.entry(name);
            if (known.rows() != rows || known.columns() != columns) {
                throw new IllegalArgumentException("parameter " + name + ": got " + rows + " x " + columns
                        + ", expected " + known.rows() + " x " + known.columns() + " as before; use another name");
            }
        } else {
            layout = layout.with(name, rows, columns, initializer);
        }
        return new Expr(new Leaf.Parameter(name, new Shape(rows, columns)));
    }
}
