package org.costate.plot;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.File;
import javax.imageio.ImageIO;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Costate;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.ode.Dynamics;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;

/// Draws the picture at the top of the README: `.github/costate.png`.
///
/// The cubic spiral dx/dt = A x³, and the costate a(t) = ∂C/∂x(t) of C = |x(T) − y|² along it.
public final class ReadmePicture {
    private static final double END = 6;
    private static final int STEPS = 240;

    private ReadmePicture() {}

    public static void main(String[] arguments) throws Exception {
        double[][] a = {{-0.1, 2}, {-2, -0.1}};
        Dynamics spiral = Trace.dynamics(2, (t, x, p) -> x.pow(3).matmul(Expr.constant(a)));
        Parameters none = new Parameters(ParameterLayout.EMPTY);
        Ode ode = Ode.of(spiral).span(0, END).solver(Rk4.steps(STEPS));
        Solution s = ode.solve(new double[] {1.6, 0}, none);
        Cost cost = Cost.sumOfSquares(0.6, -0.2);
        Costate a1 = ode.keepCostate().gradient(s.state(0), none, cost).costate();
        Figure figure = Figures.lines("A trajectory and its costate", "time t", "state x₁ and costate a₁")
                .series("x₁(t), forwards", s.times(), s.component(0, 0))
                .series("a₁(t) = ∂C/∂x₁(t), backwards", a1.times(), a1.component(0, 0))
                .size(860, 340);
        var canvas = new BufferedImage(2 * figure.getWidth(), 2 * figure.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D g = canvas.createGraphics();
        g.scale(2, 2);
        figure.paint(g, figure.getWidth(), figure.getHeight());
        g.dispose();
        ImageIO.write(canvas, "png", new File(arguments[0]));
    }
}
