package org.costate.kernel;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// What a cell prints, gathered for a tenth of a second, in the order in which it is printed on either stream, and
/// not without bound.
///
/// IJava sends each line as a message of its own, and Jupyter's server drops the output of a cell that sends more than
/// a thousand a second. A loop that prints for ever would keep the browser too busy to interrupt it.
final class Printed {
    private static final int AT_ONCE = 16_384;
    private static final int MOST = 200_000;
    private static final long EVERY_MS = 100;
    private static final String NO_MORE =
            "\n… The cell has printed %,d bytes; what it prints from here on is not shown.\n".formatted(MOST);

    private static final ScheduledExecutorService CLOCK = Executors.newSingleThreadScheduledExecutor(
            work -> Thread.ofPlatform().daemon().name("prints").unstarted(work));

    private final Stream out;
    private final Stream err;
    /// Guards all of this object: what is printed on one stream empties the other.
    private final Object lock = new Object();

    private int left = MOST;

    /// Passes on to these two.
    Printed(PrintStream out, PrintStream err) {
        this.out = new Stream(out);
        this.err = new Stream(err);
    }

    PrintStream out() {
        return new PrintStream(out, false, StandardCharsets.UTF_8);
    }

    PrintStream err() {
        return new PrintStream(err, false, StandardCharsets.UTF_8);
    }

    /// A new cell, which may print as much again.
    void begin() {
        synchronized (lock) {
            left = MOST;
        }
    }

    void flush() {
        out.flush();
        err.flush();
    }

    private final class Stream extends OutputStream {
        private final PrintStream target;
        private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
        private boolean scheduled;

        Stream(PrintStream target) {
            this.target = target;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            synchronized (lock) {
                if (left <= 0) {
                    return;
                }
                (this == out ? err : out).flush();
                int most = Math.min(length, left);
                left -= length;
                waiting.write(bytes, offset, most);
                if (left <= 0) {
                    waiting.writeBytes(NO_MORE.getBytes(StandardCharsets.UTF_8));
                }
                if (waiting.size() >= AT_ONCE) {
                    flush();
                } else if (!scheduled) {
                    scheduled = true;
                    var _ = CLOCK.schedule(this::onTime, EVERY_MS, TimeUnit.MILLISECONDS);
                }
            }
        }

        private void onTime() {
            synchronized (lock) {
                scheduled = false;
                flush();
            }
        }

        @Override
        public void flush() {
            synchronized (lock) {
                byte[] bytes = waiting.toByteArray();
                int whole = wholeCharacters(bytes);
                if (whole > 0) {
                    waiting.reset();
                    waiting.write(bytes, whole, bytes.length - whole);
                    target.print(new String(bytes, 0, whole, StandardCharsets.UTF_8));
                    target.flush();
                }
            }
        }
    }

    /// So many bytes that no character is cut in two.
    private static int wholeCharacters(byte[] bytes) {
        for (int back = 1; back <= 3 && back <= bytes.length; back++) {
            int b = bytes[bytes.length - back] & 0xff;
            if (b >= 0xc0) { // begins a character of 2 to 4 bytes
                int needed = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
                return needed > back ? bytes.length - back : bytes.length;
            }
            if (b < 0x80) {
                return bytes.length;
            }
        }
        return bytes.length;
    }
}
