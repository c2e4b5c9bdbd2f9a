package org.costate.plot;

import java.awt.Color;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.costate.Solution;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// A line chart in the house style, made by [Figures] and filled call by call:
///
/// ```java
/// show(Figures.lines("Exponential decay", "t (s)", "x").series("RK4", t, x).function("exact", Math::exp, 0, 1));
/// ```
///
/// It is an XChart [XYChart] and XChart paints it: its encoders write it, and its series and its styler change it. (Two
/// things are set anew at each painting: whether there is a legend, and how far ticks are apart.) Each line's name
/// stands at its end in its colour; the legend has the names where lines do not end at the right, or are many.
///
/// Values that are not finite leave a gap. Arrays are copied. Not thread-safe.
public final class Figure extends XYChart {
    private static final int SAMPLES = 200;

    /// From here on, samples are drawn thin.
    private static final int MANY = 5;

    private final List<String> notes = new ArrayList<>();
    private final Set<String> orbits = new HashSet<>();
    private final Set<String> singles = new HashSet<>();
    private boolean sameUnit;
    private boolean unlabelled;
    private int colours;

    Figure(String title, String xLabel, String yLabel) {
        super(House.WIDTH, House.HEIGHT, Styler.ChartTheme.XChart);
        setTitle(title);
        setXAxisTitle(xLabel);
        setYAxisTitle(yLabel);
        House.style(getStyler());
    }

    /// A line through these points.
    ///
    /// @param label says in words what the line is; unique in the figure. Empty: no name, and the colour of the
    ///     series before, so that points and the line through them look alike
    /// @throws IllegalArgumentException if the arrays differ in length or are empty, if the label is taken, or if a
    ///     number is not positive on a logarithmic axis
    public Figure series(String label, double[] x, double[] y) {
        add(label, x, y, nextColour(label));
        return this;
    }

    /// These points, not joined.
    ///
    /// @throws IllegalArgumentException as [#series]
    public Figure points(String label, double[] x, double[] y) {
        add(label, x, y, nextColour(label))
                .setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter)
                .setMarker(SeriesMarkers.CIRCLE);
        return this;
    }

    /// One point with its name beside it.
    ///
    /// @throws IllegalArgumentException as [#series]
    public Figure point(String label, double x, double y) {
        return point(label, x, y, nextColour(label));
    }

    Figure point(String label, double x, double y, Color colour) {
        XYSeries added = add(label, new double[] {x}, new double[] {y}, colour);
        added.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
        added.setMarker(SeriesMarkers.CIRCLE);
        singles.add(added.getName());
        return this;
    }

    /// Measured points, joined. Where both axes are logarithmic, the label gets the slope of the line at the right:
    /// [Figures#slope] of the points in the right half of the axis, where a constant part weighs less. (It does not
    /// if one of them is not finite, or lies more than a quarter off that power law.)
    ///
    /// @throws IllegalArgumentException as [#series]
    public Figure measured(String label, double[] x, double[] y) {
        check(label, x, y);
        boolean logLog = getStyler().isXAxisLogarithmic() && getStyler().isYAxisLogarithmic();
        OptionalDouble slope = logLog && !label.isEmpty() ? Figures.slopeAtTheRight(x, y) : OptionalDouble.empty();
        String text = slope.isPresent() ? " (slope\u00a0" + TickText.format("0.00", slope.getAsDouble()) + ")" : "";
        add(label + text, x, y, nextColour(label)).setMarker(SeriesMarkers.CIRCLE);
        return this;
    }

    /// The line y = f(x), drawn through 200 points.
    ///
    /// @throws IllegalArgumentException as [#series]; also if the interval is empty
    public Figure function(String label, DoubleUnaryOperator f, double from, double to) {
        if (!(from < to) || Double.isInfinite(to - from)) {
            throw new IllegalArgumentException(
                    "from, to: got " + from + " to " + to + ", expected two finite numbers, the smaller first");
        }
        double[] x = new double[SAMPLES];
        double[] y = new double[SAMPLES];
        boolean log = getStyler().isXAxisLogarithmic() && from > 0;
        for (int i = 0; i < SAMPLES; i++) {
            double s = i / (SAMPLES - 1.0);
            x[i] = log ? from * Math.pow(to / from, s) : from + s * (to - from);
            y[i] = f.applyAsDouble(x[i]);
        }
        return series(label, x, y);
    }

    /// A thin grey line for comparison, dashed: a bound, a slope, an exact value. (Many points leave no room for
    /// dashes.)
    ///
    /// @throws IllegalArgumentException as [#series]
    public Figure guide(String label, double[] x, double[] y) {
        add(label, x, y, House.SOFT_INK).setLineStyle(House.GUIDE);
        return this;
    }

    /// Component `j` of one sample over time.
    ///
    /// @throws IndexOutOfBoundsException if there is no such sample or component
    /// @throws IllegalArgumentException as [#series]
    public Figure component(String label, Solution s, int sample, int j) {
        Solution one = s.sample(sample);
        return series(label, one.times(), one.component(0, j));
    }

    /// Component 1 against component 0, every sample in one colour: a circle where it starts, an arrow where it ends.
    ///
    /// @throws IllegalArgumentException if the solution has one component only, and as [#series]
    public Figure orbit(String label, Solution s) {
        return orbit(label, s, 0, 1);
    }

    /// Component `j` against component `i`, every sample in one colour: a circle where it starts, an arrow where it
    /// ends.
    ///
    /// @throws IllegalArgumentException if the solution has no such components, and as [#series]
    public Figure orbit(String label, Solution s, int i, int j) {
        if (Math.min(i, j) < 0 || Math.max(i, j) >= s.dimension()) {
            throw new IllegalArgumentException("i, j: got components " + i + " and " + j + ", expected them below "
                    + s.dimension() + "; a solution with one component is drawn over time, component(label, s, 0, 0)");
        }
        Color colour = nextColour(label);
        for (int sample = 0; sample < s.batch(); sample++) {
            String name = sample == 0 ? label : "";
            Solution one = s.sample(sample);
            XYSeries added = add(name, one.component(0, i), one.component(0, j), colour);
            orbits.add(added.getName());
            if (s.batch() > MANY) {
                added.setLineStyle(House.THIN);
            }
        }
        return this;
    }

    /// A field as grey arrows from the points of a grid, the longest as long as nine tenths of the grid's spacing.
    ///
    /// @param f gives the two components of the velocity at a point of two numbers; there is no arrow where it
    ///     is not finite
    /// @param columns, rows at least 2 each
    /// @throws IllegalArgumentException if the grid has fewer, or the window is empty
    public Figure field(
            UnaryOperator<double[]> f, double left, double right, double low, double high, int columns, int rows) {
        if (!(left < right && low < high) || columns < 2 || rows < 2) {
            throw new IllegalArgumentException("window, columns, rows: got " + left + " to " + right + ", " + low
                    + " to " + high + ", " + columns + " x " + rows
                    + ", expected the smaller ends first and at least 2 x 2 points");
        }
        double[][] lines = Arrows.of(f, left, right, low, high, columns, rows);
        add("", lines[0], lines[1], House.AXIS).setLineStyle(House.THIN);
        return this;
    }

    /// More curves than can be told apart: for each cell of a grid how many of them pass it, the darker the more,
    /// each shade for twice as many as the one before. The picture has no room for the names of the shades; the
    /// description has them.
    ///
    /// @param x of all curves, evenly spaced; each is a column of the grid
    /// @param curves as many numbers each; those outside the range are not counted
    /// @param low, high the range, divided into 120 rows
    /// @throws IllegalArgumentException if it is empty, a curve has another length than x, or none passes
    public Figure density(double[] x, double[][] curves, double low, double high) {
        Density density = Density.of(x, curves, low, high);
        for (Density.Level level : density.levels()) {
            XYSeries cells = add(level.name(), level.x(), level.y(), level.colour());
            cells.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
            cells.setMarker(density.marker(this));
        }
        return unlabelled().window(x[0], x[x.length - 1], low, high);
    }

    /// Shows this part of the plane, whatever the data; lines are cut at its edge.
    ///
    /// @throws IllegalArgumentException if it is empty
    public Figure window(double left, double right, double low, double high) {
        if (!(left < right && low < high)) {
            throw new IllegalArgumentException("window: got " + left + " to " + right + ", " + low + " to " + high
                    + ", expected the smaller ends first");
        }
        getStyler().setXAxisMin(left).setXAxisMax(right).setYAxisMin(low).setYAxisMax(high);
        return this;
    }

    /// With a logarithmic horizontal axis.
    ///
    /// @throws IllegalArgumentException if a series already has a number ≤ 0 there
    public Figure logX() {
        getStyler().setXAxisLogarithmic(true);
        getSeriesCollection().forEach(s -> check(s.getName(), s.getXData(), s.getYData()));
        return this;
    }

    /// With a logarithmic vertical axis.
    ///
    /// @throws IllegalArgumentException if a series already has a number ≤ 0 there
    public Figure logY() {
        getStyler().setYAxisLogarithmic(true);
        getSeriesCollection().forEach(s -> check(s.getName(), s.getXData(), s.getYData()));
        return this;
    }

    /// With the same unit on both axes, so that a circle is round.
    public Figure sameUnit() {
        sameUnit = true;
        return this;
    }

    /// Without the names of lines in the picture, where there is no room for them: the text has to tell. The
    /// description
    /// in words keeps them.
    public Figure unlabelled() {
        unlabelled = true;
        return this;
    }

    /// A line of small print under the title, such as where the numbers come from.
    public Figure note(String text) {
        notes.add(text);
        return this;
    }

    /// In pixels; a notebook draws twice as many. 640 × 400 unless told.
    ///
    /// @throws IllegalArgumentException if less than 240 × 160, which has no room for a plot
    public Figure size(int width, int height) {
        if (width < 240 || height < 160) {
            throw new IllegalArgumentException(
                    "width, height: got " + width + " x " + height + ", expected at least 240 x 160");
        }
        setWidth(width);
        setHeight(height);
        return this;
    }

    /// The notes in their order.
    public List<String> notes() {
        return List.copyOf(notes);
    }

    boolean isUnlabelled() {
        return unlabelled;
    }

    boolean hasSameUnit() {
        return sameUnit;
    }

    boolean isSinglePoint(XYSeries series) {
        return singles.contains(series.getName());
    }

    boolean isOrbit(XYSeries series) {
        return orbits.contains(series.getName());
    }

    @Override
    public void paint(Graphics2D g, int width, int height) {
        new Painter(this, g).paint(width, height);
    }

    /// What XChart paints, which takes the size it is given for the figure's.
    void chart(Graphics2D g, int width, int height) {
        int figureWidth = getWidth();
        int figureHeight = getHeight();
        super.paint(g, width, height);
        setWidth(figureWidth);
        setHeight(figureHeight);
    }

    private Color nextColour(String label) {
        return label.isEmpty() && colours > 0 ? House.colour(colours - 1) : House.colour(colours++);
    }

    private XYSeries add(String label, double[] x, double[] y, Color colour) {
        check(label, x, y);
        String name = label.isEmpty() ? "line " + (getSeriesCollection().size() + 1) : label;
        if (getSeries(name) != null) {
            throw new IllegalArgumentException(
                    "label: got \"" + label + "\" a second time, expected a name of its own for each line");
        }
        XYSeries s = addSeries(name, x.clone(), y.clone());
        s.setMarker(SeriesMarkers.NONE);
        s.setLineColor(colour);
        s.setMarkerColor(colour);
        s.setLineStyle(House.stroke(colours - 1));
        s.setShowInLegend(!label.isEmpty());
        return s;
    }

    private void check(String label, double[] x, double[] y) {
        String who = "series \"" + label + "\": ";
        if (x.length != y.length || x.length == 0) {
            throw new IllegalArgumentException(
                    who + "got " + x.length + " x and " + y.length + " y, expected as many of both, at least one");
        }
        checkPositive(who, "x", x, getStyler().isXAxisLogarithmic());
        checkPositive(who, "y", y, getStyler().isYAxisLogarithmic());
    }

    private static void checkPositive(String who, String axis, double[] values, boolean logarithmic) {
        for (int i = 0; logarithmic && i < values.length; i++) {
            if (values[i] <= 0) {
                throw new IllegalArgumentException(who + axis + "[" + i + "] is " + values[i]
                        + ", which a logarithmic axis cannot show; leave it out (Double.NaN), or lift it to the smallest"
                        + " number that means something, Math.max(value, 1e-17)");
            }
        }
    }
}
