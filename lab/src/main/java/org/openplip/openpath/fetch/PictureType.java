package org.openplip.openpath.fetch;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The kinds of picture that [org.openplip.image.ImageDecoder] reads, told by their first bytes and
/// by nothing that a server says.
enum PictureType {
    JPEG("jpg"),
    PNG("png"),
    GIF("gif"),
    BMP("bmp"),
    TIFF("tif");

    private final String ending;

    PictureType(String ending) {
        this.ending = ending;
    }

    /// The usual ending of such a file.
    String ending() {
        return ending;
    }

    /// The kind of `picture`, or null if it is none of these.
    static @Nullable PictureType of(byte[] picture) {
        String head = head(picture);
        if (head.startsWith("\u00ff\u00d8\u00ff")) return JPEG;
        if (head.startsWith("\u0089PNG\r\n\u001a\n")) return PNG;
        if (head.startsWith("GIF87a") || head.startsWith("GIF89a")) return GIF;
        if (head.startsWith("II*\0") || head.startsWith("MM\0*")) return TIFF;
        if (head.startsWith("II+\0") || head.startsWith("MM\0+")) return TIFF; // BigTIFF
        if (head.startsWith("BM") && head.length() == 16) return BMP;
        return null;
    }

    /// What bytes that are no such picture look like, in a word.
    static String guess(byte[] bytes) {
        String head = head(bytes);
        if (bytes.length == 0) return "nothing";
        if (head.startsWith("RIFF") && head.startsWith("WEBP", 8)) return "WebP";
        if (head.startsWith("ftyp", 4)) return head.startsWith("avif", 8) ? "AVIF" : "HEIF or MP4";
        if (head.startsWith("%PDF")) return "PDF";
        if (head.startsWith("\u001f\u008b")) return "gzip";
        if (head.stripLeading().startsWith("<")) return "HTML, XML or SVG";
        return "unknown bytes";
    }

    private static String head(byte[] bytes) {
        return new String(bytes, 0, Math.min(16, bytes.length), StandardCharsets.ISO_8859_1);
    }
}
