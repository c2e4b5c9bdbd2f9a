package org.costate.kernel;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// What a cell prints, gathered for a tenth of a second. IJava sends each line as a message of its own, and Jupyter's
/// server drops the output of a cell that sends more than a thousand a second.
final class Printed extends OutputStream {
    private static final int AT_ONCE = 16_384;
    private static final long EVERY_MS = 100;

    private static final ScheduledExecutorService CLOCK = Executors.newSingleThreadScheduledExecutor(
            work -> Thread.ofPlatform().daemon().name("prints").unstarted(work));

    private final PrintStream target;
    private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
    /// Standard output's is the error stream's, and the other way round: what came first is to be shown first.
    private Printed other;
    /// One lock for both, as each empties the other.
    private final Object lock;
    private boolean scheduled;

    private Printed(PrintStream target, Object lock) {
        this.target = target;
        this.lock = lock;
    }

    /// Two streams that pass on to these two, in few pieces and in the order of what is printed on either.
    static List<PrintStream> to(PrintStream out, PrintStream err) {
        Object lock = new Object();
        Printed first = new Printed(out, lock);
        Printed second = new Printed(err, lock);
        first.other = second;
        second.other = first;
        return List.of(first.stream(), second.stream());
    }

    private PrintStream stream() {
        return new PrintStream(this, false, StandardCharsets.UTF_8);
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        synchronized (lock) {
            other.flush();
            waiting.write(bytes, offset, length);
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
