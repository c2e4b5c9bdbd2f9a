package org.costate.ode;

import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// Takes steps of an explicit Runge–Kutta method on kept stage buffers.
///
/// Memory: stages + 1 buffers of the state's size. Allocates nothing in a step.
public final class RungeKutta {
    private final Kernels kernels = Kernels.best();
    private final Tableau tableau;
    private final Workspace workspace;
    private final double[][] a;
    private final double[] b;
    private final Buffer[] k;
    private final Buffer stage;

    public RungeKutta(Tableau tableau, Workspace workspace, int rows, int columns, Precision precision) {
        this.tableau = tableau;
        this.workspace = workspace;
        int s = tableau.stages();
        a = new double[s][];
        b = tableau.b();
        k = new Buffer[s];
        for (int i = 0; i < s; i++) {
            a[i] = tableau.a(i);
            k[i] = workspace.allocate(rows, columns, precision);
        }
        stage = workspace.allocate(rows, columns, precision);
    }

    /// next = one step of size h from (t, x). `h` may be negative.
    ///
    /// @param x Not modified.
    /// @param next Overwritten.
    public void step(VectorField field, double t, double h, Buffer x, Buffer next) {
        field.eval(t, x, k[0]);
        for (int i = 1; i < k.length; i++) {
            kernels.combine(x, h, a[i], k, i, stage);
            field.eval(t + tableau.c(i) * h, stage, k[i]);
        }
        kernels.combine(x, h, b, k, k.length, next);
    }

    /// Gives the stage buffers back.
    public void release() {
        for (Buffer buffer : k) {
            workspace.release(buffer);
        }
        workspace.release(stage);
    }
}
