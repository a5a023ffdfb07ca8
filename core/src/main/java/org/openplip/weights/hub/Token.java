package org.openplip.weights.hub;

import java.util.regex.Pattern;
import org.openplip.io.DataException;

/// What tells a hub who asks. It never shows its value.
///
/// @param value printable ASCII, fit for a header
/// @param source where it comes from, for messages
public record Token(String value, String source) {
    private static final Pattern FORM = Pattern.compile("[!-~]+");

    /// The token in `text`, white space around it left out.
    ///
    /// @throws DataException if it cannot be a token; the message does not show it
    static Token of(String text, String source) throws DataException {
        String value = text.strip();
        if (!FORM.matcher(value).matches()) {
            throw new DataException(
                    source, null, "holds no token: expected one word of ASCII characters", null);
        }
        return new Token(value, source);
    }

    /// Where the token comes from, not what it is.
    @Override
    public String toString() {
        return "token of " + source;
    }
}
