package org.openplip.openpath.fetch;

import java.net.IDN;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Addresses as people write them into pages, made into addresses that can be asked for.
final class WebAddress {
    private static final Pattern PARTS =
            Pattern.compile("(?s)([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)(?:#.*)?");
    private static final String LEGAL = "!$&'()*+,-./:;=?@_~";

    private WebAddress() {}

    /// The address in `text`: white space around it and its fragment gone, what may not stand in an
    /// address escaped, a host in other letters in its ASCII form; null if it is none with a scheme
    /// and a host, or has a user's name in it.
    static @Nullable URI parse(String text) {
        Matcher parts = PARTS.matcher(text.strip());
        if (!parts.matches()) return null;
        try {
            String host = parts.group(2);
            if (!host.startsWith("[")) host = IDN.toASCII(host);
            URI address = new URI(parts.group(1) + "://" + host + escape(parts.group(3)));
            return address.getHost() == null || address.getRawUserInfo() != null ? null : address;
        } catch (URISyntaxException | IllegalArgumentException _) {
            return null;
        }
    }

    /// Where a redirect from `from` leads, or null if that is no address.
    static @Nullable URI redirected(URI from, String location) {
        String to = location.strip();
        if (PARTS.matcher(to).matches()) return parse(to);
        try {
            int fragment = to.indexOf('#');
            String relative = escape(fragment < 0 ? to : to.substring(0, fragment));
            return parse(from.resolve(relative).toString());
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length());
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            char c = (char) (bytes[i] & 0xff);
            boolean letter = c < 128 && Character.isLetterOrDigit(c);
            boolean escapes =
                    c == '%' && i + 2 < bytes.length && isHex(bytes[i + 1]) && isHex(bytes[i + 2]);
            if (letter || escapes || LEGAL.indexOf(c) >= 0) escaped.append(c);
            else escaped.append("%%%02X".formatted((int) c));
        }
        return escaped.toString();
    }

    private static boolean isHex(byte b) {
        return Character.digit(b, 16) >= 0;
    }
}
