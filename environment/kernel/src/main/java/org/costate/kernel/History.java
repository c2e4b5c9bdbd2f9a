package org.costate.kernel;

import io.github.spencerpark.jupyter.channels.ShellReplyEnvironment;
import io.github.spencerpark.jupyter.messages.Message;
import io.github.spencerpark.jupyter.messages.MessageType;
import io.github.spencerpark.jupyter.messages.request.HistoryRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The cells that were run, for who asks. JupyterLab asks on connecting, and takes the answer as the kernel's first
/// sign of life: without one it shows the state "Unknown" until a cell has run. IJava leaves the request unanswered.
final class History {
    private static final int SESSION = 0;

    /// Each as Jupyter wants it: session, number, source.
    private final List<List<Object>> entries = new ArrayList<>();

    synchronized void add(int number, String code) {
        entries.add(List.of(SESSION, number, code));
    }

    @SuppressWarnings({"rawtypes", "unchecked"}) // IJava's own content type writes entries in a form of its own
    void answer(ShellReplyEnvironment environment, Message<HistoryRequest> message) {
        environment.setBusyDeferIdle();
        Map<String, Object> content = Map.of("status", "ok", "history", found(message.getContent()));
        environment.reply(new Message(environment.getContext(), MessageType.HISTORY_REPLY, content));
    }

    private synchronized List<List<Object>> found(HistoryRequest request) {
        if (request instanceof HistoryRequest.Tail tail) {
            int length = Math.clamp(tail.getMaxReturnLength(), 0, entries.size());
            return List.copyOf(entries.subList(entries.size() - length, entries.size()));
        }
        return List.copyOf(entries);
    }
}
