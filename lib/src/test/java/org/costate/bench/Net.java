package org.costate.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.costate.Ode;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Kutta38;
import org.costate.ode.Parameters;
import org.costate.ode.Solver;

/// W1 to W4: dx/dt = W2ᵀ tanh(W1ᵀ φ(x) + b1) + b2 on \[0, 1\], φ(x) = x³ or x, mean of squares of x(1) − target.
///
/// @param steps of the 3/8 rule; 0: adaptive
/// @param data x0, target, W1, b1, W2, b2, each flat
public record Net(
        int batch, int dimension, int hidden, Precision precision, Solver solver, int steps, Map<String, double[]> data)
        implements Workload {
    /// For W4: no gradient by these products is faster.
    private static final String PRODUCTS = "costate Products";

    /// W1's field; the cube makes it the spiral of Chen et al.
    static Net rk4(int batch, int dimension, int hidden, Map<String, double[]> data, int steps) {
        Precision precision = dimension == 2 ? Precision.FLOAT64 : Precision.FLOAT32;
        return new Net(batch, dimension, hidden, precision, Kutta38.steps(steps), steps, data);
    }

    /// W2.
    static Net spiral(Map<String, double[]> data) {
        return new Net(20, 2, 50, Precision.FLOAT64, Dopri5.tolerance(1e-7, 1e-9), 0, data);
    }

    /// The field of all; the parameters are W1, b1, W2, b2.
    public static Dynamics field(int dimension, int hidden) {
        return Trace.dynamics(dimension, (t, x, p) -> {
            Expr in = dimension == 2 ? x.pow(3) : x;
            Expr h = in.matmul(p.matrix("W1", dimension, hidden))
                    .plus(p.row("b1", hidden))
                    .tanh();
            return h.matmul(p.matrix("W2", hidden, dimension)).plus(p.row("b2", dimension));
        });
    }

    /// The same with so many steps.
    Net withSteps(int count) {
        return new Net(batch, dimension, hidden, precision, Kutta38.steps(count), count, data);
    }

    @Override
    public List<String> names() {
        List<String> modes = new ArrayList<>(List.of(SOLVE));
        for (String mode : List.of("Backprop", "Checkpointed", "Symplectic", "Backsolve", "Interpolating", "Gauss")) {
            modes.add("costate " + mode);
        }
        if (steps > 0) {
            modes.add(3, "costate Checkpointed " + likeDiffrax() + " states");
        }
        if (hidden == 1024) {
            modes.add(PRODUCTS);
        }
        return modes;
    }

    /// The least c with (c + 1)(c + 2) / 2 > steps: as many as diffrax takes unless told.
    private int likeDiffrax() {
        int c = 1;
        while ((c + 1) * (c + 2) / 2 <= steps) {
            c++;
        }
        return c;
    }

    @Override
    public Implementation make(String name) {
        if (name.equals(PRODUCTS)) {
            return Products.of(this);
        }
        Dynamics f = field(dimension, hidden);
        Parameters theta = new Parameters(f.layout());
        f.layout().entries().forEach(e -> theta.set(e.name(), data.get(e.name())));
        boolean reversible = name.endsWith(" Reversible"); // the rule itself is not
        Solver method = reversible
                ? Coupling.of(solver)
                : name.equals(REFERENCE) && steps == 0 ? Dopri5.tolerance(1e-12, 1e-12) : solver;
        Ode ode = Ode.of(f).span(0, 1).solver(method).precision(precision);
        Buffer x0 = new Workspace().allocate(batch, dimension, precision);
        x0.copyFrom(data.get("x0"));
        if (name.equals(SOLVE)) {
            return new Implementation.Solved(ode.observe(1), x0, theta);
        }
        String[] words = name.split(" ", -1);
        Adjoint mode = words.length == 2 ? Workload.mode(words[1]) : Checkpointed.states(Integer.parseInt(words[2]));
        return new Implementation.Differentiated(ode.adjoint(mode), x0, theta, Cost.meanOfSquares(target()));
    }

    private double[][] target() {
        double[] flat = data.get("target");
        double[][] rows = new double[batch][dimension];
        for (int i = 0; i < flat.length; i++) {
            rows[i / dimension][i % dimension] = flat[i];
        }
        return rows;
    }

    @Override
    public Map<String, double[]> arrays(Gradient g) {
        Map<String, double[]> arrays = new LinkedHashMap<>();
        arrays.put("x0", Workload.flat(g.x0()));
        g.parameters().layout().entries().forEach(e -> arrays.put(e.name(), Workload.flat(g.parameter(e.name()))));
        return arrays;
    }
}
