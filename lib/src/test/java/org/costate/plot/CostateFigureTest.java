package org.costate.plot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.util.List;
import org.costate.Ode;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Costate;
import org.costate.graph.Trace;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYSeries;

class CostateFigureTest {
    static Costate costate() {
        Dynamics spiral = Trace.dynamics(2, (t, x, p) -> x.matmul(p.matrix("A", 2, 2)));
        Parameters theta = Parameters.of(spiral.layout(), -0.2, -1.5, 1.5, -0.2);
        double[][] zero = {{0, 0}, {0, 0}};
        return Ode.of(spiral)
                .span(0, 6)
                .solver(Rk4.steps(120))
                .keepCostate()
                .gradient(
                        new double[][] {{1, 0.3}, {0.2, 2}},
                        theta,
                        Cost.sumOfSquares(zero).plus(Cost.sumOfSquaresAt(2, zero)))
                .costate();
    }

    @Test
    void everyComponentIsALineWhoseJumpIsUpright() {
        Costate c = costate();
        Figure figure = Figures.costate("T", c, 1);
        assertEquals(
                List.of("a₁", "a₂"),
                figure.getSeriesCollection().stream().map(XYSeries::getName).toList());
        assertArrayEquals(c.times(), figure.getSeries("a₁").getXData());
        assertArrayEquals(c.component(1, 1), figure.getSeries("a₂").getYData());
        assertArrayEquals(
                c.component(0, 0),
                Figures.costate("T", c, "u", "v").getSeries("u").getYData());
        double[] t = figure.getSeries("a₁").getXData();
        assertEquals(2, t[40]);
        assertEquals(2, t[41], "both sides of the observation, on one upright line");
        BufferedImage image = new BufferedImage(640, 400, BufferedImage.TYPE_INT_RGB);
        figure.paint(image.createGraphics(), 640, 400); // an upright line must not upset the axes
        assertThrows(IllegalArgumentException.class, () -> Figures.costate("T", c, "one"));
        assertThrows(IndexOutOfBoundsException.class, () -> Figures.costate("T", c, 2));
    }

    @Test
    void samplesWithStepsOfTheirOwnAreDrawnAtTheirOwnTimes() {
        Dynamics spiral = Trace.dynamics(2, (t, x, p) -> x.times(p.scalar("a")));
        Costate c = Ode.of(spiral)
                .span(0, 1)
                .solver(Dopri5.tolerance(1e-6, 1e-6).perSample())
                .keepCostate()
                .gradient(
                        new double[][] {{1, 0.3}, {20, 2}},
                        Parameters.of(spiral.layout(), -2),
                        Cost.sumOfSquares(new double[2][2]))
                .costate();
        assertTrue(c.sample(1).size() > 4);
        XYSeries drawn = Figures.costate("T", c, 1).getSeries("a₂");
        assertArrayEquals(c.sample(1).times(), drawn.getXData());
        assertArrayEquals(c.sample(1).component(0, 1), drawn.getYData());
    }
}
