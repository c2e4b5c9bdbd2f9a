package org.costate.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.Dynamics.ArrayField;
import org.costate.ode.Dynamics.ArrayVjp;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Part;

/// A traced field: its expression, and the expressions of what comes back to the state and to each parameter.
final class TracedDynamics implements Dynamics {
    /// Samples below which numbers one by one are faster than vectors.
    private static final int FEW = 16;

    private final int dimension;
    private final ParameterLayout layout;
    private final Expr t;
    private final Expr x;
    private final Expr slope;
    private final Expr cotangent;
    private final List<Expr> parameters;
    /// What comes back to x, then to each parameter; null where the slope does not depend on it.
    private final List<Expr> gradients;
    /// How the state and each parameter move, and how the slope moves then; null where it does not move at all.
    private final List<Expr> moves;
    private final Expr tangent;
    /// What comes back to the time; null where the slope does not depend on it.
    private final Expr timeGradient;
    /// Values of the evaluation that the reverse pass reads.
    private final List<Expr> taped;
    private final boolean separable;
    private final long work;
    private final SampleCode.Traced small;
    private final boolean isSmall;
    /// Can the slope, and what comes back to x, be computed where they are wanted? Not if others read them.
    private final boolean slopeMoves;

    private final boolean gradientMoves;
    private Dynamics compiled;
    /// The slope as it was written.
    private final Expr text;

    TracedDynamics(int dimension, ParameterLayout layout, Expr t, Expr x, Expr slope) {
        this.dimension = dimension;
        this.layout = layout;
        Interner interner = new Interner();
        Expr time = interner.intern(t);
        Expr state = interner.intern(x);
        text = interner.intern(slope);
        Expr back = interner.intern(new Expr(new Leaf.Input("a", slope.shape())));
        List<Expr> arrays = layout.entries().stream()
                .map(e -> interner.intern(new Expr(new Leaf.Parameter(e.name(), new Shape(e.rows(), e.columns())))))
                .toList();
        List<Expr> wrt = new ArrayList<>(List.of(state));
        wrt.addAll(arrays);
        Map<Expr, Expr> directions = new LinkedHashMap<>();
        wrt.forEach(w ->
                directions.put(w, interner.intern(new Expr(new Leaf.Input("d " + w.op().symbol(), w.shape())))));
        // Written for the kernels only after the derivatives are taken.
        Interner last = new Interner(Fused::lowered);
        UnaryOperator<Expr> lower = e -> last.intern(interner.intern(e));
        this.t = lower.apply(time);
        this.x = lower.apply(state);
        this.slope = lower.apply(text);
        this.cotangent = lower.apply(back);
        this.parameters = arrays.stream().map(lower).toList();
        this.moves = directions.values().stream().map(lower).toList();
        this.gradients = Derivative.vjp(text, back, wrt).stream()
                .map(lower)
                .collect(Collectors.toCollection(ArrayList::new)); // with nulls
        this.tangent = lower.apply(Derivative.jvp(text, directions));
        this.timeGradient =
                lower.apply(Derivative.vjp(text, back, List.of(time)).getFirst());
        this.taped = taped();
        small = new SampleCode.Traced(layout, this.t, this.x, cotangent, parameters, this.slope, gradients);
        List<Expr> all = Derivative.order(List.of(this.slope));
        this.separable = all.stream().noneMatch(TracedDynamics::mixesSamples);
        isSmall = separable && outputs() == dimension && small.isSmall();
        slopeMoves = moves(this.slope);
        gradientMoves = gradients.getFirst() != null && moves(gradients.getFirst());
        work = all.stream()
                .filter(e -> e.shape().rows() == Shape.BATCH)
                .mapToLong(e -> e.op().work())
                .sum();
    }

    /// The slope as it was written, of another expression in place of x.
    Expr slopeOf(Expr state, IdentityHashMap<Expr, Expr> done) {
        return on(state, text, done);
    }

    private static Expr on(Expr state, Expr e, IdentityHashMap<Expr, Expr> done) {
        Expr known = done.get(e);
        if (known == null) {
            boolean isState = e.op() instanceof Leaf.Input input && input.name().equals("x");
            List<Expr> inputs =
                    e.op().inputs().stream().map(i -> on(state, i, done)).toList();
            known = isState ? state : new Expr(e.op().on(inputs));
            done.put(e, known);
        }
        return known;
    }

    /// Is a result computed in each evaluation, and read by no other?
    private boolean moves(Expr e) {
        List<Expr> others = new ArrayList<>(gradients);
        others.addAll(Arrays.asList(slope, tangent, timeGradient));
        others.removeIf(o -> o == null || o.equals(e));
        return !(e.op() instanceof Leaf)
                && e.isVariable()
                && !Derivative.order(others).contains(e);
    }

    /// Does a value depend on more than its own sample?
    static boolean mixesSamples(Expr e) {
        return e.op() instanceof Leaf.Batch
                || (e.shape().rows() != Shape.BATCH
                        && e.op().inputs().stream().anyMatch(i -> i.shape().rows() == Shape.BATCH));
    }

    /// Values that both passes know and that the reverse pass reads directly; leaves are given anyway.
    private List<Expr> taped() {
        List<Expr> forward = Derivative.order(List.of(slope));
        IdentityHashMap<Expr, Boolean> computed = new IdentityHashMap<>();
        forward.stream().filter(e -> !(e.op() instanceof Leaf)).forEach(e -> computed.put(e, true));
        IdentityHashMap<Expr, Boolean> needed = new IdentityHashMap<>();
        List<Expr> results = gradients.stream().filter(Objects::nonNull).toList();
        for (Expr e : Derivative.order(results)) {
            if (!computed.containsKey(e)) {
                e.op().inputs().stream().filter(computed::containsKey).forEach(i -> needed.put(i, true));
            } else if (results.contains(e)) {
                needed.put(e, true);
            }
        }
        return forward.stream()
                .filter(needed::containsKey)
                .filter(Expr::isVariable)
                .toList();
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public int outputs() {
        return slope.shape().columns();
    }

    @Override
    public ParameterLayout layout() {
        return layout;
    }

    @Override
    public boolean hasVjp() {
        return true;
    }

    @Override
    public long separableWork() {
        return separable ? work : 0;
    }

    @Override
    public BoundDynamics bind(Workspace workspace, int batch, Precision precision, Buffer theta) {
        if (precision == Precision.FLOAT64 && batch <= FEW && isSmall) {
            BoundDynamics fast = compiled().bind(workspace, batch, precision, theta);
            Buffer room = workspace.allocate(batch, dimension, precision);
            return new FewSamples(fast, () -> new Bound(workspace, batch, precision, theta), room, workspace);
        }
        return new Bound(workspace, batch, precision, theta);
    }

    static void whole(Part part) {
        if (part != Part.ALL) {
            throw new UnsupportedOperationException(
                    "this field is not partitioned; make one by Dynamics.partitioned(...)");
        }
    }

    private synchronized Dynamics compiled() {
        if (compiled == null) {
            Object code = SampleCode.compile(small);
            compiled = Dynamics.of(dimension, layout, (ArrayField) code, (ArrayVjp) code);
        }
        return compiled;
    }

    /// The expression, one operation a line.
    @Override
    public String toString() {
        return Derivative.text(text, "dx");
    }

    private final class Bound implements BoundDynamics {
        private final Places places;
        private final Buffer time;
        private final Buffer state;
        private final Buffer back;
        /// Where the results go; null where they lie elsewhere and are copied.
        private final Buffer slopeOut;
        private final Buffer gradientOut;
        private final Buffer[] tapeViews;
        private final Buffer ownTape;
        private final int tapeLength;
        private final ParameterLayout.Entry[] entries = layout.entries().toArray(ParameterLayout.Entry[]::new);
        private final Program forward;
        private final Program reverse;
        private final Supplier<Program> makeStateReverse;
        private final Supplier<Program> makeTimeReverse;
        private final Supplier<Program> makePush;
        private Program stateReverse;
        private Program timeReverse;
        private Program push;
        private final Buffer[] moving;
        private final Buffer[] into;
        private final Buffer intoAll;

        Bound(Workspace workspace, int batch, Precision precision, Buffer theta) {
            IdentityHashMap<Expr, Buffer> given = new IdentityHashMap<>();
            time = workspace.allocate(1, 1, precision);
            state = Buffer.movable(batch, dimension, precision);
            back = Buffer.movable(batch, outputs(), precision);
            given.put(t, time);
            given.put(x, state);
            given.put(cotangent, back);
            into = new Buffer[entries.length];
            intoAll = Buffer.movable(1, layout.size(), precision);
            moving = new Buffer[moves.size()];
            for (int i = 0; i < moves.size(); i++) {
                Shape s = moves.get(i).shape();
                moving[i] = Buffer.movable(s.rows(batch), s.columns(), precision);
                given.put(moves.get(i), moving[i]);
            }
            for (int i = 0; i < entries.length; i++) {
                ParameterLayout.Entry e = entries[i];
                given.put(parameters.get(i), theta.view(e.offset(), e.rows(), e.columns()));
                into[i] = Buffer.movable(e.rows(), e.columns(), precision);
            }
            tapeViews = new Buffer[taped.size()];
            int length = 0;
            for (int i = 0; i < tapeViews.length; i++) {
                Shape s = taped.get(i).shape();
                tapeViews[i] = Buffer.movable(s.rows(batch), s.columns(), precision);
                given.put(taped.get(i), tapeViews[i]);
                length += (int) tapeViews[i].size();
            }
            tapeLength = length;
            ownTape = workspace.allocate(1, tapeLength, precision);
            slopeOut = slopeMoves ? result(slope, batch, precision, given) : null;
            Expr gx = gradients.getFirst();
            gradientOut = gradientMoves ? result(gx, batch, precision, given) : null;
            places = new Places(given, workspace, batch, precision);
            forward = new Program(places, List.of(), separable).compute(List.of(slope));
            List<Expr> wanted = gx == null ? List.of() : List.of(gx);
            List<Expr> sums = new ArrayList<>();
            List<Buffer> to = new ArrayList<>();
            long[] starts = new long[entries.length];
            for (int i = 0; i < entries.length; i++) {
                if (gradients.get(i + 1) != null) {
                    starts[sums.size()] = entries[i].offset();
                    sums.add(gradients.get(i + 1));
                    to.add(into[i]);
                }
            }
            reverse = new Program(places, taped, separable).compute(wanted).add(sums, to, starts, intoAll);
            // Only when asked for: their buffers are as many again.
            makeStateReverse = () -> new Program(places, taped, separable).compute(wanted);
            makeTimeReverse = () -> new Program(places, taped, separable).compute(List.of(timeGradient));
            makePush = () -> new Program(places, Derivative.order(List.of(slope)), separable).compute(List.of(tangent));
        }

        /// A place that can be moved to where the result is wanted.
        private static Buffer result(Expr e, int batch, Precision precision, IdentityHashMap<Expr, Buffer> given) {
            Buffer out = Buffer.movable(e.shape().rows(batch), e.shape().columns(), precision);
            given.put(e, out);
            return out;
        }

        @Override
        public int tapeLength() {
            return tapeLength;
        }

        @Override
        public void eval(double at, Buffer states, Buffer slopes) {
            eval(Part.ALL, at, states, slopes, ownTape);
        }

        @Override
        public void eval(Part part, double at, Buffer states, Buffer slopes, Buffer tape) {
            whole(part);
            place(at, states, tape);
            if (slopeOut != null) {
                slopeOut.moveTo(slopes, 0);
            }
            forward.run();
            if (slopeOut == null) {
                slopes.copyFrom(places.of(slope));
            }
        }

        @Override
        public void vjp(Part part, double at, Buffer states, Buffer tape, Buffer a, Buffer gx, Buffer gp) {
            whole(part);
            place(at, states, tape);
            back.moveTo(a, 0);
            if (gradientOut != null) {
                gradientOut.moveTo(gx, 0);
            }
            for (int i = 0; gp != null && i < entries.length; i++) {
                into[i].moveTo(gp, entries[i].offset());
            }
            if (gp != null) {
                intoAll.moveTo(gp, 0);
            }
            if (gp == null && stateReverse == null) {
                stateReverse = makeStateReverse.get();
            }
            (gp == null ? stateReverse : reverse).run();
            if (gradients.getFirst() == null) {
                gx.fill(0);
            } else if (gradientOut == null) {
                gx.copyFrom(places.of(gradients.getFirst()));
            }
        }

        @Override
        public void jvp(Part part, double at, Buffer states, Buffer tape, Buffer dx, Buffer dp, Buffer dk) {
            whole(part);
            if (tangent == null) {
                dk.fill(0);
                return;
            }
            place(at, states, tape);
            moving[0].moveTo(dx, 0);
            for (int i = 0; i < entries.length; i++) {
                moving[i + 1].moveTo(dp, entries[i].offset());
            }
            if (push == null) {
                push = makePush.get();
            }
            push.run();
            dk.copyFrom(places.of(tangent));
        }

        @Override
        public double timeVjp(Part part, double at, Buffer states, Buffer tape, Buffer a) {
            whole(part);
            if (timeGradient == null) {
                return 0;
            }
            place(at, states, tape);
            back.moveTo(a, 0);
            if (timeReverse == null) {
                timeReverse = makeTimeReverse.get();
            }
            timeReverse.run();
            return places.of(timeGradient).get(0);
        }

        private void place(double at, Buffer states, Buffer tape) {
            time.set(0, at);
            state.moveTo(states, 0);
            int start = 0;
            for (Buffer view : tapeViews) {
                view.moveTo(tape, start);
                start += (int) view.size();
            }
        }
    }
}
