/// What is in common to all ways to a device: memory, code, launches, failures.
package org.costate.gpu.driver;
