/// One operator graph: a field written once as an expression, differentiated symbolically, run as a straight program.
///
/// [Trace] calls a lambda once with symbols and keeps the expression. Each operation is an [Op]: a record that holds
/// its inputs and, side by side, its forward kernel, its vector–Jacobian product and its Jacobian–vector product; the
/// two derivatives are expressions again. A [Program] is such an expression lowered to a list of kernel calls on kept
/// buffers: common parts computed once, constants folded, parts that nothing needs dropped.
package org.costate.graph;
