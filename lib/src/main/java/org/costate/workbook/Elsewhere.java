package org.costate.workbook;

/// Numbers to compare with, made in 50-digit arithmetic, with Jacobians written by hand, by code that shares nothing
/// with this library, then rounded to double precision.
public final class Elsewhere {
    private Elsewhere() {}

    /// The gradient by W (row by row) and b of three Euler steps of ½ for f = tanh(W x + b), W = (½, −0.3; 0.2, 0.8),
    /// b = (0.1, −0.2), from x₀ = (1, −½), of the sum of squares about (½, ¼).
    ///
    /// @return `[4][6]`: the terms of the steps 1 to 3, then their sum
    public static double[][] threeTerms() {
        return new double[][] {
            {
                0.9872157058231642,
                -0.4936078529115821,
                -2.251328915279193,
                1.1256644576395964,
                0.9872157058231642,
                -2.251328915279193
            },
            {
                0.9480299368482297,
                -0.49645502063760766,
                -2.004932064288035,
                1.0499231624079663,
                0.7195266407914978,
                -1.5216840493754151
            },
            {
                0.8029360838217048,
                -0.4351690219348217,
                -1.733836540098456,
                0.9396911741197108,
                0.4748301636212938,
                -1.0253342758106012
            },
            {
                2.7381817264930985,
                -1.4252318954840115,
                -5.990097519665683,
                3.1152787941672733,
                2.1815725102359558,
                -4.798347240465209
            }
        };
    }
}
