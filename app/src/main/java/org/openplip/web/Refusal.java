package org.openplip.web;

/// A request that is answered with an error: a status code and one line for the caller.
final class Refusal extends RuntimeException {
    private final int status;

    Refusal(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }

    static Refusal badRequest(String message) {
        return new Refusal(400, message);
    }

    static Refusal notFound(String message) {
        return new Refusal(404, message);
    }

    static Refusal tooLarge(String message) {
        return new Refusal(413, message);
    }

    static Refusal unsupportedType(String message) {
        return new Refusal(415, message);
    }

    static Refusal unusable(String message) {
        return new Refusal(422, message);
    }

    static Refusal busy(String message) {
        return new Refusal(503, message);
    }
}
