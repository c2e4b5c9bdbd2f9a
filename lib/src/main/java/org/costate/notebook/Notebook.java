package org.costate.notebook;

import java.util.List;

/// The calls that a cell uses without a class name: [#show(Object)], [#progress(String, long)].
///
/// What each kind of value looks like is in the package's description.
public final class Notebook {
    private static Display display = Display.TERMINAL;
    private static boolean registered;

    private Notebook() {}

    /// Shows a value below the cell, in its richest form. Returns nothing, so it can stand last in a cell.
    ///
    /// Cost: that of drawing; 50–150 ms for a chart. A chart is drawn as it is now: later changes do not show.
    ///
    /// @param value a chart, a table, an array, a result of this library, or anything else; may be null.
    ///     Not modified.
    public static void show(Object value) {
        Renderers.render(value).forEach(display::show);
    }

    /// Shows several values, one below the other.
    public static void show(Object first, Object second, Object... more) {
        show(first);
        show(second);
        // A lone null in this place is the array of the further values, not one of them.
        for (Object value : more == null ? new Object[] {null} : more) {
            show(value);
        }
    }

    /// Begins to tell how far a loop has come, in one line that is replaced in place. Meant for `try (var p =
    /// progress("training", 200)) { … p.advance(); }`.
    ///
    /// @param what the work, in a word or two
    /// @param total how many steps there are, ≥ 1
    /// @throws IllegalArgumentException if `total` is less than 1
    public static Progress progress(String what, long total) {
        return new Progress(what, total, display);
    }

    /// Tells the kernel how to show values. The start-up script calls it; calling it again does no harm.
    public static synchronized void register() {
        if (!registered) {
            registered = true;
            KernelDisplay.find().ifPresent(kernel -> {
                // Object stands for all arrays too; the kernels would print a string of any length.
                kernel.register(List.of(Object.class, String.class), Renderers::render);
                display = kernel;
            });
        }
    }
}
