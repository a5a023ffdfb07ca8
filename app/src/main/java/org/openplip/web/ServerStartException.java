package org.openplip.web;

import java.io.IOException;

/// The server could not start; the message is a single line fit for a terminal.
public final class ServerStartException extends IOException {
    ServerStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
