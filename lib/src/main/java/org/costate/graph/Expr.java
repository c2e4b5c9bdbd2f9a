package org.costate.graph;

import java.util.List;
import java.util.stream.Stream;
import org.costate.kernels.Binary;
import org.costate.kernels.Unary;
import org.costate.memory.Arguments;

/// A value in a traced field: a symbol, not a number. Immutable.
///
/// The state is `[batch, dimension]`, one row a sample; parameters are `[rows, columns]`; time is `[1, 1]`.
/// Operations on elements stretch sides of length 1, so a row `[1, c]` can be added to every sample.
///
/// Two expressions are equal if they are the same operation on equal inputs.
public final class Expr {
    private static final String OTHER = "give an expression; a number is Expr.constant(value)";

    private final Op op;
    private final int hash;
    private final boolean variable;
    private final Shape shape;

    Expr(Op op) {
        this.op = op;
        this.shape = op.shape();
        this.hash = op.hashCode();
        this.variable = op instanceof Leaf.Input || op.inputs().stream().anyMatch(i -> i.variable);
    }

    /// The same number for all samples.
    public static Expr constant(double value) {
        return new Expr(new Leaf.Constant(Shape.SCALAR, new double[] {value}));
    }

    /// A constant array, `[rows][columns]`.
    public static Expr constant(double[][] values) {
        Arguments.allGiven("values", values, "give [rows][columns] numbers");
        if (values.length == 0 || values[0].length == 0) {
            throw new IllegalArgumentException("values: got no numbers, expected at least one row of at least one;"
                    + " one number is constant(value)");
        }
        Shape shape = new Shape(values.length, values[0].length);
        double[] flat = new double[values.length * values[0].length];
        for (int r = 0; r < values.length; r++) {
            if (values[r].length != shape.columns()) {
                throw new IllegalArgumentException("values: got " + values[r].length + " numbers in row " + r
                        + ", expected " + shape.columns() + " as in row 0; give one for each column");
            }
            System.arraycopy(values[r], 0, flat, r * shape.columns(), shape.columns());
        }
        return new Expr(new Leaf.Constant(shape, flat));
    }

    Op op() {
        return op;
    }

    /// `[rows, columns]`.
    public Shape shape() {
        return shape;
    }

    private boolean is(double value) {
        return op instanceof Leaf.Constant c && c.is(value);
    }

    /// this + other, element by element.
    public Expr plus(Expr other) {
        Arguments.given("other", other, OTHER);
        if (is(0) && other.shape().broadcast(shape(), "plus").equals(other.shape())) {
            return other;
        }
        return other.is(0) ? this : Elementwise.of(Binary.ADD, this, other);
    }

    /// this + other, the same number for each element.
    public Expr plus(double other) {
        return plus(constant(other));
    }

    /// this − other, element by element.
    public Expr minus(Expr other) {
        Arguments.given("other", other, OTHER);
        return other.is(0) ? this : Elementwise.of(Binary.SUBTRACT, this, other);
    }

    /// this − other, the same number for each element.
    public Expr minus(double other) {
        return minus(constant(other));
    }

    /// other − this: [#minus(double)] the other way round, as ND4J names it.
    public Expr rsub(double other) {
        return constant(other).minus(this);
    }

    /// this · other, element by element. For matrices see [#matmul].
    public Expr times(Expr other) {
        Arguments.given("other", other, OTHER);
        if (is(1) && other.shape().broadcast(shape(), "times").equals(other.shape())) {
            return other;
        }
        return other.is(1) ? this : Elementwise.of(Binary.MULTIPLY, this, other);
    }

    /// this · other, the same number for each element.
    public Expr times(double other) {
        return times(constant(other));
    }

    /// this / other, element by element. Where other is 0, the value is ± infinite, or NaN for 0 / 0, and so are the
    /// derivatives 1 / other and −this / other²; a solve ends there with an outcome that names the component.
    public Expr dividedBy(Expr other) {
        Arguments.given("other", other, OTHER);
        return other.is(1) ? this : Elementwise.of(Binary.DIVIDE, this, other);
    }

    /// this / other, the same number for each element.
    public Expr dividedBy(double other) {
        return dividedBy(constant(other));
    }

    /// other / this: [#dividedBy(double)] the other way round, as ND4J names it. Infinite where this is 0.
    public Expr rdiv(double other) {
        return constant(other).dividedBy(this);
    }

    /// −this.
    public Expr negate() {
        return Elementwise.of(Unary.NEGATE, this);
    }

    /// xⁿ, each element to the same power. Powers other than whole numbers need x ≥ 0: below, they are NaN. The
    /// derivative n xⁿ⁻¹ is infinite at 0 for n < 1, as is the value for n < 0.
    public Expr pow(double exponent) {
        if (exponent == 0) {
            return constant(1).stretch(shape());
        }
        return exponent == 1 ? this : Elementwise.of(Binary.POWER, this, constant(exponent));
    }

    /// xʸ, each element to a power of its own, for x > 0; sides of length 1 stretch. The derivative by x is
    /// y xʸ⁻¹, that by y is xʸ log x: NaN at x = 0, and below 0 as the value is. Where y is a constant, prefer
    /// [#pow(double)], which for whole numbers takes every x.
    public Expr pow(Expr exponent) {
        return exponent.op instanceof Leaf.Constant c && c.shape().equals(Shape.SCALAR)
                ? pow(c.values()[0])
                : Elementwise.of(Binary.POWER, this, exponent);
    }

    /// eˣ, of each element. Infinite above 709.78 in float64, above 88.72 in float32.
    public Expr exp() {
        return Elementwise.of(Unary.EXP, this);
    }

    /// The natural logarithm, for x > 0: −∞ at 0, NaN below. The derivative 1 / x is infinite at 0.
    public Expr log() {
        return Elementwise.of(Unary.LOG, this);
    }

    /// √x, for x ≥ 0: NaN below. The derivative 1 / (2 √x) is infinite at 0; for a norm add a small number before.
    public Expr sqrt() {
        return Elementwise.of(Unary.SQRT, this);
    }

    /// sin x, of each element; x in radians.
    public Expr sin() {
        return Elementwise.of(Unary.SIN, this);
    }

    /// cos x, of each element; x in radians.
    public Expr cos() {
        return Elementwise.of(Unary.COS, this);
    }

    /// tanh x = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), of each element.
    public Expr tanh() {
        return Elementwise.of(Unary.TANH, this);
    }

    /// σ(x) = 1 / (1 + e⁻ˣ).
    public Expr sigmoid() {
        return Elementwise.of(Unary.SIGMOID, this);
    }

    /// log(1 + eˣ), a smooth [#relu]. Large x do not overflow.
    public Expr softplus() {
        return Elementwise.of(Unary.SOFTPLUS, this);
    }

    /// max(x, 0), with derivative 0 at 0. A solver meets the kink as an error of low order; for fields prefer
    /// [#softplus] or [#silu].
    public Expr relu() {
        return Elementwise.of(Unary.RELU, this);
    }

    /// x where x > 0, else slope · x; the derivative at 0 is the slope.
    ///
    /// @param slope usually between 0 and 1
    public Expr leakyRelu(double slope) {
        if (!Double.isFinite(slope)) {
            throw new IllegalArgumentException("slope: got " + slope + ", expected a finite number such as 0.01");
        }
        Expr positive = relu();
        return slope == 0 ? positive : positive.plus(minus(positive).times(slope));
    }

    /// x σ(x), also called swish.
    public Expr silu() {
        return times(sigmoid());
    }

    /// x Φ(x) with Φ(x) = (1 + erf(x / √2)) / 2: the exact form, not that by tanh.
    public Expr gelu() {
        return times(Elementwise.of(Unary.NORMAL_CDF, this));
    }

    /// |x|, with derivative 0 at 0.
    public Expr abs() {
        return Elementwise.of(Unary.ABS, this);
    }

    /// The smaller of each two elements. At a tie both get half of what comes back.
    public Expr min(Expr other) {
        Arguments.given("other", other, OTHER);
        return Elementwise.of(Binary.MIN, this, other);
    }

    /// The smaller of each element and a number, with half of the derivative at a tie.
    public Expr min(double other) {
        return min(constant(other));
    }

    /// The larger of each two elements. At a tie both get half of what comes back, so the derivative of `x.max(0)` at
    /// 0 is ½ where that of [#relu] is 0.
    public Expr max(Expr other) {
        Arguments.given("other", other, OTHER);
        return Elementwise.of(Binary.MAX, this, other);
    }

    /// The larger of each element and a number, with half of the derivative at a tie.
    public Expr max(double other) {
        return max(constant(other));
    }

    /// The matrix product: `[n, k]` times `[k, m]` gives `[n, m]`. With one row a sample, `x.matmul(W)` applies Wᵀ to
    /// each sample; for the column convention W x write `x.matmul(W.transpose())`.
    public Expr matmul(Expr other) {
        Arguments.given("other", other, OTHER);
        return Linear.product(this, other);
    }

    /// A parameter or constant with rows and columns exchanged.
    public Expr transpose() {
        return Linear.transpose(this);
    }

    /// Column `j` alone: component j of every sample.
    public Expr column(int j) {
        return columns(j, 1);
    }

    /// `count` columns from column `from` on.
    public Expr columns(int from, int count) {
        return new Expr(new Linear.Columns(this, from, count));
    }

    /// Row `i` of a parameter or a constant alone.
    public Expr row(int i) {
        return rows(i, 1);
    }

    /// `count` rows of a parameter or a constant, from row `from` on. Not of the state, whose rows are the samples: a
    /// field treats all of them alike.
    public Expr rows(int from, int count) {
        if (shape.rows() == Shape.BATCH) {
            throw new IllegalArgumentException("rows: got " + shape + ", expected a parameter or a constant; the rows"
                    + " of the batch are samples, and a field is the same for all of them: take columns(...)");
        }
        if (from < 0 || count < 1 || from + count > shape.rows()) {
            throw new IllegalArgumentException("rows: got " + count + " from " + from + " on, expected them within "
                    + shape + "; the first is number 0");
        }
        return transpose().columns(from, count).transpose();
    }

    /// Values side by side: columns of the first, then of the second, … Parts of one row, such as the time or a row of
    /// parameters, are repeated for each row of the others.
    public static Expr concat(Expr first, Expr second, Expr... more) {
        Arguments.given("first", first, OTHER);
        Arguments.given("second", second, OTHER);
        Arguments.allGiven("more", more, OTHER);
        List<Expr> parts =
                Stream.concat(Stream.of(first, second), Stream.of(more)).toList();
        int rows = parts.stream()
                .mapToInt(e -> e.shape.rows())
                .filter(r -> r != 1)
                .findFirst()
                .orElse(1);
        return parts.stream()
                .map(e -> e.shape.rows() == 1 ? e.stretch(new Shape(rows, e.shape.columns())) : e)
                .reduce((all, next) -> new Expr(new Linear.Concat(all, next)))
                .orElseThrow();
    }

    /// The sum over each row: one number a sample.
    public Expr sumColumns() {
        return new Expr(new Linear.SumColumns(this));
    }

    /// The sum over all rows: one row in all. Over the batch this mixes samples; meant for parameters and costs.
    public Expr sumRows() {
        return new Expr(new Linear.SumRows(this));
    }

    /// The sum of all elements, `[1, 1]`. Mixes samples as [#sumRows] does.
    public Expr sum() {
        return sumColumns().sumRows();
    }

    /// The mean over each row: one number a sample.
    public Expr meanColumns() {
        return sumColumns().dividedBy(shape().columns());
    }

    /// The mean over all rows: one row in all. Mixes samples as [#sumRows] does; the number of samples is that of the
    /// batch at hand.
    public Expr meanRows() {
        int rows = shape().rows();
        return sumRows().dividedBy(rows == Shape.BATCH ? new Expr(new Leaf.Batch()) : constant(rows));
    }

    /// The mean of all elements, `[1, 1]`. Mixes samples as [#sumRows] does.
    public Expr mean() {
        return meanColumns().meanRows();
    }

    /// Does it depend on the state, the time, or what comes back: is it another number in each evaluation?
    boolean isVariable() {
        return variable;
    }

    /// This value stretched to a shape. Does nothing where it has the shape already.
    Expr stretch(Shape shape) {
        return shape.equals(shape()) ? this : new Expr(new Linear.Stretch(this, shape));
    }

    /// This value summed over the sides that a smaller shape was stretched by: the transpose of [#stretch].
    Expr sumTo(Shape shape) {
        Expr sum = this;
        if (shape.rows() == 1 && sum.shape().rows() != 1) {
            sum = sum.sumRows();
        }
        if (shape.columns() == 1 && sum.shape().columns() != 1) {
            sum = sum.sumColumns();
        }
        return sum;
    }

    @Override
    public boolean equals(Object o) {
        return o == this || (o instanceof Expr e && e.hash == hash && e.op.equals(op));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return op.symbol() + (op.inputs().isEmpty() ? "" : op.inputs().toString());
    }
}
