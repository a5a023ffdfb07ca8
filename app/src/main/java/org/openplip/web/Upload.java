package org.openplip.web;

import io.javalin.http.Context;
import io.javalin.http.UploadedFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.openplip.image.ImageDecoder;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;

/// A picture from a request: the bytes are limited before they are read, the pixels before they are
/// decoded, and the type is taken from the bytes.
///
/// A body of up to twice the limit is read to its end before it is refused, and kept nowhere: when
/// a server closes a connection on which something unread has arrived, the client's side is reset,
/// and the answer may be lost before the client has read it. What is longer is refused unread.
final class Upload {
    /// The parts around the picture in a form.
    static final int FORM_OVERHEAD_BYTES = 64 << 10;

    private static final List<String> TYPES =
            List.of("image/jpeg", "image/png", "image/tiff", "application/octet-stream");

    private Upload() {}

    /// The bytes of the request's body, or of the part `image` of a form.
    static byte[] bytes(Context context, long limit) throws IOException {
        boolean form = context.isMultipartFormData();
        long declared = context.req().getContentLengthLong();
        if (declared > limit + (form ? FORM_OVERHEAD_BYTES : 0)) {
            if (declared <= 2 * limit) discard(context, 2 * limit);
            throw tooManyBytes(limit);
        }
        byte[] bytes;
        if (form) {
            try (InputStream in = formPart(context, limit).content()) {
                bytes = in.readNBytes((int) limit + 1);
            }
        } else {
            String type = context.contentType();
            String mediaType =
                    type == null ? "none" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
            if (!TYPES.contains(mediaType)) {
                throw Refusal.unsupportedType(
                        "expected a JPEG, PNG or TIFF picture, got " + mediaType);
            }
            bytes = context.req().getInputStream().readNBytes((int) limit + 1);
        }
        if (bytes.length > limit) {
            discard(context, limit);
            throw tooManyBytes(limit);
        }
        if (bytes.length == 0) throw Refusal.badRequest("the request carries no picture");
        return bytes;
    }

    private static void discard(Context context, long atMost) throws IOException {
        InputStream body = context.req().getInputStream();
        byte[] buffer = new byte[1 << 16];
        for (long left = atMost; left > 0; ) {
            int n = body.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (n < 0) return;
            left -= n;
        }
    }

    private static UploadedFile formPart(Context context, long limit) {
        UploadedFile part;
        try {
            part = context.uploadedFile("image");
        } catch (Exception e) {
            // Jetty tells a form over the limit from a broken one by its message alone.
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (String.valueOf(cause.getMessage()).contains("exceeded")) {
                    throw tooManyBytes(limit);
                }
            }
            throw Refusal.badRequest("the form is malformed");
        }
        if (part == null) throw Refusal.badRequest("the form has no file named \"image\"");
        return part;
    }

    /// The picture in `bytes`.
    static RgbImage decode(byte[] bytes, long pixelLimit) {
        if (!isPicture(bytes)) {
            throw Refusal.unsupportedType("the file is neither JPEG, PNG nor TIFF");
        }
        long pixels = pixels(bytes);
        if (pixels > pixelLimit) {
            throw Refusal.tooLarge(
                    "the picture has %.1f megapixels; the limit is %.1f"
                            .formatted(pixels / 1e6, pixelLimit / 1e6));
        }
        try {
            return ImageDecoder.decode(bytes, "the picture");
        } catch (DataException e) {
            throw Refusal.unusable("the picture cannot be read: " + e.reason());
        }
    }

    /// Whether `bytes` begin as JPEG, PNG, TIFF or BigTIFF do.
    private static boolean isPicture(byte[] bytes) {
        if (bytes.length < 4) return false;
        int magic =
                (bytes[0] & 0xff) << 24
                        | (bytes[1] & 0xff) << 16
                        | (bytes[2] & 0xff) << 8
                        | (bytes[3] & 0xff);
        return magic >>> 8 == 0xffd8ff
                || magic == 0x89504e47
                || magic == 0x49492a00
                || magic == 0x4d4d002a
                || magic == 0x49492b00
                || magic == 0x4d4d002b;
    }

    private static long pixels(byte[] bytes) {
        try (ImageInputStream in =
                new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) throw Refusal.unusable("the picture cannot be read");
            ImageReader reader = readers.next();
            try {
                reader.setInput(in, true, true);
                return (long) reader.getWidth(0) * reader.getHeight(0);
            } finally {
                reader.dispose();
            }
        } catch (IOException | RuntimeException e) {
            if (e instanceof Refusal refusal) throw refusal;
            throw Refusal.unusable("the picture's size cannot be read");
        }
    }

    private static Refusal tooManyBytes(long limit) {
        return Refusal.tooLarge(
                "the picture is larger than the limit of %.1f MB".formatted(limit / 1e6));
    }
}
