package org.costate.workbook;

/// How an exercise turns an answer into numbers: draw an input from the probe, call the answer, give what it returned.
///
/// ```java
/// (answer, probe) -> new double[] {answer.applyAsDouble(probe.number("x", -2, 2))}
/// ```
///
/// The lesson's own answer goes through the same trial, and the two rows of numbers are compared. For a question with
/// many right answers ("choose θ such that …") give what must be equal for all of them, for example a residual.
///
/// @param <A> the type of the answer: a functional interface, an array, a record
@FunctionalInterface
public interface Trial<A> {
    /// The numbers that are compared. Draw the input anew on each call, since an answer may write into its arguments.
    ///
    /// @throws Exception whatever the answer throws; the verdict tells it
    double[] run(A answer, Probe probe) throws Exception;
}
