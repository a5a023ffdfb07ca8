package org.openplip.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.javalin.http.Context;
import org.openplip.io.Json;

/// Writes answers.
final class Reply {
    private Reply() {}

    static void json(Context context, Object body) {
        context.contentType("application/json")
                .header("Cache-Control", "no-store")
                .result(bytes(body));
    }

    static void failure(Context context, int status, String message) {
        context.status(status);
        json(context, new Answers.Failure(message));
    }

    static void jpeg(Context context, byte[] bytes) {
        context.contentType("image/jpeg")
                .header("Cache-Control", "private, max-age=300")
                .result(bytes);
    }

    static byte[] bytes(Object body) {
        try {
            return Json.MAPPER.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an answer is not JSON: " + body.getClass(), e);
        }
    }
}
