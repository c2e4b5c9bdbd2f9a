package org.costate.bench;

import org.costate.Ode;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Device;
import org.costate.adjoint.Gradient;
import org.costate.memory.Buffer;
import org.costate.ode.Parameters;

/// One way to do one workload, ready to be called.
interface Implementation {
    void call();

    /// What it computes.
    ///
    /// @throws UnsupportedOperationException if it is for comparison only
    default Gradient gradient() {
        throw new UnsupportedOperationException(this + " gives no gradient");
    }

    /// The same on a device.
    ///
    /// @throws IllegalArgumentException if the device cannot
    default Implementation on(Device device) {
        throw new IllegalArgumentException("device: got " + device + ", expected none for " + this);
    }

    /// The gradient by one mode.
    record Differentiated(Ode ode, Buffer x0, Parameters theta, Cost cost) implements Implementation {
        @Override
        public void call() {
            gradient();
        }

        @Override
        public Gradient gradient() {
            return ode.gradient(x0, theta, cost);
        }

        @Override
        public Implementation on(Device device) {
            return new Differentiated(ode.on(device), x0, theta, cost);
        }
    }

    /// A solve to the end, without a gradient.
    record Solved(Ode ode, Buffer x0, Parameters theta) implements Implementation {
        @Override
        public void call() {
            ode.solve(x0, theta);
        }

        @Override
        public Implementation on(Device device) {
            return new Solved(ode.on(device), x0, theta);
        }
    }
}
