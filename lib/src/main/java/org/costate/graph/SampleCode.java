package org.costate.graph;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.costate.kernels.Binary;
import org.costate.kernels.Unary;
import org.costate.ode.Dynamics.ArrayField;
import org.costate.ode.Dynamics.ArrayVjp;
import org.costate.ode.ParameterLayout;

/// A traced field as a Java method on the numbers of one sample, each number a local variable: for fields so small that
/// a call of a kernel takes longer than its work.
///
/// Source: the class-file API, JEP 484.
final class SampleCode {
    /// Operations on numbers that one method may have; above, the JIT might leave it interpreted.
    private static final long MOST = 400;

    private static final ClassDesc FIELD = ArrayField.class.describeConstable().orElseThrow();
    private static final ClassDesc VJP = ArrayVjp.class.describeConstable().orElseThrow();
    private static final ClassDesc MATH = Math.class.describeConstable().orElseThrow();
    private static final ClassDesc UNARY = Unary.class.describeConstable().orElseThrow();
    private static final ClassDesc BINARY = Binary.class.describeConstable().orElseThrow();
    private static final ClassDesc ARRAY = ConstantDescs.CD_double.arrayType();
    private static final MethodTypeDesc ONE = MethodTypeDesc.of(ConstantDescs.CD_double, ConstantDescs.CD_double);
    private static final MethodTypeDesc TWO =
            MethodTypeDesc.of(ConstantDescs.CD_double, ConstantDescs.CD_double, ConstantDescs.CD_double);

    // Variables of the methods: this, the time, then arrays.
    private static final int TIME = 1;
    private static final int X = 3;
    private static final int P = 4;
    private static final int A = 5;
    private static final int GX = 6;
    private static final int GP = 7;

    /// What the methods compute.
    ///
    /// @param gradients what comes back to x, then to each parameter; null where nothing does
    record Traced(
            ParameterLayout layout, Expr t, Expr x, Expr a, List<Expr> parameters, Expr slope, List<Expr> gradients) {
        /// Is it worth a method, and does no sample depend on another?
        boolean isSmall() {
            List<Expr> results = gradients.stream().filter(g -> g != null).toList();
            long work = Derivative.order(List.of(slope)).stream()
                    .mapToLong(e -> e.op().work())
                    .sum();
            long back = Derivative.order(results).stream()
                    .mapToLong(e -> e.op().work() * Math.abs(e.shape().rows()))
                    .sum();
            return work + back <= MOST && layout.size() <= MOST;
        }
    }

    private final Traced traced;
    private final CodeBuilder code;
    private final IdentityHashMap<Expr, Value[]> known = new IdentityHashMap<>();

    private SampleCode(Traced traced, CodeBuilder code) {
        this.traced = traced;
        this.code = code;
    }

    /// A number in the code: a variable, or a constant.
    private record Value(int variable, double constant) {}

    /// Makes the code.
    ///
    /// @return a [Dynamics.ArrayField] and [Dynamics.ArrayVjp] in one
    static Object compile(Traced traced) {
        ClassDesc name = ClassDesc.of(SampleCode.class.getPackageName(), "Sample");
        MethodTypeDesc field = MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_double, ARRAY, ARRAY, ARRAY);
        MethodTypeDesc vjp =
                MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_double, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY);
        byte[] bytes = ClassFile.of().build(name, type -> {
            type.withInterfaceSymbols(FIELD, VJP);
            type.withMethodBody(
                    ConstantDescs.INIT_NAME,
                    ConstantDescs.MTD_void,
                    ClassFile.ACC_PUBLIC,
                    c -> c.aload(0)
                            .invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                            .return_());
            type.withMethodBody("eval", field, ClassFile.ACC_PUBLIC, c -> {
                SampleCode it = new SampleCode(traced, c);
                it.put(it.values(traced.slope), A, 0);
                c.return_();
            });
            type.withMethodBody("eval", vjp, ClassFile.ACC_PUBLIC, c -> {
                SampleCode it = new SampleCode(traced, c);
                for (int i = 0; i < traced.gradients.size(); i++) {
                    Expr g = traced.gradients.get(i);
                    if (g != null) {
                        int at = i == 0 ? 0 : traced.layout.entries().get(i - 1).offset();
                        it.put(it.values(g), i == 0 ? GX : GP, at);
                    }
                }
                c.return_();
            });
        });
        try {
            return MethodHandles.lookup()
                    .defineHiddenClass(bytes, true)
                    .lookupClass()
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the method of " + traced.slope + " could not be made", e);
        }
    }

    private void put(Value[] values, int array, int at) {
        for (int i = 0; i < values.length; i++) {
            if (values[i] != null) { // arrays come as zeros
                code.aload(array).loadConstant(at + i);
                load(values[i]);
                code.dastore();
            }
        }
    }

    private void load(Value value) {
        if (value == null) {
            code.dconst_0();
        } else if (value.variable < 0) {
            code.loadConstant(value.constant);
        } else {
            code.dload(value.variable);
        }
    }

    /// A new variable with the number on the stack.
    private Value store() {
        int variable = code.allocateLocal(TypeKind.DOUBLE);
        code.dstore(variable);
        return new Value(variable, 0);
    }

    private static Value constant(double value) {
        return new Value(-1, value);
    }

    /// The numbers of an expression, row by row, one row for a sample; null for those that are 0 by construction.
    private Value[] values(Expr e) {
        Value[] done = known.get(e);
        if (done == null) {
            done = switch (e.op()) {
                case Leaf leaf -> leaf(e, leaf);
                case Elementwise.Map m -> each(values(m.x()), v -> unary(m.function(), v));
                case Elementwise.Join j -> join(e.shape(), j);
                case Linear linear -> linear(e.shape(), linear);
                case Fused fused -> values(fused.plain());
            };
            known.put(e, done);
        }
        return done;
    }

    private Value[] leaf(Expr e, Leaf leaf) {
        if (leaf instanceof Leaf.Constant c) {
            return Arrays.stream(c.values()).mapToObj(SampleCode::constant).toArray(Value[]::new);
        }
        if (e.equals(traced.t)) {
            return new Value[] {new Value(TIME, 0)};
        }
        if (e.equals(traced.x)) {
            return elements(X, 0, e.shape().size());
        }
        if (e.equals(traced.a)) {
            return elements(A, 0, e.shape().size());
        }
        int number = traced.parameters.indexOf(e);
        if (number < 0) {
            throw Places.unbound(e);
        }
        return elements(
                P, traced.layout.entries().get(number).offset(), e.shape().size());
    }

    private Value[] elements(int array, int at, int count) {
        Value[] values = new Value[count];
        for (int i = 0; i < count; i++) {
            code.aload(array).loadConstant(at + i).daload();
            values[i] = store();
        }
        return values;
    }

    private static Value[] each(Value[] values, UnaryOperator<Value> function) {
        return Arrays.stream(values).map(function).toArray(Value[]::new);
    }

    private Value unary(Unary function, Value x) {
        if (x == null || x.variable < 0) {
            return constant(function.apply(x == null ? 0 : x.constant));
        }
        switch (function) {
            case NEGATE -> {
                load(x);
                code.dneg();
            }
            case EXP, LOG, SQRT, SIN, COS, TANH, ABS -> {
                load(x);
                code.invokestatic(MATH, function.name().toLowerCase(Locale.ROOT), ONE);
            }
            default -> {
                code.getstatic(UNARY, function.name(), UNARY);
                load(x);
                code.invokevirtual(UNARY, "apply", ONE);
            }
        }
        return store();
    }

    private Value binary(Binary function, Value a, Value b) {
        if ((a == null || a.variable < 0) && (b == null || b.variable < 0)) {
            return a == null && b == null && function == Binary.ADD
                    ? null
                    : constant(function.apply(a == null ? 0 : a.constant, b == null ? 0 : b.constant));
        }
        if (function == Binary.ADD && (a == null || b == null)) {
            return a == null ? b : a;
        }
        if (function == Binary.MULTIPLY && (a == null || b == null)) {
            return null;
        }
        boolean power = function == Binary.POWER && b != null && b.variable < 0;
        if (power && (b.constant == 2 || b.constant == 3)) {
            Value square = binary(Binary.MULTIPLY, a, a);
            return b.constant == 2 ? square : binary(Binary.MULTIPLY, square, a);
        }
        if (function == Binary.TANH_REVERSE) { // a − a (b b)
            return binary(Binary.SUBTRACT, a, binary(Binary.MULTIPLY, a, binary(Binary.MULTIPLY, b, b)));
        }
        boolean own = EnumSet.range(Binary.ADD, Binary.POWER).contains(function);
        if (!own) {
            code.getstatic(BINARY, function.name(), BINARY);
        }
        load(a);
        load(b);
        switch (function) {
            case ADD -> code.dadd();
            case SUBTRACT -> code.dsub();
            case MULTIPLY -> code.dmul();
            case DIVIDE -> code.ddiv();
            case POWER -> code.invokestatic(MATH, "pow", TWO);
            default -> code.invokevirtual(BINARY, "apply", TWO);
        }
        return store();
    }

    private static int rows(Shape shape) {
        return Math.max(1, shape.rows()); // one for the batch
    }

    /// Where in a value of this shape the number is that is used at (row, column) of a larger one.
    private static int at(Shape shape, int row, int column) {
        return (rows(shape) == 1 ? 0 : row) * shape.columns() + (shape.columns() == 1 ? 0 : column);
    }

    private Value[] fill(Shape shape, BiFunction<Integer, Integer, Value> element) {
        Value[] values = new Value[shape.size()];
        for (int r = 0; r < rows(shape); r++) {
            for (int c = 0; c < shape.columns(); c++) {
                values[r * shape.columns() + c] = element.apply(r, c);
            }
        }
        return values;
    }

    private Value[] join(Shape shape, Elementwise.Join j) {
        Value[] a = values(j.a());
        Value[] b = values(j.b());
        return fill(shape, (r, c) -> binary(j.function(), a[at(j.a().shape(), r, c)], b[at(j.b().shape(), r, c)]));
    }

    /// Sums over the batch are those of one sample here.
    private Value[] linear(Shape shape, Linear op) {
        Value[] x = values(op.inputs().getFirst());
        Shape from = op.inputs().getFirst().shape();
        int n = from.columns();
        return switch (op) {
            case Linear.Product p -> product(shape, p, x, values(p.b()));
            case Linear.Transpose _ -> fill(shape, (r, c) -> x[c * n + r]);
            case Linear.Columns columns -> fill(shape, (r, c) -> x[r * n + columns.from() + c]);
            case Linear.Embed e -> fill(shape, (r, c) -> c < e.at() || c >= e.at() + n ? null : x[r * n + c - e.at()]);
            case Linear.Concat concat -> {
                Value[] z = values(concat.z());
                int more = concat.z().shape().columns();
                yield fill(shape, (r, c) -> c < n ? x[r * n + c] : z[r * more + c - n]);
            }
            case Linear.SumColumns _ -> fill(shape, (r, c) -> sum(n, i -> x[r * n + i]));
            case Linear.SumRows _ -> fill(shape, (r, c) -> sum(rows(from), i -> x[i * n + c]));
            case Linear.Stretch _ -> fill(shape, (r, c) -> x[at(from, r, c)]);
        };
    }

    private Value sum(int count, IntFunction<Value> term) {
        Value sum = null;
        for (int i = 0; i < count; i++) {
            sum = binary(Binary.ADD, sum, term.apply(i));
        }
        return sum;
    }

    private Value[] product(Shape shape, Linear.Product p, Value[] a, Value[] b) {
        int n = p.a().shape().columns();
        int m = p.b().shape().columns();
        int inner = p.transposeA() ? rows(p.a().shape()) : n;
        return fill(
                shape,
                (r, c) -> sum(
                        inner,
                        k -> binary(
                                Binary.MULTIPLY,
                                a[p.transposeA() ? k * n + r : r * n + k],
                                b[p.transposeB() ? c * m + k : k * m + c])));
    }
}
