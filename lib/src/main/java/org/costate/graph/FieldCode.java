package org.costate.graph;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.costate.memory.Buffer;
import org.costate.memory.Workspace;
import org.costate.ode.Dynamics;
import org.costate.ode.ParameterLayout;

/// A traced field as C code, for devices: slope, vector–Jacobian product and ∂f/∂t, each a list of [CodeNode]s.
///
/// Names in the code: `x` the state, `t` the time, `a` what comes back to the slope, `k` the slope, `gx` what comes
/// back
/// to the state, `gp` the gradient by θ, `gt` by the time, `p_…` the parameters by their names, `batch` the number of
/// samples. What depends on parameters alone is computed on the host, [#parameters], and lies behind them.
///
/// Immutable; may be shared.
public final class FieldCode {
    private final int dimension;
    private final int outputs;
    private final ParameterLayout layout;
    private final Expr t;
    private final Expr x;
    private final Expr a;
    private final Expr slope;
    private final List<Expr> gradients;
    private final Expr timeGradient;
    private final boolean separable;
    /// What depends on parameters alone and where it lies behind them.
    private final List<Expr> fixed = new ArrayList<>();

    private final List<Expr> parameters;
    private final IdentityHashMap<Expr, String> names = new IdentityHashMap<>();

    private FieldCode(int dimension, ParameterLayout layout, Expr field) {
        this.dimension = dimension;
        this.layout = layout;
        Interner interner = new Interner();
        t = interner.intern(new Expr(new Leaf.Input("t", Shape.SCALAR)));
        x = interner.intern(new Expr(new Leaf.Input("x", new Shape(Shape.BATCH, dimension))));
        slope = interner.intern(field);
        outputs = slope.shape().columns();
        a = interner.intern(new Expr(new Leaf.Input("a", slope.shape())));
        parameters = layout.entries().stream()
                .map(e -> interner.intern(new Expr(new Leaf.Parameter(e.name(), new Shape(e.rows(), e.columns())))))
                .toList();
        List<Expr> wrt = new ArrayList<>(List.of(x));
        wrt.addAll(parameters);
        gradients = Derivative.vjp(slope, a, wrt).stream()
                .map(interner::intern)
                .collect(ArrayList::new, List::add, List::addAll);
        timeGradient = interner.intern(Derivative.vjp(slope, a, List.of(t)).getFirst());
        separable = Derivative.order(List.of(slope)).stream().noneMatch(TracedDynamics::mixesSamples);
        names.put(t, "t");
        names.put(x, "x");
        names.put(a, "a");
        for (int i = 0; i < parameters.size(); i++) {
            names.put(
                    parameters.get(i), "p_" + identifier(layout.entries().get(i).name(), i));
        }
        List<Expr> all = Stream.concat(Stream.of(slope, timeGradient), gradients.stream())
                .filter(Objects::nonNull)
                .toList();
        for (Expr e : Derivative.order(all)) {
            if (isFixed(e)) {
                names.put(e, "p_" + fixed.size() + "_of_p");
                fixed.add(e);
            }
        }
    }

    private static String identifier(String name, int number) {
        return name.matches("[A-Za-z][A-Za-z0-9_]*") && !name.endsWith("_of_p") ? name : "number_" + number;
    }

    private static boolean isFixed(Expr e) {
        boolean scalar = e.op() instanceof Leaf.Constant c && c.shape().equals(Shape.SCALAR);
        boolean leaf = e.op() instanceof Leaf && !(e.op() instanceof Leaf.Constant);
        return !e.isVariable() && !leaf && !scalar && e.shape().rows() != Shape.BATCH && !mentionsBatch(e);
    }

    private static boolean mentionsBatch(Expr e) {
        return Derivative.order(List.of(e)).stream()
                .anyMatch(i -> i.op() instanceof Leaf.Batch || i.shape().rows() == Shape.BATCH);
    }

    /// The code of a traced field; null if it is not traced.
    ///
    /// @param field also one of positions and momenta, and one over more parameters than it reads
    public static FieldCode of(Dynamics field) {
        return of(field, List.of());
    }

    /// The same with one component more, whose slope is the sum of these costs; null if one of them is not traced.
    public static FieldCode of(Dynamics field, List<Dynamics> integrands) {
        int more = integrands.isEmpty() ? 0 : 1;
        int d = field.dimension();
        Expr all = new Expr(new Leaf.Input("x", new Shape(Shape.BATCH, d + more)));
        Expr state = more == 0 ? all : all.columns(0, d);
        Expr slope = on(field, state);
        if (slope == null) {
            return null;
        }
        Expr sum = null;
        for (Dynamics integrand : integrands) {
            Expr each = on(integrand, state);
            if (each == null) {
                return null;
            }
            sum = sum == null ? each : sum.plus(each);
        }
        return new FieldCode(d + more, field.layout(), sum == null ? slope : Expr.concat(slope, sum));
    }

    /// The slope of a field as an expression of this state; null if it is not traced.
    private static Expr on(Dynamics field, Expr state) {
        if (field instanceof TracedDynamics traced) {
            return traced.slopeOf(state, new IdentityHashMap<>());
        }
        List<Dynamics> parts = field.parts();
        if (parts.size() == 1) {
            return on(parts.getFirst(), state);
        }
        if (parts.size() != 2) {
            return null;
        }
        int n = parts.getFirst().dimension();
        Expr dq = on(parts.get(0), state.columns(n, n));
        Expr dp = on(parts.get(1), state.columns(0, n));
        return dq == null || dp == null ? null : Expr.concat(dq, dp);
    }

    public int dimension() {
        return dimension;
    }

    /// Numbers of a slope.
    public int outputs() {
        return outputs;
    }

    public ParameterLayout layout() {
        return layout;
    }

    /// Does no sample depend on another?
    public boolean separable() {
        return separable;
    }

    /// Does the slope depend on the time?
    public boolean dependsOnTime() {
        return timeGradient != null;
    }

    /// Where each array of parameters, and of what depends on them alone, begins.
    public Map<String, Integer> places() {
        Map<String, Integer> places = new LinkedHashMap<>();
        for (int i = 0; i < parameters.size(); i++) {
            places.put(names.get(parameters.get(i)), layout.entries().get(i).offset());
        }
        int at = layout.size();
        for (Expr e : fixed) {
            places.put(names.get(e), at);
            at += e.shape().size();
        }
        return places;
    }

    /// Parameters and what depends on them alone, in numbers.
    public int parametersSize() {
        return layout.size() + fixed.stream().mapToInt(e -> e.shape().size()).sum();
    }

    /// θ, and behind it what depends on it alone, in [#places].
    public Buffer parameters(Buffer theta, Workspace workspace) {
        Buffer all = workspace.allocate(1, parametersSize(), theta.precision());
        all.view(0, 1, layout.size()).copyFrom(theta);
        IdentityHashMap<Expr, Buffer> given = new IdentityHashMap<>();
        for (int i = 0; i < parameters.size(); i++) {
            ParameterLayout.Entry e = layout.entries().get(i);
            given.put(parameters.get(i), theta.view(e.offset(), e.rows(), e.columns()));
        }
        Places places = new Places(given, workspace, 1, theta.precision());
        int at = layout.size();
        for (Expr e : fixed) {
            places.fix(e);
            int size = e.shape().size();
            all.view(at, 1, size).copyFrom(places.of(e).view(0, 1, size));
            at += size;
        }
        return all;
    }

    /// k = f(t, x, θ).
    ///
    /// @param alone has every sample a time of its own?
    public List<CodeNode> slope(boolean alone) {
        return new CodeNodes(names, alone, "f").of(List.of(new CodeNodes.Result(slope, "k", false, 0)));
    }

    /// gx = aᵀ ∂f/∂x, gp += aᵀ ∂f/∂θ.
    ///
    /// @param withSlope also k
    /// @param withParameters also gp
    public List<CodeNode> vjp(boolean alone, boolean withSlope, boolean withParameters) {
        List<CodeNodes.Result> results = new ArrayList<>();
        if (withSlope) {
            results.add(new CodeNodes.Result(slope, "k", false, 0));
        }
        Expr gx = gradients.getFirst() == null ? Expr.constant(0).stretch(x.shape()) : gradients.getFirst();
        results.add(new CodeNodes.Result(gx, "gx", false, 0));
        for (int i = 0; withParameters && i < parameters.size(); i++) {
            if (gradients.get(i + 1) != null) {
                results.add(new CodeNodes.Result(
                        gradients.get(i + 1),
                        "gp",
                        true,
                        layout.entries().get(i).offset()));
            }
        }
        return new CodeNodes(names, alone, "v").of(results);
    }

    /// gt += aᵀ ∂f/∂t; none where the slope does not depend on the time.
    public List<CodeNode> timeVjp(boolean alone) {
        return timeGradient == null
                ? List.of()
                : new CodeNodes(names, alone, "v").of(List.of(new CodeNodes.Result(timeGradient, "gt", true, 0)));
    }

    /// The slope, one operation a line.
    @Override
    public String toString() {
        return Derivative.text(slope, "k");
    }
}
