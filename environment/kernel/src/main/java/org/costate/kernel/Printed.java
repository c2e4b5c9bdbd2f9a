package org.costate.kernel;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
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
    private boolean scheduled;

    private Printed(PrintStream target) {
        this.target = target;
    }

    /// A stream that passes on to `target`, in few pieces.
    static PrintStream to(PrintStream target) {
        return new PrintStream(new Printed(target), false, StandardCharsets.UTF_8);
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
        waiting.write(bytes, offset, length);
        if (waiting.size() >= AT_ONCE) {
            flush();
        } else if (!scheduled) {
            scheduled = true;
            var _ = CLOCK.schedule(this::flush, EVERY_MS, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public synchronized void flush() {
        scheduled = false;
        byte[] bytes = waiting.toByteArray();
        int whole = wholeCharacters(bytes);
        if (whole > 0) {
            waiting.reset();
            waiting.write(bytes, whole, bytes.length - whole);
            target.print(new String(bytes, 0, whole, StandardCharsets.UTF_8));
            target.flush();
        }
    }

    /// So many bytes that no character is cut in two.
    private static int wholeCharacters(byte[] bytes) {
        int start = bytes.length;
        for (int back = 1; back <= 3 && back <= bytes.length; back++) {
            int b = bytes[bytes.length - back] & 0xff;
            if (b >= 0xc0) { // begins a character of 2 to 4 bytes
                int needed = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
                return needed > back ? start - back : start;
            }
            if (b < 0x80) {
                return start;
            }
        }
        return start;
    }
}
