package org.costate.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.costate.kernels.Kernels;
import org.costate.kernels.Team;
import org.costate.memory.Buffer;
import org.costate.ode.Interruption;

/// Expressions lowered to a list of kernel calls on kept buffers. Running it allocates nothing.
///
/// A row added to a product is taken into it, and a value that is only to be added to something is added by the
/// call that computes it, where the operation can.
///
/// Where no sample depends on another, a [Team] works on slices of the batch, then on the sums over the batch, each of
/// which one thread takes as a whole; or, where these are few, on the slices of both, which are added in order. So no
/// sum depends on the number of threads.
final class Program {
    /// Work below which a slice of the batch is not worth a thread, in multiplications: some microseconds.
    private static final long SLICE_WORK = 6_000;

    /// Slices of a batch, at most, whatever number of threads there is, so that results do not depend on it.
    private static final long MOST_SLICES = 8;

    /// Numbers in the weights of a product from which on packing them takes OpenBLAS as long as some rows do.
    private static final long WIDE = 1 << 14;

    /// Rows of a slice of such products, at least: for each slice the weights are packed again.
    private static final int WIDE_ROWS = 64;

    /// Work of such a slice, at most: some ten milliseconds, so that an interrupt is heeded.
    private static final long MOST_WORK = 400_000_000;

    /// Work of a piece of a call that is not of a slice, at most: a few milliseconds.
    private static final long MOST_PIECE = 50_000_000;

    /// Work from which on an interrupt is heeded between two calls, in multiplications: some milliseconds.
    private static final long LONG_WORK = 10_000_000;

    /// Numbers in the sums of all slices from which on each sum is taken by one thread as a whole.
    private static final long MOST_PARTIAL = 4_096;

    /// Entries that maps have room for at first: a program is bound at each call, and counts as its memory.
    private static final int FEW = 8;

    private static final Kernels KERNELS = Kernels.best();

    private final Places places;
    private final boolean separable;
    private final IdentityHashMap<Expr, Boolean> done = new IdentityHashMap<>(FEW);
    private final IdentityHashMap<Expr, Integer> users = new IdentityHashMap<>(FEW);
    private final Set<Buffer> sumsSoFar = Collections.newSetFromMap(new IdentityHashMap<>(FEW));
    /// Calls that know nothing of the batch; those with a row a sample; sums over the batch; and what comes after.
    private final List<Call> first = new ArrayList<>();
    private final List<Call> rows = new ArrayList<>();
    private final List<Call> sums = new ArrayList<>();
    private final List<Call> rest = new ArrayList<>();
    private final Team.Task slice = this::runSlice;
    private final Team.Task sum = this::runSum;
    private long workPerSample;
    /// Of the calls that are taken by no slice.
    private final IdentityHashMap<Call, Long> whole = new IdentityHashMap<>(FEW);

    /// Numbers in the smallest weights.
    private long smallest = Long.MAX_VALUE;
    private int slices;
    private Slice[] cut;
    /// The sums of each slice, and what they are added to; null where sums are not taken by slices.
    private Buffer[] partial;

    private Buffer total;
    private boolean isLong;
    /// Who runs a long program.
    private volatile Thread caller;

    /// An empty program.
    ///
    /// @param given values that lie in their places already
    /// @param separable does no sample depend on another?
    Program(Places places, List<Expr> given, boolean separable) {
        this.places = places;
        this.separable = separable;
        given.forEach(e -> done.put(e, true));
    }

    /// Computes these values too, unless something before did.
    ///
    /// @param results interned expressions
    Program compute(List<Expr> results) {
        for (Expr r : results) {
            users.merge(r, 2, Integer::sum); // read from outside: kept as they are
        }
        count(results);
        for (Expr r : results) {
            emit(r);
        }
        slice();
        return this;
    }

    /// Adds these values to buffers.
    ///
    /// @param results interned expressions
    /// @param sums one for each, of its shape: parts of `all`
    /// @param starts where in it each part begins
    /// @param all one row
    Program add(List<Expr> results, List<Buffer> sums, long[] starts, Buffer all) {
        results.forEach(r -> users.merge(r, 1, Integer::sum));
        count(results);
        for (int i = 0; i < sums.size(); i++) {
            add(results.get(i), sums.get(i));
        }
        slice();
        sliceSums(sums, starts, all);
        return this;
    }

    private void count(List<Expr> results) {
        for (Expr e : Derivative.order(results)) {
            for (Expr i : e.op().inputs()) {
                users.merge(i, 1, Integer::sum);
            }
        }
    }

    private void add(Expr e, Buffer sum) {
        boolean only = users.get(e) == 1 && !done.containsKey(e);
        if (only
                && e.op() instanceof Elementwise.Join j
                && j.isSum()
                && j.a().shape().equals(j.b().shape())) {
            add(j.a(), sum);
            add(j.b(), sum);
        } else if (only && e.op().adds()) {
            call(e.op(), e.op().inputs(), e.shape(), sum, sum);
        } else {
            call(null, List.of(e), e.shape(), sum, sum);
        }
    }

    private void emit(Expr e) {
        if (done.putIfAbsent(e, true) != null || e.op() instanceof Leaf) {
            return;
        }
        if (!e.isVariable()) {
            places.fix(e);
            return;
        }
        if (e.op() instanceof Elementwise.Join j && j.isSum()) {
            if (takes(j.a(), j.b()) || takes(j.b(), j.a())) {
                boolean first = takes(j.a(), j.b());
                Expr row = first ? j.b() : j.a();
                Op product = (first ? j.a() : j.b()).op();
                emit(row);
                call(product, product.inputs(), e.shape(), places.of(row), places.of(e));
                return;
            }
        }
        call(e.op(), e.op().inputs(), e.shape(), null, places.of(e));
    }

    /// Can this product add this row itself, because nobody else wants it without?
    private boolean takes(Expr product, Expr row) {
        return product.op() instanceof Linear.Product
                && users.get(product) == 1
                && !done.containsKey(product)
                && row.shape().rows() == 1
                && row.shape().columns() == product.shape().columns();
    }

    private void call(Op op, List<Expr> inputs, Shape shape, Buffer plus, Buffer out) {
        Buffer[] in = new Buffer[inputs.size()];
        boolean[] inOfBatch = new boolean[in.length];
        boolean ofBatch = false;
        boolean late = false;
        for (int i = 0; i < in.length; i++) {
            Expr input = inputs.get(i);
            emit(input);
            in[i] = places.of(input);
            inOfBatch[i] = input.shape().rows() == Shape.BATCH;
            ofBatch |= inOfBatch[i];
            late |= sumsSoFar.contains(in[i]);
        }
        Call call = new Call(op, in, inOfBatch, plus, out);
        if (shape.rows() == Shape.BATCH || ofBatch) {
            whole.put(call, shape.rows() == Shape.BATCH && op != null ? op.work() : out.size());
        }
        if (!separable || late) {
            sumsSoFar.add(out);
            rest.add(call);
        } else if (shape.rows() == Shape.BATCH) {
            rows.add(call);
            whole.remove(call);
            workPerSample += op.work();
            if (op instanceof Linear.Product p) {
                smallest = Math.min(smallest, p.work());
            }
        } else if (!ofBatch && plus == null) {
            first.add(call);
        } else if (ofBatch && sumsSoFar.add(out)) {
            sums.add(call);
            workPerSample += out.size();
        } else { // a second sum to the same place
            sumsSoFar.add(out);
            rest.add(call);
        }
    }

    /// Cuts the batch, after whole pairs, because products take rows together.
    private void slice() {
        int batch = places.batch();
        boolean wide = smallest >= WIDE && smallest < Long.MAX_VALUE;
        // As many as keep all processors busy. Not the number of threads, which can be set, because a row of a product
        // may differ by rounding where the rows are cut elsewhere.
        int busy = Team.within() ? 1 : Team.PROCESSORS;
        long most = Math.max(wide ? busy : MOST_SLICES, workPerSample * batch / MOST_WORK);
        long work = Math.ceilDiv(workPerSample * batch, SLICE_WORK);
        slices = (int) Math.clamp(Math.min(batch / (wide ? WIDE_ROWS : 8), work), 1, most);
        int[] ends = new int[slices];
        for (int s = 0; s < slices; s++) {
            ends[s] = s == slices - 1 ? batch : ((int) ((long) batch * (s + 1) / slices) + 1) / 2 * 2;
        }
        cut = new Slice[slices];
        for (int s = 0; s < slices; s++) {
            int from = s == 0 ? 0 : ends[s - 1];
            cut[s] = new Slice(from, ends[s] - from, slices == 1);
            for (Call c : rows) {
                c.write(cut[s]);
            }
        }
        long all = workPerSample;
        for (Call c : rest) {
            all += whole.getOrDefault(c, 0L);
        }
        isLong = all * batch > LONG_WORK;
        if (isLong) {
            whole.forEach((call, each) -> call.cut(batch, each * batch, MOST_PIECE));
        }
    }

    /// Lets each slice take its own part of the sums over the batch, where there are few of these: they are added in
    /// the order of the slices at the end. A slice alone takes them as they are.
    private void sliceSums(List<Buffer> parts, long[] starts, Buffer all) {
        if (slices == 1) {
            sums.forEach(c -> c.writeSum(cut[0]));
            sums.clear();
            return;
        }
        if (parts.isEmpty() || all.size() * slices > MOST_PARTIAL) {
            return;
        }
        total = all;
        partial = new Buffer[slices];
        for (int s = 0; s < slices; s++) {
            partial[s] = places.allocate(1, all.columns());
            for (int i = 0; i < parts.size(); i++) {
                Buffer part = parts.get(i);
                Buffer mine = partial[s].view(starts[i], part.rows(), part.columns());
                for (Call c : sums) {
                    if (c.out() == part) {
                        c.writeSum(cut[s], mine);
                    }
                }
            }
        }
        sums.removeIf(c -> parts.contains(c.out()));
    }

    /// Computes everything, in order.
    ///
    /// @throws Interruption if the program is long and its caller is interrupted
    void run() {
        if (isLong) {
            caller = Thread.currentThread();
        }
        run(first);
        if (slices > 1) {
            Team.run(slices, slice);
            for (int s = 0; partial != null && s < slices; s++) {
                KERNELS.add(1, partial[s], total);
            }
            Team.run(sums.size(), sum);
        } else {
            runSlice(0);
            run(sums);
        }
        run(rest);
    }

    private void run(List<Call> calls) {
        for (int i = 0; i < calls.size(); i++) {
            calls.get(i).run(isLong ? caller : null);
        }
    }

    private void runSlice(int number) {
        cut[number].run(isLong ? caller : null);
    }

    private void runSum(int number) {
        sums.get(number).run(isLong ? caller : null);
    }
}
