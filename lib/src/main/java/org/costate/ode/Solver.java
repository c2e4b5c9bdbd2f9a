package org.costate.ode;

/// A method and the steps it takes: `Rk4.steps(100)`.
public record Solver(Tableau tableau, FixedSteps steps) {
    @Override
    public String toString() {
        return tableau.name() + ", " + steps.count() + (steps.count() == 1 ? " step" : " steps");
    }
}
