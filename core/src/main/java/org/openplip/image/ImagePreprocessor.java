package org.openplip.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import org.openplip.io.DataException;
import org.openplip.io.Json;

/// From a picture of any size to what the image tower reads: the shorter side resized to
/// `shortestEdge` (bicubic, antialiased, 8 bit), the middle `cropSize` x `cropSize` cut out, scaled
/// to 0..1 and normalised by channel.
///
/// Sizes follow Hugging Face's CLIP processor, through which PLIP is used: the longer side is
/// `(int) (shortestEdge * long / short)`, the crop starts at `(side - cropSize) / 2` rounded down.
/// OpenAI's code (torchvision) differs in one thing: it rounds that half to even, so that a margin
/// of 79 pixels is cut 40 and 39 there, 39 and 40 here.
///
/// @param shortestEdge the shorter side after resizing, in pixels
/// @param cropSize the side of the crop, in pixels, at most `shortestEdge`
/// @param mean of red, green, blue on the scale 0..1
/// @param std of red, green, blue on the scale 0..1
@SuppressWarnings("ArrayRecordComponent") // three floats each; nobody compares preprocessors
public record ImagePreprocessor(int shortestEdge, int cropSize, float[] mean, float[] std) {
    private static final int BICUBIC = 3;

    /// CLIP's published statistics; their eighth digit is finer than a float's.
    @SuppressWarnings("FloatingPointLiteralPrecision")
    private static final float[] CLIP_MEAN = {0.48145466f, 0.4578275f, 0.40821073f};

    @SuppressWarnings("FloatingPointLiteralPrecision")
    private static final float[] CLIP_STD = {0.26862954f, 0.26130258f, 0.27577711f};

    public ImagePreprocessor {
        if (cropSize < 1 || shortestEdge < cropSize) {
            throw new IllegalArgumentException(
                    "cropSize: expected 1 to shortestEdge (%d), got %d"
                            .formatted(shortestEdge, cropSize));
        }
        if (mean.length != 3 || std.length != 3) {
            throw new IllegalArgumentException(
                    "mean and std: expected 3 values each, got %d and %d"
                            .formatted(mean.length, std.length));
        }
        for (float s : std) {
            if (!(s > 0)) throw new IllegalArgumentException("std: expected above 0, got " + s);
        }
        mean = mean.clone();
        std = std.clone();
    }

    /// The preprocessing of CLIP and PLIP for pictures of `size` x `size`.
    public static ImagePreprocessor clip(int size) {
        return new ImagePreprocessor(size, size, CLIP_MEAN, CLIP_STD);
    }

    /// What a Hugging Face `preprocessor_config.json` says, in its older form (`"size": 224`) or
    /// its newer one (`"size": {"shortest_edge": 224}`). A missing entry has CLIP's value.
    ///
    /// @throws DataException if it asks for something that CLIP's preprocessing does not do
    public static ImagePreprocessor read(Path file) throws IOException {
        JsonNode json = Json.read(file);
        if (!json.isObject()) throw new DataException(file, "expected a JSON object");
        for (String step :
                new String[] {"do_resize", "do_center_crop", "do_rescale", "do_normalize"}) {
            if (!json.path(step).asBoolean(true)) {
                throw new DataException(file, step, "false is not supported");
            }
        }
        int resample = json.path("resample").asInt(BICUBIC);
        if (resample != BICUBIC) {
            throw new DataException(
                    file, "resample", "expected " + BICUBIC + " (bicubic), found " + resample);
        }
        double factor = json.path("rescale_factor").asDouble(1 / 255d);
        if (Math.abs(factor * 255 - 1) > 1e-6) {
            throw new DataException(file, "rescale_factor", "expected 1/255, found " + factor);
        }
        int size = side(file, "size", json.path("size"), "shortest_edge", 224);
        int crop = side(file, "crop_size", json.path("crop_size"), "height", size);
        JsonNode cropWidth = json.path("crop_size").path("width");
        if (!cropWidth.isMissingNode() && cropWidth.asInt() != crop) {
            throw new DataException(file, "crop_size", "is not square, which is not supported");
        }
        ImagePreprocessor clip = clip(size);
        float[] mean = channels(file, "image_mean", json.path("image_mean"), clip.mean);
        float[] std = channels(file, "image_std", json.path("image_std"), clip.std);
        try {
            return new ImagePreprocessor(size, crop, mean, std);
        } catch (IllegalArgumentException e) {
            throw new DataException(file.toString(), null, "" + e.getMessage(), e);
        }
    }

    private static int side(Path file, String name, JsonNode node, String field, int absent)
            throws DataException {
        if (node.isMissingNode() || node.isNull()) return absent;
        JsonNode value = node.isObject() ? node.path(field) : node;
        if (!value.canConvertToInt() || value.intValue() < 1) {
            throw new DataException(
                    file,
                    name,
                    "expected a number of pixels or {\"%s\": pixels}, found %s"
                            .formatted(field, node));
        }
        return value.intValue();
    }

    private static float[] channels(Path file, String name, JsonNode node, float[] absent)
            throws DataException {
        if (node.isMissingNode()) return absent;
        float[] values = new float[3];
        if (node.size() != 3) throw new DataException(file, name, "expected 3 numbers: " + node);
        for (int c = 0; c < 3; c++) {
            if (!node.get(c).isNumber()) {
                throw new DataException(file, name, "expected 3 numbers: " + node);
            }
            values[c] = node.get(c).floatValue();
        }
        return values;
    }

    /// The text of a `preprocessor_config.json` that transformers, old and new, reads.
    public String toJson() {
        ObjectNode json = Json.MAPPER.createObjectNode();
        json.put("do_resize", true).putObject("size").put("shortest_edge", shortestEdge);
        json.put("resample", BICUBIC).put("do_center_crop", true);
        json.putObject("crop_size").put("height", cropSize).put("width", cropSize);
        json.put("do_rescale", true).put("rescale_factor", 1 / 255d);
        json.put("do_normalize", true).put("do_convert_rgb", true);
        ArrayNode means = json.putArray("image_mean");
        for (float m : mean) means.add(m);
        ArrayNode stds = json.putArray("image_std");
        for (float s : std) stds.add(s);
        json.put("feature_extractor_type", "CLIPFeatureExtractor");
        json.put("image_processor_type", "CLIPImageProcessor");
        return json.toPrettyString() + "\n";
    }

    /// The resized and cropped picture, `cropSize` x `cropSize`.
    public RgbImage apply(RgbImage image) {
        int width = resized(image.width(), image.height());
        int height = resized(image.height(), image.width());
        int x = (width - cropSize) / 2;
        int y = (height - cropSize) / 2;
        return Resampler.bicubic(image, width, height, x, y, cropSize, cropSize);
    }

    private int resized(int side, int other) {
        return side <= other ? shortestEdge : (int) ((long) shortestEdge * side / other);
    }

    /// Writes float32 `[3, cropSize, cropSize]` from `target[offset]` on: red, green, blue plane,
    /// each `(value / 255 - mean) / std`.
    ///
    /// @throws IllegalArgumentException if `image` is not what [#apply] gives or `target` too short
    public void normalize(RgbImage image, float[] target, int offset) {
        if (image.width() != cropSize || image.height() != cropSize) {
            throw new IllegalArgumentException(
                    "image: expected %d x %d, got %d x %d"
                            .formatted(cropSize, cropSize, image.width(), image.height()));
        }
        int plane = cropSize * cropSize;
        if (offset < 0 || target.length - offset < 3 * plane) {
            throw new IllegalArgumentException(
                    "target: expected %d values from %d, got %d"
                            .formatted(3 * plane, offset, target.length));
        }
        byte[] pixels = image.pixels();
        float[] values = new float[256];
        for (int c = 0; c < 3; c++) {
            for (int v = 0; v < 256; v++) values[v] = (v / 255f - mean[c]) / std[c];
            int start = offset + c * plane;
            for (int i = 0; i < plane; i++) target[start + i] = values[pixels[3 * i + c] & 0xff];
        }
    }
}
