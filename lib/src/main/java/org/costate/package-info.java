/// The adjoint method for neural ODEs on the JVM.
package org.costate;
