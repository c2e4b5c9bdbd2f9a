package org.costate.ode;

/// Which components of the slope an evaluation gives; the others are 0. Positions come first, then momenta.
public enum Part {
    ALL,
    /// dq/dt, of positions.
    POSITION,
    /// dp/dt, of momenta.
    MOMENTUM,
    /// dℓ/dt, of a running cost alone.
    RUNNING_COST
}
