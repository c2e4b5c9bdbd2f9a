package org.costate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Forward;
import org.costate.adjoint.Gauss;
import org.costate.adjoint.Interpolating;
import org.costate.adjoint.Recompute;
import org.costate.adjoint.Reversible;
import org.costate.adjoint.Symplectic;
import org.costate.memory.Arguments;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;

/// Runs every gradient mode on one's own problem, and says which to take.
///
/// ```java
/// Comparison c = Advisor.compare(ode, x0, theta, cost);
/// System.out.println(c.recommendation());
/// show(Tables.of(c));
/// show(Figures.comparison(c));
/// ```
///
/// Each mode gives the gradient once, then all of them in turns, at most a hundred times each and until the
/// time is over, so that a machine that is slow for a while is slow for all. The reference is the gradient
/// of a solve by `Dopri8` in float64 with a tolerance of 10⁻¹², so errors are those against the exact
/// solution; how far they are from the gradient of the discrete solve is told beside it.
///
/// Cost: the time that is allowed or less, 10 s unless told, on a thread of its own; the memory of the mode
/// that holds the most, beside that of the reference. An interrupt ends it within a step, with what is
/// there, and leaves the flag set. When not to use it: on a machine that is busy with other things.
///
/// Immutable; the rules of the recommendation are those of [Comparison].
public final class Advisor {
    private static final List<Adjoint> ALL = List.of(
            Checkpointed.defaults(),
            Backprop.defaults(),
            Symplectic.defaults(),
            Reversible.defaults(),
            Backsolve.defaults(),
            Interpolating.defaults(),
            Gauss.defaults(),
            Recompute.defaults(),
            Forward.defaults());

    private final Ode ode;
    private final Duration time;
    private final long memory;
    private final double error;
    private final List<Adjoint> modes;

    private Advisor(Ode ode, Duration time, long memory, double error, List<Adjoint> modes) {
        this.ode = ode;
        this.time = time;
        this.memory = memory;
        this.error = error;
        this.modes = modes;
    }

    /// For this problem with its solver and precision; the gradient mode does not matter.
    public static Advisor of(Ode ode) {
        Arguments.given("ode", ode, "make it by Ode.of(dynamics)");
        return new Advisor(ode, Duration.ofSeconds(10), Runtime.getRuntime().maxMemory(), Double.NaN, ALL);
    }

    /// At most this long.
    ///
    /// @throws IllegalArgumentException if it is not above 0
    public Advisor time(Duration most) {
        if (!Arguments.given("most", most, "such as Duration.ofSeconds(10)").isPositive()) {
            throw new IllegalArgumentException(
                    "most: got " + most + ", expected a time above 0; such as Duration.ofSeconds(10)");
        }
        return new Advisor(ode, most, memory, error, modes);
    }

    /// Recommends only what holds at most so many bytes; what this JVM may hold unless told.
    ///
    /// @throws IllegalArgumentException if it is not above 0
    public Advisor memory(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("bytes: got " + bytes
                    + ", expected at least 1; leave memory(...) away for all that this JVM may hold");
        }
        return new Advisor(ode, time, bytes, error, modes);
    }

    /// Gradients with this relative error are good enough. Unless told, what the solve itself gets wrong
    /// is, see [Comparison#allowedError].
    ///
    /// @throws IllegalArgumentException if it is negative or not finite
    public Advisor error(double most) {
        if (!(most >= 0) || most == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "most: got " + most + ", expected a finite number from 0 on; such as 1e-3");
        }
        return new Advisor(ode, time, memory, most, modes);
    }

    /// These modes, in this order, in place of the default ones of all kinds.
    ///
    /// @throws IllegalArgumentException if there are none
    public Advisor modes(Adjoint... some) {
        if (Arguments.allGiven("some", some, "such as Backprop.defaults()").length == 0) {
            throw new IllegalArgumentException(
                    "some: got no modes, expected at least one; leave modes(...) away for all");
        }
        return new Advisor(ode, time, memory, error, List.of(some));
    }

    /// All modes on this problem, in at most 10 s.
    ///
    /// @param ode with a span and a solver
    /// @param x0 `[batch][dimension]`
    /// @throws IllegalArgumentException if the arguments do not fit each other, as [Ode#gradient] says
    public static Comparison compare(Ode ode, double[][] x0, Parameters theta, Cost cost) {
        return of(ode).compare(x0, theta, cost);
    }

    /// The same for one sample.
    public static Comparison compare(Ode ode, double[] x0, Parameters theta, Cost cost) {
        return compare(ode, new double[][] {x0}, theta, cost);
    }

    /// The same for one sample of a field without parameters.
    public static Comparison compare(Ode ode, double[] x0, Cost cost) {
        return compare(ode, x0, new Parameters(ParameterLayout.EMPTY), cost);
    }

    /// All modes on this problem, within the limits.
    ///
    /// @param x0 `[batch][dimension]`
    /// @throws IllegalArgumentException if the arguments do not fit each other, as [Ode#gradient] says
    public Comparison compare(double[][] x0, Parameters theta, Cost cost) {
        Arguments.allGiven("x0", x0, "give [batch][dimension] numbers");
        Arguments.given("theta", theta, "make it by f.initialParameters(seed)");
        double[][] copy = Arrays.stream(x0).map(double[]::clone).toArray(double[][]::new);
        return new Trials(ode, new ArrayList<>(modes), copy, theta.copy(), cost, time, memory, error).run();
    }

    @Override
    public String toString() {
        return "Advisor[" + ode + ", at most " + time + " and " + memory + " bytes]";
    }
}
