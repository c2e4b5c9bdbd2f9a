/// What makes the notebooks a workbook: exercises with checks, hints and solutions, predictions, claims.
///
/// The calls of a cell are [org.costate.workbook.Workbook#claim(String, boolean)],
/// [org.costate.workbook.Workbook#todo()] and the public fields of one class a lesson:
/// [org.costate.workbook.Lesson00] shows the form. Everything that a cell shows is a [org.costate.workbook.Card] with
/// `html()` and `text()`; a kernel needs one renderer, for `Card`.
///
/// **To write the exercises of lesson NN**, add a class `LessonNN` with a private constructor and one `public static
/// final` field for each:
///
/// 1. A number from paper is a [org.costate.workbook.NumberExercise]; everything else is a
///    [org.costate.workbook.CodeExercise] over a functional interface (a JDK one, or one nested in the lesson's class
///    where the JDK has none with the right arguments), an array or a record.
/// 2. `cell` is the cell's text with `@@` for the answer; the lesson's source has the same text with the starter at
///    that place, tag-free, and a test compares the two. An answer of several lines is a block `{ … }`. Calls of
///    earlier cells' variables are fine.
/// 3. `trial` draws input from the probe and gives the numbers to compare. Draw anew on each call.
/// 4. `mistake(code, the same compiled, message)`: what readers will write. The message names the mistake and does not
///    give the answer away. Order matters: the first that fits is told.
/// 5. Two hints at least: the first points, the last nearly gives it. `remark` says on passing what the result is for.
///
/// **A prediction** is a [org.costate.workbook.Prediction] with three options in the same words as in the lesson's text
/// and an explanation for each, the wrong ones too: what thinking leads there. `var growth =
/// Lesson00.growth.predict('?');` before the result, `growth.reveal()` as the last line of the cell with the result.
///
/// **A claim** is a line of a cell: `claim("00.euler", end, Math.pow(1.1, 10), 1e-12);`. Give each a mutation in the
/// file beside the lesson's source that makes it fail; a test asks for it.
///
/// Tests find lesson classes by their name: every likely mistake must get its own message, every solution pass, every
/// starter be "not attempted". Fields must not load ND4J when the class loads: use lambdas.
package org.costate.workbook;
