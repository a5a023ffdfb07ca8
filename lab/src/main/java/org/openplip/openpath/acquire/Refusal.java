package org.openplip.openpath.acquire;

import java.io.IOException;

/// A server's answer that asking again does not change.
final class Refusal extends IOException {
    private final int status;
    private final String code;

    /// @param code the server's own word for it, or empty
    /// @param reason what the server says, in one line
    Refusal(int status, String code, String reason) {
        super(reason);
        this.status = status;
        this.code = code;
    }

    int status() {
        return status;
    }

    String code() {
        return code;
    }
}
