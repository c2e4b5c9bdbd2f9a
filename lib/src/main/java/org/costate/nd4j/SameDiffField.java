package org.costate.nd4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.costate.memory.Buffer;
import org.costate.ode.Dynamics;
import org.costate.ode.Initializer;
import org.costate.ode.ParameterLayout;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// A SameDiff graph of ND4J as a field dx/dt = f(t, x, θ): its variables are the parameters, by their names.
///
/// ```java
/// SameDiff graph = SameDiff.create();
/// SDVariable x = graph.placeHolder("x", DataType.DOUBLE, -1, 2);
/// SDVariable w = graph.var("W", Nd4j.rand(DataType.DOUBLE, 2, 2));
/// graph.math.tanh(x.mmul(w)).rename("dx");
/// Dynamics f = SameDiffField.of(graph, "x", "dx");
/// ```
///
/// Every solver and gradient mode takes it. Vector–Jacobian products are SameDiff's gradients of Σ a · dx.
///
/// Cost: SameDiff allocates the result of each operation and looks it up by name. On two cores, an
/// evaluation of a net of 2-50-2 units for 20 samples took 0.25 ms and its product 0.8 ms, where the traced
/// field takes about 0.01 and 0.02 ms; with 256-1024-256 units and 1024 samples 30 and 90 ms, about five to
/// ten times the traced field. `Forward` costs a product for each number of the slope. When not to use it:
/// where the field can be written with `Trace.dynamics`. It is for graphs that exist already, such as
/// imported ones.
///
/// One copy of the graph is kept; evaluations on several threads wait for each other. Numbers are computed
/// in the graph's data type, whatever the precision of the problem. SameDiff prints a line for each
/// operation on standard output when the first gradient is asked for.
public final class SameDiffField {
    private static final String COTANGENT = "costate_cotangent";
    private static final String LOSS = "costate_loss";

    private final SameDiff graph;
    private final String x;
    private final String t;
    private final String slope;
    private final DataType type;
    private final int dimension;
    private final ParameterLayout layout;
    private final Map<String, Buffer> variables = new LinkedHashMap<>();
    private List<String> differentiable;

    private SameDiffField(SameDiff original, String x, String t, String slope) {
        this.x = x;
        this.t = t;
        this.slope = slope;
        type = placeholder(original, x, "x").dataType();
        long[] shape = original.getVariable(x).getShape();
        if ((type != DataType.DOUBLE && type != DataType.FLOAT) || shape == null || shape.length != 2 || shape[1] < 1) {
            throw new IllegalArgumentException("x: got " + x + " of " + type + " and shape " + Arrays.toString(shape)
                    + ", expected DOUBLE or FLOAT and one row a sample, graph.placeHolder(\"" + x
                    + "\", DataType.DOUBLE, -1, dimension)");
        }
        dimension = (int) shape[1];
        if (t != null && length(placeholder(original, t, "t")) != 1) {
            throw new IllegalArgumentException("t: got " + t + " of shape "
                    + Arrays.toString(original.getVariable(t).getShape())
                    + ", expected a single number, graph.placeHolder(\""
                    + t + "\", DataType." + type + ")");
        }
        if (!original.hasVariable(slope)) {
            throw new IllegalArgumentException("slope: got " + slope + ", expected the name of a variable of the graph;"
                    + " give the result one by variable.rename(\"" + slope + "\")");
        }
        ParameterLayout found = ParameterLayout.EMPTY;
        for (SDVariable v : original.variables()) {
            if (v.getVariableType() == VariableType.PLACEHOLDER
                    && !v.name().equals(x)
                    && !v.name().equals(t)) {
                throw new IllegalArgumentException("graph: got the placeholder " + v.name() + ", expected none besides "
                        + x + (t == null ? ", or the time, by SameDiffField.of(graph, x, t, slope)" : " and " + t));
            }
            if (v.getVariableType() == VariableType.VARIABLE) {
                INDArray start = v.getArr();
                int rows = start.rank() < 2 ? 1 : Math.toIntExact(start.size(0));
                double[] numbers =
                        start.dup('c').castTo(DataType.DOUBLE).ravel().toDoubleVector();
                found = found.with(v.name(), rows, numbers.length / rows, Initializer.given(numbers));
            }
        }
        layout = found;
        graph = original.dup();
        for (ParameterLayout.Entry e : layout.entries()) {
            INDArray kept = graph.getVariable(e.name()).getArr();
            variables.put(e.name(), NdArrays.buffer(kept.reshape('c', e.rows(), e.columns())));
        }
    }

    /// The field of a graph that does not read the time.
    ///
    /// @param graph copied; its variables are the parameters, and start with their values
    /// @param x the name of the placeholder of the state, `[-1, dimension]`
    /// @param slope the name of dx/dt, `[batch, dimension]`
    /// @throws IllegalArgumentException if the graph has no such placeholder or result, or others
    public static Dynamics of(SameDiff graph, String x, String slope) {
        return new SameDiffField(graph, x, null, slope).dynamics();
    }

    /// The field of a graph that reads the time.
    ///
    /// @param t the name of the placeholder of the time, a single number
    public static Dynamics of(SameDiff graph, String x, String t, String slope) {
        return new SameDiffField(graph, x, t, slope).dynamics();
    }

    private Dynamics dynamics() {
        return Dynamics.ofBatch(dimension, layout, this::field, this::vjp, null, this::timeVjp);
    }

    private static SDVariable placeholder(SameDiff graph, String name, String argument) {
        SDVariable v = graph.getVariable(name);
        if (v == null || v.getVariableType() != VariableType.PLACEHOLDER) {
            throw new IllegalArgumentException(argument + ": got " + name
                    + ", expected the name of a placeholder of the" + " graph, one of " + graph.inputs());
        }
        return v;
    }

    private static long length(SDVariable v) {
        return v.getShape() == null ? -1 : Arrays.stream(v.getShape()).reduce(1, (a, b) -> a * b);
    }

    private synchronized void field(double time, Buffer states, Buffer p, Buffer dx) {
        Map<String, INDArray> inputs = inputs(time, states, p);
        Map<String, INDArray> found = graph.output(inputs, slope);
        take(found.get(slope), dx);
        close(found);
        close(inputs);
    }

    private synchronized void vjp(double time, Buffer states, Buffer p, Buffer a, Buffer gx, Buffer gp) {
        Map<String, INDArray> found = gradients(time, states, p, a);
        found.forEach((name, gradient) -> {
            if (!name.equals(t)) {
                take(gradient, name.equals(x) ? gx : layout.view(gp, name));
            }
        });
        close(found);
    }

    private synchronized double timeVjp(double time, Buffer states, Buffer p, Buffer a) {
        Map<String, INDArray> found = gradients(time, states, p, a);
        double byTime =
                t != null && found.containsKey(t) ? found.get(t).sumNumber().doubleValue() : 0;
        close(found);
        return byTime;
    }

    /// Of all that the slope depends on.
    private Map<String, INDArray> gradients(double time, Buffer states, Buffer p, Buffer a) {
        if (differentiable == null) {
            prepareGradients();
        }
        if (differentiable.isEmpty()) {
            return Map.of();
        }
        Map<String, INDArray> inputs = inputs(time, states, p);
        inputs.put(COTANGENT, array(a));
        Map<String, INDArray> found = graph.calculateGradients(inputs, differentiable);
        close(inputs);
        return found;
    }

    private void prepareGradients() {
        SDVariable cotangent = graph.placeHolder(COTANGENT, type, -1, dimension);
        graph.getVariable(slope).mul(cotangent).sum().rename(LOSS);
        graph.setLossVariables(LOSS);
        List<String> wanted = new ArrayList<>(variables.keySet());
        wanted.add(x);
        if (t != null) {
            wanted.add(t);
        }
        graph.createGradFunction(wanted.toArray(String[]::new));
        differentiable = wanted.stream().filter(graph::variableHasGradient).toList();
    }

    private Map<String, INDArray> inputs(double time, Buffer states, Buffer p) {
        variables.forEach((name, buffer) -> buffer.copyFrom(layout.view(p, name)));
        Map<String, INDArray> inputs = new HashMap<>();
        inputs.put(x, array(states));
        if (t != null) {
            inputs.put(
                    t,
                    Nd4j.valueArrayOf(
                            graph.getVariable(t).getShape(),
                            time,
                            graph.getVariable(t).dataType()));
        }
        return inputs;
    }

    /// A copy in the graph's data type.
    private INDArray array(Buffer from) {
        INDArray to = Nd4j.createUninitialized(type, from.rows(), from.columns());
        NdArrays.buffer(to).copyFrom(from);
        return to;
    }

    private void take(INDArray from, Buffer to) {
        if (from.length() != to.size()) {
            throw new IllegalArgumentException("slope: " + slope + " has the shape " + Arrays.toString(from.shape())
                    + ", expected [" + to.rows() + ", " + to.columns() + "]: one row a sample, one column a component");
        }
        to.copyFrom(NdArrays.buffer(from.reshape('c', to.rows(), to.columns())));
    }

    /// ND4J frees an array when the collector gets to it; a solve would not give it reason to.
    private static void close(Map<String, INDArray> arrays) {
        for (INDArray array : arrays.values()) {
            if (array.closeable()) {
                array.close();
            }
        }
    }
}
