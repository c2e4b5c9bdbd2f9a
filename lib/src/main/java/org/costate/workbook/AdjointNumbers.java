package org.costate.workbook;

import java.util.Arrays;

/// More numbers to compare with, of the same make as [Elsewhere]: for the adjoint ODE.
public final class AdjointNumbers {
    private AdjointNumbers() {}

    /// The gradient for f = W₂ tanh(W₁ x + c t + b₁) + b₂ with the weights of lesson 05, from (¾, −¼) over the time 1,
    /// of the sum of squares about (0.4, −0.6), of the exact solution.
    ///
    /// @return 22 numbers: by x₀, W₁ (row by row), c, b₁, W₂ (row by row), b₂
    public static double[] gradient() {
        return new double[] {
            1.9795491264312588,
            0.5060725161836561,
            0.8248374894753608,
            -0.12138341473119621,
            -0.39031187073241813,
            0.06869924015544081,
            0.045558403196285485,
            -0.024156989778743043,
            0.38799808762740173,
            -0.15699928970251048,
            -0.01978246231703587,
            0.8762640257409823,
            -0.4315847048113352,
            0.07465490187059835,
            1.2068088405497306,
            -0.3946291813994668,
            -0.771979396594374,
            0.6291941274702229,
            -0.20876424627499013,
            -0.40185528211200366,
            1.8350713430271017,
            0.9296182921895038
        };
    }

    /// The largest error of one of the 22 numbers of [#gradient()].
    public static double miss(double[] gradient) {
        return Matrices.distance(gradient, gradient());
    }

    /// The same for each of some gradients.
    public static double[] misses(double[]... gradients) {
        return Arrays.stream(gradients).mapToDouble(AdjointNumbers::miss).toArray();
    }

    /// The derivatives of the same loss by the times of the start and of the end. Unlike the others they come from
    /// torchdiffeq 0.2.5, dopri5 with tolerances of 1e-10.
    public static double[] byTimes() {
        return new double[] {-0.8346990268301886, 1.2770228758984743};
    }

    /// The largest errors of the 22 numbers of [#gradient()] after ten steps, computed by PyTorch and torchdiffeq.
    ///
    /// @return `[2][3]`: by the adjoint ODE, by going back through the steps; Euler, midpoint, Kutta's 3/8 rule
    public static double[][] afterTenSteps() {
        return new double[][] {
            {0.04261351418846754, 0.001049937977880111, 3.0359841335370064e-07},
            {0.035943399927186315, 0.0015908199007085289, 2.2121826692700353e-07}
        };
    }

    /// How far four ways of going back over Euler steps miss the gradient by θ of the exact solution, for lesson 01's
    /// network, as a part of that gradient's length.
    ///
    /// @return `[4][4]`: after 3, 10, 100 and 1000 steps; schemes A, B, C, D
    public static double[][] schemes() {
        return new double[][] {
            {0.23680034940193265, 0.25621563184239543, 0.2043385233638681, 0.5325163499956406},
            {0.0787671398639024, 0.08107265713919494, 0.07292106332173984, 0.5664658841651912},
            {0.00816914665604014, 0.008233150797901764, 0.007847681898050499, 0.5780561250431692},
            {0.0008197587489442906, 0.0008243924976969129, 0.000790725271283604, 0.5791694756235621}
        };
    }

    /// The gradient by W (row by row) and b of the exact solution for lesson 01's network.
    public static double[] byTheta() {
        return new double[] {
            2.535175340036924,
            -1.356179667177132,
            -8.151720750249238,
            4.354898543698834,
            1.7566267241177662,
            -5.699350131737829
        };
    }

    /// The gradient by x₀ of the exact solution for lesson 01's network.
    public static double[] byStart() {
        return new double[] {3.1300280231626774, -8.109375737792337};
    }
}
