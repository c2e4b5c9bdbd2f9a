package org.costate.ode;

/// Where a solve steps.
public sealed interface Steps permits FixedSteps, GivenSteps, AdaptiveSteps {}
