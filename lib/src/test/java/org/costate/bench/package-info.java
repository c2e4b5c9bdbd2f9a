/// What `environment/bench` runs of ours: the workloads, the worker that measures them beside the peers, memory, and
/// the cost curves. Compiled with the tests, so that it stays right; no part of the jar.
package org.costate.bench;
