package org.costate.notebook;

import java.util.UUID;

/// How far a loop has come: one line below the cell, replaced in place at most five times a second.
///
/// While it runs the line tells the time left; when it is closed only the steps and the last note stay, so that the
/// saved output is the same on every machine. Not thread-safe. Cost of [#advance()]: about 30 ns when nothing is
/// shown.
public final class Progress implements AutoCloseable {
    private static final long BETWEEN = 200_000_000; // ns

    private final String what;
    private final long total;
    private final Display display;
    private final String id = UUID.randomUUID().toString();
    private final long began = System.nanoTime();
    private long shownAt = began;
    private boolean shown;
    private boolean closed;
    private long done;
    private String note = "";

    Progress(String what, long total, Display display) {
        if (total < 1) {
            throw new IllegalArgumentException("total: got " + total + ", expected the number of steps, at least 1");
        }
        this.what = what;
        this.total = total;
        this.display = display;
    }

    /// One more step is done.
    public void advance() {
        at(done + 1, note);
    }

    /// One more step is done; `note` stands behind the count, such as `"cost 0.0123"`.
    public void advance(String note) {
        at(done + 1, note);
    }

    /// `done` steps are done.
    public void at(long done, String note) {
        this.done = done;
        this.note = note;
        long now = System.nanoTime();
        if (!closed && now - shownAt >= BETWEEN && display.updatesInPlace()) {
            shownAt = now;
            put(running(now));
        }
    }

    /// Leaves the final line: how many steps were done, and whether it was all.
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            String stopped = done < total ? ", stopped" : "";
            put(Bundle.text(count() + stopped));
        }
    }

    private void put(Bundle bundle) {
        if (shown) {
            display.update(bundle, id);
        } else {
            shown = true;
            display.show(bundle, id);
        }
    }

    private String count() {
        return what + ": " + done + " of " + total + (note.isEmpty() ? "" : ", " + note);
    }

    private Bundle running(long now) {
        double seconds = (now - began) * 1e-9;
        double left = done == 0 ? Double.NaN : seconds / done * Math.max(0, total - done);
        String text = count() + (Double.isNaN(left) ? "" : ", about " + duration(left) + " left");
        String bar = "<progress max=\"" + total + "\" value=\"" + Math.min(done, total) + "\" aria-label=\""
                + Html.escape(what) + "\"></progress> ";
        return Bundle.html(bar + Html.escape(text), text);
    }

    private static String duration(double seconds) {
        return seconds < 90 ? Math.round(seconds) + " s" : Math.round(seconds / 60) + " min";
    }
}
