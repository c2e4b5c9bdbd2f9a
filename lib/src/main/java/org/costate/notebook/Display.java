package org.costate.notebook;

/// Where outputs go: a kernel, or the terminal.
interface Display {
    /// Adds an output to the running cell.
    void show(Bundle bundle);

    /// Adds an output that [#update] can replace.
    void show(Bundle bundle, String id);

    /// Replaces an output, also one of a cell that ended.
    void update(Bundle bundle, String id);

    /// Whether [#update] replaces; a terminal can only add.
    default boolean updatesInPlace() {
        return true;
    }

    /// The terminal: plain text on standard output.
    Display TERMINAL = new Display() {
        @Override
        public void show(Bundle bundle) {
            IO.println(bundle.text());
        }

        @Override
        public void show(Bundle bundle, String id) {
            show(bundle);
        }

        @Override
        public void update(Bundle bundle, String id) {
            show(bundle);
        }

        @Override
        public boolean updatesInPlace() {
            return false;
        }
    };
}
