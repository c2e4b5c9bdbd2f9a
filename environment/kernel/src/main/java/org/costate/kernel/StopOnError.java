package org.costate.kernel;

import io.github.spencerpark.jupyter.channels.ShellHandler;
import io.github.spencerpark.jupyter.channels.ShellReplyEnvironment;
import io.github.spencerpark.jupyter.messages.Message;
import io.github.spencerpark.jupyter.messages.MessageType;
import io.github.spencerpark.jupyter.messages.request.ExecuteRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.function.BooleanSupplier;

/// After an error the cells that already wait in line are not run: "Run All" stops there, as with other kernels.
///
/// Which cells wait is seen by when they were sent. Where the browser's clock is not the kernel's, that may be
/// wrong, so it counts only as long as the requests follow each other closely.
final class StopOnError implements ShellHandler<ExecuteRequest> {
    /// IJava looks for the next request every 50 ms.
    private static final Duration CLOSELY = Duration.ofSeconds(1);

    private final ShellHandler<ExecuteRequest> run;
    private final BooleanSupplier failed;
    private Instant error = Instant.MIN;
    private Instant last = Instant.MIN;

    /// @param run runs a cell
    /// @param failed whether the cell that ran last ended with an error
    StopOnError(ShellHandler<ExecuteRequest> run, BooleanSupplier failed) {
        this.run = run;
        this.failed = failed;
    }

    @Override
    public void handle(ShellReplyEnvironment environment, Message<ExecuteRequest> message) {
        boolean waited = sent(message).isBefore(error) && Instant.now().isBefore(last.plus(CLOSELY));
        if (waited) {
            abort(environment);
        } else {
            error = Instant.MIN;
            run.handle(environment, message);
            if (failed.getAsBoolean() && message.getContent().shouldStopOnError()) {
                error = Instant.now();
            }
        }
        last = Instant.now();
    }

    /// IJava itself reads no more of the date than its minutes.
    private static Instant sent(Message<ExecuteRequest> message) {
        try {
            return OffsetDateTime.parse(message.getHeader().getTimestamp().getDateString())
                    .toInstant();
        } catch (DateTimeParseException e) {
            return Instant.MAX;
        }
    }

    @SuppressWarnings({"rawtypes", "unchecked"}) // IJava knows no such answer
    private static void abort(ShellReplyEnvironment environment) {
        environment.setBusyDeferIdle();
        Map<String, Object> content = Map.of("status", "aborted");
        environment.reply(new Message(environment.getContext(), MessageType.EXECUTE_REPLY, content));
    }
}
