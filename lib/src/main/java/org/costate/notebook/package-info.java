/// What a cell shows: `show(…)`, progress that updates in place, and how each kind of value looks.
///
/// | value | in the notebook | as text |
/// |---|---|---|
/// | XChart chart | PNG at twice its size, and below it a description in words | the description |
/// | panels, animation | one PNG, moving or not, and the description | the description |
/// | Tablesaw table, matrix, two-dimensional ND4J array | HTML table with caption and header cells | aligned columns |
/// | other arrays, lists, maps | text with type and size | the same |
/// | a workbook card, a solution, a gradient, parameters | HTML | text |
///
/// Numbers are rounded to six significant digits, and nothing is shown without bound: what was left out is said.
/// Lessons contain none of this: [org.costate.notebook.Notebook#register()], called by the start-up script, tells
/// the kernel. It works with IJava and JJava, which it finds by reflection ([org.costate.notebook.KernelDisplay]
/// is the only class that knows them); without a kernel everything is printed in its plain form.
package org.costate.notebook;
