package org.costate.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Part;

/// A traced field: its expression, and the expressions of what comes back to the state and to each parameter.
final class TracedDynamics implements Dynamics {
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

    TracedDynamics(int dimension, ParameterLayout layout, Expr t, Expr x, Expr slope) {
        this.dimension = dimension;
        this.layout = layout;
        Interner interner = new Interner();
        this.t = interner.intern(t);
        this.x = interner.intern(x);
        this.slope = interner.intern(slope);
        this.cotangent = interner.intern(new Expr(new Leaf.Input("a", slope.shape())));
        this.parameters = layout.entries().stream()
                .map(e -> interner.intern(new Expr(new Leaf.Parameter(e.name(), new Shape(e.rows(), e.columns())))))
                .toList();
        List<Expr> wrt = new ArrayList<>(List.of(this.x));
        wrt.addAll(parameters);
        List<Expr> found = new ArrayList<>();
        for (Expr g : Derivative.vjp(this.slope, cotangent, wrt)) {
            found.add(g == null ? null : interner.intern(g));
        }
        this.gradients = found;
        this.moves = new ArrayList<>();
        Map<Expr, Expr> directions = new HashMap<>();
        for (Expr w : wrt) {
            Expr move = interner.intern(new Expr(new Leaf.Input("d " + w.op().symbol(), w.shape())));
            moves.add(move);
            directions.put(w, move);
        }
        Expr moved = Derivative.jvp(this.slope, directions);
        this.tangent = moved == null ? null : interner.intern(moved);
        Expr byTime = Derivative.vjp(this.slope, cotangent, List.of(this.t)).getFirst();
        this.timeGradient = byTime == null ? null : interner.intern(byTime);
        this.taped = taped();
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
        return forward.stream().filter(needed::containsKey).toList();
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
    public BoundDynamics bind(Workspace workspace, int batch, Precision precision, Buffer theta) {
        return new Bound(workspace, batch, precision, theta);
    }

    /// The expression, one operation a line.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        IdentityHashMap<Expr, String> names = new IdentityHashMap<>();
        for (Expr e : Derivative.order(List.of(slope))) {
            if (e.op() instanceof Leaf) {
                names.put(e, e.op().symbol());
                continue;
            }
            String name = e.equals(slope) ? "dx" : "v" + names.size();
            names.put(e, name);
            String inputs =
                    String.join(", ", e.op().inputs().stream().map(names::get).toList());
            text.append(name)
                    .append(" = ")
                    .append(e.op().symbol())
                    .append('(')
                    .append(inputs)
                    .append(")  ");
            text.append(e.shape()).append('\n');
        }
        return text.toString();
    }

    private final class Bound implements BoundDynamics {
        private final IdentityHashMap<Expr, Buffer> places = new IdentityHashMap<>();
        private final Buffer time;
        private final Buffer state;
        private final Buffer back;
        private final Buffer[] tapeViews;
        private final Buffer ownTape;
        private final int tapeLength;
        private final ParameterLayout.Entry[] entries = layout.entries().toArray(ParameterLayout.Entry[]::new);
        private final Program forward;
        private final Program reverse;
        private final Supplier<Program> makePush;
        private Program push;
        private final Buffer[] moving;
        private final Program stateReverse;
        private final Program timeReverse;
        private final Kernels kernels = Kernels.best();
        private final Buffer[] into;

        Bound(Workspace workspace, int batch, Precision precision, Buffer theta) {
            time = workspace.allocate(1, 1, precision);
            state = Buffer.movable(batch, dimension, precision);
            back = Buffer.movable(batch, outputs(), precision);
            places.put(t, time);
            places.put(x, state);
            places.put(cotangent, back);
            for (int i = 0; i < parameters.size(); i++) {
                ParameterLayout.Entry e = entries[i];
                places.put(parameters.get(i), theta.view(e.offset(), e.rows(), e.columns()));
            }
            tapeViews = new Buffer[taped.size()];
            int length = 0;
            for (int i = 0; i < tapeViews.length; i++) {
                Shape s = taped.get(i).shape();
                tapeViews[i] = Buffer.movable(s.rows(batch), s.columns(), precision);
                places.put(taped.get(i), tapeViews[i]);
                length += (int) tapeViews[i].size();
            }
            tapeLength = length;
            ownTape = workspace.allocate(1, tapeLength, precision);
            forward = new Program(places, workspace, batch, precision);
            forward.compute(List.of(slope), List.of());
            List<Expr> given = new ArrayList<>(taped);
            reverse = new Program(places, workspace, batch, precision);
            reverse.compute(gradients.stream().filter(Objects::nonNull).toList(), given);
            stateReverse = new Program(places, workspace, batch, precision);
            stateReverse.compute(gradients.getFirst() == null ? List.of() : List.of(gradients.getFirst()), given);
            timeReverse = new Program(places, workspace, batch, precision);
            timeReverse.compute(timeGradient == null ? List.of() : List.of(timeGradient), given);
            moving = new Buffer[moves.size()];
            for (int i = 0; i < moving.length; i++) {
                Shape s = moves.get(i).shape();
                moving[i] = Buffer.movable(s.rows(batch), s.columns(), precision);
                places.put(moves.get(i), moving[i]);
            }
            makePush = () -> { // only when asked for: its buffers are as many again
                Program program = new Program(places, workspace, batch, precision);
                program.compute(List.of(tangent), Derivative.order(List.of(slope)));
                return program;
            };
            into = new Buffer[entries.length];
            for (int i = 0; i < into.length; i++) {
                into[i] = Buffer.movable(entries[i].rows(), entries[i].columns(), precision);
            }
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
            forward.run();
            slopes.copyFrom(places.get(slope));
        }

        @Override
        public void vjp(Part part, double at, Buffer states, Buffer tape, Buffer a, Buffer gx, Buffer gp) {
            whole(part);
            place(at, states, tape);
            back.moveTo(a, 0);
            (gp == null ? stateReverse : reverse).run();
            if (gradients.getFirst() == null) {
                gx.fill(0);
            } else {
                gx.copyFrom(places.get(gradients.getFirst()));
            }
            for (int i = 0; gp != null && i < entries.length; i++) {
                if (gradients.get(i + 1) != null) {
                    into[i].moveTo(gp, entries[i].offset());
                    kernels.add(1, places.get(gradients.get(i + 1)), into[i]);
                }
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
            dk.copyFrom(places.get(tangent));
        }

        @Override
        public double timeVjp(Part part, double at, Buffer states, Buffer tape, Buffer a) {
            whole(part);
            if (timeGradient == null) {
                return 0;
            }
            place(at, states, tape);
            back.moveTo(a, 0);
            timeReverse.run();
            return places.get(timeGradient).get(0);
        }

        private static void whole(Part part) {
            if (part != Part.ALL) {
                throw new UnsupportedOperationException(
                        "this field is not partitioned; make one by Dynamics.partitioned(...)");
            }
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
