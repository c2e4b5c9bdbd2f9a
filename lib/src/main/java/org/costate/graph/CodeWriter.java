package org.costate.graph;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.costate.kernels.Binary;
import org.costate.kernels.Unary;

/// Writes one number of an expression as C. Values that are stored are read; the others are computed where they are
/// used.
final class CodeWriter {
    /// Which number: of this sample, in this row and column, each a C expression.
    ///
    /// @param sample null where no sample is meant
    record At(String sample, String row, String column) {
        At at(String otherRow, String otherColumn) {
            return new At(sample, otherRow, otherColumn);
        }
    }

    private final IdentityHashMap<Expr, String> stored;
    private final boolean alone;
    private final StringBuilder statements = new StringBuilder();
    private final Set<String> reads = new LinkedHashSet<>();
    private int temporaries;
    private long loops = 1;
    private long work;
    /// What is written, where its products are told apart; else null.
    private final Expr whole;

    private final List<MatrixProduct> products = new ArrayList<>();

    /// @param stored names of the arrays of what is not computed here
    /// @param alone has every sample a time of its own?
    CodeWriter(IdentityHashMap<Expr, String> stored, boolean alone) {
        this(stored, alone, null);
    }

    /// One that tells matrix products apart.
    ///
    /// @param whole what will be written, at its own row and column
    CodeWriter(IdentityHashMap<Expr, String> stored, boolean alone, Expr whole) {
        this.stored = stored;
        this.alone = alone;
        this.whole = alone ? null : whole;
    }

    /// The products that were told apart.
    List<MatrixProduct> products() {
        return List.copyOf(products);
    }

    /// Statements that must run before the value is computed.
    String statements() {
        return statements.toString();
    }

    Set<String> reads() {
        return reads;
    }

    /// Multiplications for one number, roughly.
    long work() {
        return Math.max(1, work);
    }

    /// Is a value another one for each sample?
    static boolean ofSample(Expr e, boolean alone) {
        return e.isVariable() && (alone || e.shape().rows() == Shape.BATCH);
    }

    static int rows(Shape shape) {
        return Math.max(1, shape.rows());
    }

    /// Is it a sum over the batch?
    static boolean sumsBatch(Op op) {
        return switch (op) {
            case Linear.SumRows s -> s.x().shape().rows() == Shape.BATCH;
            case Linear.Product p -> p.transposeA() && p.a().shape().rows() == Shape.BATCH;
            default -> false;
        };
    }

    /// The number as a C expression.
    String value(Expr e, At at) {
        String name = stored.get(e);
        return name != null ? read(name, e, at) : compute(e, at);
    }

    /// The term that one sample adds to a sum over the batch.
    String term(Expr e, At at) {
        return switch (e.op()) {
            case Linear.SumRows s -> value(s.x(), at.at("0", at.column));
            case Linear.Product p -> {
                String a = value(p.a(), at.at("0", at.row));
                work += loops;
                String b = value(p.b(), p.transposeB() ? at.at(at.column, "0") : at.at("0", at.column));
                yield a + " * " + b;
            }
            default -> value(e, at);
        };
    }

    private String read(String name, Expr e, At at) {
        reads.add(name);
        Shape s = e.shape();
        String index = "";
        if (ofSample(e, alone)) {
            index = scaled(at.sample, rows(s) * s.columns());
        }
        if (rows(s) > 1) {
            index = sum(index, scaled(at.row, s.columns()));
        }
        if (s.columns() > 1) {
            index = sum(index, at.column);
        }
        return name + "[" + (index.isEmpty() ? "0" : index) + "]";
    }

    private static String sum(String a, String b) {
        return a.isEmpty() || a.equals("0") ? b : b.equals("0") ? a : a + " + " + b;
    }

    private static String scaled(String index, int by) {
        return index.equals("0") ? "0" : by == 1 ? index : bracket(index) + " * " + by;
    }

    private static String bracket(String index) {
        return index.matches("\\w+") ? index : "(" + index + ")";
    }

    private String compute(Expr e, At at) {
        return switch (e.op()) {
            case Leaf leaf -> leaf(e, leaf);
            case Elementwise.Map m -> unary(m.function(), value(m.x(), at));
            case Elementwise.Join j -> binary(j, at);
            case Linear linear -> linear(linear, at);
            case Fused fused -> value(fused.plain(), at);
        };
    }

    private String leaf(Expr e, Leaf leaf) {
        return switch (leaf) {
            case Leaf.Constant c when c.shape().equals(Shape.SCALAR) -> number(c.values()[0]);
            case Leaf.Batch _ -> {
                reads.add("batch");
                yield alone ? "R(1.0)" : "(REAL) batch";
            }
            default -> throw Places.unbound(e);
        };
    }

    /// A number as C.
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "(REAL) NAN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "(REAL) INFINITY" : "(REAL) -INFINITY";
        }
        return value < 0 ? "(-R(" + -value + "))" : "R(" + value + ")";
    }

    /// The value in a sub-expression of a stretching operation: its sides of length 1 have one index.
    private String stretched(Expr e, At at) {
        return value(e, at.at(rows(e.shape()) == 1 ? "0" : at.row, e.shape().columns() == 1 ? "0" : at.column));
    }

    private String unary(Unary function, String x) {
        work += loops * (function == Unary.NEGATE ? 1 : 8);
        return switch (function) {
            case NEGATE -> "-(" + x + ")";
            case EXP -> "exp(" + x + ")";
            case LOG -> "log(" + x + ")";
            case SQRT -> "sqrt(" + x + ")";
            case SIN -> "sin(" + x + ")";
            case COS -> "cos(" + x + ")";
            case TANH -> "tanh(" + x + ")";
            case ABS -> "fabs(" + x + ")";
            case SIGN -> "signum(" + x + ")";
            case RELU -> "relu(" + x + ")";
            case STEP -> "above_zero(" + x + ")";
            case SIGMOID -> "sigmoid(" + x + ")";
            case SOFTPLUS -> "softplus(" + x + ")";
            case NORMAL_CDF -> "normal_cdf(" + x + ")";
            case NORMAL_DENSITY -> "normal_density(" + x + ")";
        };
    }

    private String binary(Elementwise.Join j, At at) {
        String a = stretched(j.a(), at);
        work += loops;
        if (j.function() == Binary.POWER
                && j.b().op() instanceof Leaf.Constant c
                && c.shape().equals(Shape.SCALAR)) {
            double n = c.values()[0];
            if (n == 2 || n == 3) {
                String base = keep(a);
                return "(" + base + " * " + base + (n == 3 ? " * " + base + ")" : ")");
            }
            work += 20 * loops;
            return "pow(" + a + ", " + number(n) + ")";
        }
        String b = stretched(j.b(), at);
        return switch (j.function()) {
            case ADD -> "(" + a + " + " + b + ")";
            case SUBTRACT -> "(" + a + " - " + b + ")";
            case MULTIPLY -> a + " * " + b;
            case DIVIDE -> a + " / (" + b + ")";
            case POWER -> "pow(" + a + ", " + b + ")";
            case TANH_REVERSE -> "tanh_reverse(" + a + ", " + b + ")";
            case SIGMOID_REVERSE -> "sigmoid_reverse(" + a + ", " + b + ")";
            case MIN -> "smaller(" + a + ", " + b + ")";
            case MAX -> "larger(" + a + ", " + b + ")";
            case GREATER -> "greater(" + a + ", " + b + ")";
        };
    }

    private String fresh(String prefix) {
        return prefix + temporaries++;
    }

    /// A variable of this value.
    private String keep(String value) {
        String name = fresh("u");
        statements.append("REAL ").append(name).append(" = ").append(value).append(";\n");
        return name;
    }

    private String linear(Linear op, At at) {
        Expr x = op.inputs().getFirst();
        int n = x.shape().columns();
        return switch (op) {
            case Linear.Product p when !sumsBatch(p) -> product(p, at);
            case Linear.Product p -> term(new Expr(p), at); // of a sample alone
            case Linear.SumRows s
            when x.shape().rows() != Shape.BATCH -> loop(rows(s.x().shape()), i -> value(x, at.at(i, at.column)));
            case Linear.SumRows _ -> value(x, at.at("0", at.column));
            case Linear.SumColumns _ -> loop(n, i -> value(x, at.at(at.row, i)));
            case Linear.Transpose _ -> value(x, at.at(at.column, at.row));
            case Linear.Columns columns -> value(x, at.at(at.row, plus(at.column, columns.from())));
            case Linear.Embed e -> {
                String inside = value(x, at.at(at.row, plus(at.column, -e.at())));
                yield "(" + at.column + " >= " + e.at() + " && " + at.column + " < " + (e.at() + n) + " ? " + inside
                        + " : R(0.0))";
            }
            case Linear.Concat concat -> {
                String left = value(x, at);
                String right = value(concat.z(), at.at(at.row, plus(at.column, -n)));
                yield "(" + at.column + " < " + n + " ? " + left + " : " + right + ")";
            }
            case Linear.Stretch _ -> stretched(x, at);
        };
    }

    private static String plus(String index, int more) {
        if (more == 0) {
            return index;
        }
        if (index.matches("\\d+")) {
            return "" + (Integer.parseInt(index) + more);
        }
        return "(" + index + (more > 0 ? " + " + more : " - " + -more) + ")";
    }

    /// The sum over the samples that a product is, as a product that is told apart; null if it is none.
    String productOfSamples(Expr e) {
        return e.op() instanceof Linear.Product p && whole != null ? known(p, 0) : null;
    }

    /// The name of a product of stored matrices; null if one of them is not.
    private String known(Linear.Product p, int inner) {
        MatrixProduct.Factor left = factor(p.a(), p.transposeA());
        MatrixProduct.Factor right = factor(p.b(), p.transposeB());
        if (left == null || right == null) {
            return null;
        }
        MatrixProduct product = new MatrixProduct(left, right, inner);
        if (!products.contains(product)) {
            products.add(product);
        }
        return "product" + products.indexOf(product);
    }

    private MatrixProduct.Factor factor(Expr e, boolean transposed) {
        String name = stored.get(e);
        if (name != null) {
            return new MatrixProduct.Factor(name, 0, e.shape().columns(), transposed);
        }
        if (e.op() instanceof Linear.Transpose t) {
            return factor(t.x(), !transposed);
        }
        if (e.op() instanceof Linear.Columns c) {
            MatrixProduct.Factor f = factor(c.x(), false);
            int from = f == null ? 0 : c.from() * (f.transposed() ? f.stride() : 1);
            return f == null
                    ? null
                    : new MatrixProduct.Factor(f.array(), f.offset() + from, f.stride(), f.transposed() != transposed);
        }
        return null;
    }

    /// Is it computed at the whole's own row and column, of which each row is a row of its left factor?
    private boolean isOfWhole(Linear.Product p, At at) {
        if (whole == null || loops != 1 || !p.shape().equals(whole.shape())) {
            return false;
        }
        boolean rowOfLeft = !p.transposeA() || p.a().shape().rows() != Shape.BATCH;
        boolean own = at.row.equals(rows(p.shape()) == 1 ? "0" : "r") && at.column.equals("c");
        return own && rowOfLeft && p.b().shape().rows() != Shape.BATCH;
    }

    private String product(Linear.Product p, At at) {
        int inner = p.transposeA() ? rows(p.a().shape()) : p.a().shape().columns();
        String known = isOfWhole(p, at) ? known(p, inner) : null;
        if (known != null) {
            return known;
        }
        return loop(inner, i -> {
            String a = value(p.a(), p.transposeA() ? at.at(i, at.row) : at.at(at.row, i));
            String b = value(p.b(), p.transposeB() ? at.at(at.column, i) : at.at(i, at.column));
            return a + " * " + b;
        });
    }

    private String loop(int count, UnaryOperator<String> term) {
        if (count == 1) {
            work += loops;
            return "(" + term.apply("0") + ")";
        }
        String sum = fresh("sum");
        String i = fresh("i");
        statements.append("REAL ").append(sum).append(" = 0;\n");
        statements.append("for (int ").append(i).append(" = 0; ").append(i).append(" < ");
        statements.append(count).append("; ").append(i).append("++) {\n");
        loops *= count;
        work += loops;
        String each = term.apply(i);
        loops /= count;
        statements.append(sum).append(" += ").append(each).append(";\n}\n");
        return sum;
    }
}
