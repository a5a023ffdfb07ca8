package org.openplip.weights.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a hub calls a file's content: the SHA-256 of a large file (64 digits), or git's name of a
/// small one (40 digits), which is the SHA-1 of `blob LENGTH`, a zero byte and the content.
///
/// @param hex in lower case
record ContentHash(String hex) {
    private static final Pattern ETAG =
            Pattern.compile("(?:W/)?\"?([0-9a-fA-F]{64}|[0-9a-fA-F]{40})\"?");

    /// The hash in the header `ETag` or `X-Linked-Etag`; empty where it is something else.
    static Optional<ContentHash> ofEtag(String etag) {
        Matcher form = ETAG.matcher(etag.strip());
        return form.matches()
                ? Optional.of(new ContentHash(form.group(1).toLowerCase(Locale.ROOT)))
                : Optional.empty();
    }

    /// `SHA-256` or `git SHA-1`.
    String algorithm() {
        return isSha256() ? "SHA-256" : "git SHA-1";
    }

    private boolean isSha256() {
        return hex.length() == 64;
    }

    /// The hash of the same kind that `file` has.
    ContentHash of(Path file) throws IOException {
        MessageDigest digest = digest(isSha256() ? "SHA-256" : "SHA-1");
        if (!isSha256()) {
            String header = "blob " + Files.size(file) + "\0";
            digest.update(header.getBytes(StandardCharsets.US_ASCII));
        }
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) digest.update(buffer, 0, n);
        }
        return new ContentHash(HexFormat.of().formatHex(digest.digest()));
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has " + algorithm, e);
        }
    }
}
