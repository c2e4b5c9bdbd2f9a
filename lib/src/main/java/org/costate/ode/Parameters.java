package org.costate.ode;

import java.io.IOException;
import java.nio.file.Path;
import org.costate.memory.Arguments;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// Values of θ: named arrays over one flat buffer of float64. Gradients by θ have the same form.
///
/// [#set] and writes to [#flat()] change them; nothing else does. Threads may share them while nobody writes.
public final class Parameters {
    private final ParameterLayout layout;
    private final Buffer flat;

    /// All zero.
    public Parameters(ParameterLayout layout) {
        this.layout = Arguments.given("layout", layout, "take f.layout(), or ParameterLayout.EMPTY");
        this.flat = new Workspace().allocate(1, layout.size(), Precision.FLOAT64);
    }

    /// Single numbers in the order of the layout's flat view.
    ///
    /// @throws IllegalArgumentException if their number is not the layout's
    public static Parameters of(ParameterLayout layout, double... values) {
        Arguments.given("layout", layout, "take f.layout(), or ParameterLayout.EMPTY");
        Arguments.given("values", values, "give one number for each of the layout's");
        if (values.length != layout.size()) {
            throw new IllegalArgumentException("values: got " + values.length + " numbers, expected " + layout.size()
                    + " for " + layout + "; give one for each, in this order");
        }
        Parameters p = new Parameters(layout);
        p.flat.copyFrom(values);
        return p;
    }

    /// Reads what [#save] wrote; or NumPy's `savez` of arrays with these names and shapes, float64 or float32; or its
    /// `save` of a record of them, or of the flat view, whose names and shapes are the layout's then.
    ///
    /// @throws IllegalArgumentException if the names or shapes are not the layout's, or the file is of another
    ///     form, or of a newer Costate's
    /// @throws IOException if it cannot be read
    public static Parameters load(ParameterLayout layout, Path file) throws IOException {
        Arguments.given("layout", layout, "take f.layout()");
        return ParameterFile.load(layout, Arguments.given("file", file, "such as Path.of(\"theta.npz\")"));
    }

    /// Writes all arrays by name, with their shapes and the version of this form, to an `.npz` file, which NumPy reads,
    /// too; or, if the file's name ends so, to a `.npy` file, as one record. What was there before is replaced
    /// whole or not at all. Not written is how the arrays start, [ParameterLayout.Entry#initializer()].
    ///
    /// @throws IllegalArgumentException if an array has the name `costate_format`, under which the version is kept
    /// @throws IOException if it cannot be written
    public void save(Path file) throws IOException {
        ParameterFile.save(this, Arguments.given("file", file, "such as Path.of(\"theta.npz\")"));
    }

    public ParameterLayout layout() {
        return layout;
    }

    /// All numbers, `[1, layout().size()]`; writing to it changes these parameters.
    public Buffer flat() {
        return flat;
    }

    /// A copy of the flat view.
    public double[] toArray() {
        return flat.toArray();
    }

    /// A copy of one array, `[rows][columns]`.
    public double[][] get(String name) {
        ParameterLayout.Entry e = layout.entry(name);
        return flat.view(e.offset(), e.rows(), e.columns()).toMatrix();
    }

    /// The value of a 1 × 1 array.
    public double scalar(String name) {
        ParameterLayout.Entry e = layout.entry(name);
        if (e.size() != 1) {
            throw new IllegalArgumentException("parameter " + name + ": got an array of " + e.rows() + " x "
                    + e.columns() + ", expected a single number; use get(\"" + name + "\")");
        }
        return flat.get(e.offset());
    }

    /// Overwrites one array; returns this.
    ///
    /// @param values `[rows][columns]`. Not modified.
    public Parameters set(String name, double[][] values) {
        Arguments.given("values", values, "give [rows][columns] numbers");
        ParameterLayout.Entry e = layout.entry(name);
        flat.view(e.offset(), e.rows(), e.columns()).copyFrom(values);
        return this;
    }

    /// Overwrites one array by its numbers in row-major order; returns this.
    public Parameters set(String name, double... values) {
        Arguments.given("values", values, "give one number for each of the array's");
        ParameterLayout.Entry e = layout.entry(name);
        flat.view(e.offset(), e.rows(), e.columns()).copyFrom(values);
        return this;
    }

    /// A copy with values of its own.
    public Parameters copy() {
        Parameters p = new Parameters(layout);
        p.flat.copyFrom(flat);
        return p;
    }

    /// A new θ + factor · direction: one step of gradient descent with factor = −(learning rate).
    ///
    /// @param direction of the same layout, such as a gradient. Not modified.
    public Parameters plus(double factor, Parameters direction) {
        Arguments.given("direction", direction, "such as gradient.parameters()");
        if (!direction.layout.equals(layout)) {
            throw new IllegalArgumentException("direction: got " + direction.layout + ", expected " + layout
                    + "; take the gradient of the same field");
        }
        Parameters p = copy();
        for (int i = 0; i < layout.size(); i++) {
            p.flat.set(i, flat.get(i) + factor * direction.flat.get(i));
        }
        return p;
    }

    @Override
    public String toString() {
        return "Parameters[" + layout + "]";
    }
}
