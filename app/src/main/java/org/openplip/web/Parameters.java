package org.openplip.web;

import io.javalin.http.Context;
import org.jspecify.annotations.Nullable;
import org.openplip.search.Filter;

/// Query parameters, checked; what does not fit is answered with 400.
final class Parameters {
    private static final int LONGEST_TEXT = 500;

    private Parameters() {}

    static String required(Context context, String name) {
        String value = context.queryParam(name);
        if (value == null || value.isBlank()) throw Refusal.badRequest(name + ": is missing");
        return value;
    }

    /// The phrase `text`, at most 500 characters.
    static String text(Context context) {
        String text = required(context, "text").strip();
        if (text.length() > LONGEST_TEXT) {
            throw Refusal.badRequest(
                    "text: expected at most %d characters, got %d"
                            .formatted(LONGEST_TEXT, text.length()));
        }
        return text;
    }

    /// A number from 1 to `most`, or `absent`.
    static int count(Context context, String name, int absent, int most) {
        String value = context.queryParam(name);
        if (value == null) return absent;
        try {
            int count = Integer.parseInt(value);
            if (count >= 1 && count <= most) return count;
        } catch (NumberFormatException _) {
            // answered below
        }
        throw Refusal.badRequest("%s: expected 1 to %d, got %s".formatted(name, most, value));
    }

    static @Nullable Double number(Context context, String name) {
        String value = context.queryParam(name);
        if (value == null) return null;
        try {
            double number = Double.parseDouble(value);
            if (Double.isFinite(number)) return number;
        } catch (NumberFormatException _) {
            // answered below
        }
        throw Refusal.badRequest(name + ": expected a number, got " + value);
    }

    /// `kind`: picture, tile, or all.
    static Filter kind(Context context) {
        String kind = context.queryParam("kind");
        return switch (kind == null ? "all" : kind) {
            case "all" -> Filter.any();
            case "picture", "tile" -> Filter.any().kinds(kind);
            default -> throw Refusal.badRequest("kind: expected picture, tile or all, got " + kind);
        };
    }
}
