package org.openplip.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import org.openplip.io.DataException;
import org.openplip.io.Json;

/// From a picture of any size to what an image tower reads: the shorter side resized to
/// `shortestEdge` (antialiased, 8 bit), the longer one to `(int) (shortestEdge * long / short)`,
/// the middle `cropSize` x `cropSize` cut out, scaled to 0..1 and normalised by channel. The
/// [Rules] say how it is resized and where the middle is.
///
/// @param rules by which it is resized and cropped
/// @param shortestEdge the shorter side after resizing, in pixels
/// @param cropSize the side of the crop, in pixels, at most `shortestEdge`
/// @param mean of red, green, blue on the scale 0..1
/// @param std of red, green, blue on the scale 0..1
@SuppressWarnings("ArrayRecordComponent") // three floats each; nobody compares preprocessors
public record ImagePreprocessor(
        Rules rules, int shortestEdge, int cropSize, float[] mean, float[] std) {
    /// What processors of different origin do differently.
    public enum Rules {
        /// Hugging Face's CLIP processor, through which PLIP is used: bicubic, and the crop starts
        /// at half the margin rounded down. OpenAI's own code differs in one thing: it rounds as
        /// torchvision does.
        CLIP,
        /// torchvision's `Resize` and `CenterCrop` as they are if nothing else is said: bilinear,
        /// and half the margin is rounded half to even, so that a margin of 79 pixels is cut 40 and
        /// 39, where CLIP's is cut 39 and 40.
        TORCHVISION
    }

    private static final int BICUBIC = 3;

    /// CLIP's published statistics; their eighth digit is finer than a float's.
    @SuppressWarnings("FloatingPointLiteralPrecision")
    private static final float[] CLIP_MEAN = {0.48145466f, 0.4578275f, 0.40821073f};

    @SuppressWarnings("FloatingPointLiteralPrecision")
    private static final float[] CLIP_STD = {0.26862954f, 0.26130258f, 0.27577711f};

    /// The statistics of ImageNet that torchvision's models were trained with.
    private static final float[] IMAGENET_MEAN = {0.485f, 0.456f, 0.406f};

    private static final float[] IMAGENET_STD = {0.229f, 0.224f, 0.225f};

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

    /// By CLIP's rules.
    public ImagePreprocessor(int shortestEdge, int cropSize, float[] mean, float[] std) {
        this(Rules.CLIP, shortestEdge, cropSize, mean, std);
    }

    /// The preprocessing of torchvision's models. Their published weights were measured with 256
    /// and 224; PLIP's authors read MuDiPath with 224 and 224.
    public static ImagePreprocessor torchvision(int shortestEdge, int cropSize) {
        return new ImagePreprocessor(
                Rules.TORCHVISION, shortestEdge, cropSize, IMAGENET_MEAN, IMAGENET_STD);
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

    /// What the `preprocess_cfg` of open_clip's `open_clip_config.json` says, for a model of image
    /// size `size`. A missing entry has CLIP's value.
    ///
    /// @throws DataException if it asks for something that CLIP's preprocessing does not do
    public static ImagePreprocessor readOpenClip(Path file, int size) throws IOException {
        JsonNode json = Json.read(file).path("preprocess_cfg");
        only(file, json, "interpolation", "bicubic");
        only(file, json, "resize_mode", "shortest");
        only(file, json, "mode", "RGB");
        ImagePreprocessor clip = clip(size);
        float[] mean = channels(file, "preprocess_cfg.mean", json.path("mean"), clip.mean);
        float[] std = channels(file, "preprocess_cfg.std", json.path("std"), clip.std);
        try {
            return new ImagePreprocessor(size, size, mean, std);
        } catch (IllegalArgumentException e) {
            throw new DataException(file.toString(), null, "" + e.getMessage(), e);
        }
    }

    private static void only(Path file, JsonNode json, String name, String expected)
            throws DataException {
        String found = json.path(name).asText(expected);
        if (!found.equals(expected)) {
            throw new DataException(
                    file, "preprocess_cfg." + name, "expected " + expected + ", found " + found);
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
    ///
    /// @throws IllegalStateException if the rules are not CLIP's, which is all that file can say
    public String toJson() {
        if (rules != Rules.CLIP)
            throw new IllegalStateException("rules: expected CLIP, got " + rules);
        ObjectNode json = Json.MAPPER.createObjectNode();
        json.put("do_resize", true).putObject("size").put("shortest_edge", shortestEdge);
        json.put("resample", BICUBIC).put("do_center_crop", true);
        json.putObject("crop_size").put("height", cropSize).put("width", cropSize);
        json.put("do_rescale", true).put("rescale_factor", 1 / 255d);
        json.put("do_normalize", true).put("do_convert_rgb", true);
        addChannels(json.putArray("image_mean"), mean);
        addChannels(json.putArray("image_std"), std);
        json.put("feature_extractor_type", "CLIPFeatureExtractor");
        json.put("image_processor_type", "CLIPImageProcessor");
        return json.toPrettyString() + "\n";
    }

    /// The `preprocess_cfg` of open_clip's `open_clip_config.json`. It has no size but the model's,
    /// so `shortestEdge` must be `cropSize`.
    public ObjectNode openClip() {
        if (shortestEdge != cropSize) {
            throw new IllegalArgumentException(
                    "shortestEdge: expected cropSize (%d) for open_clip, got %d"
                            .formatted(cropSize, shortestEdge));
        }
        ObjectNode json = Json.MAPPER.createObjectNode();
        addChannels(json.putArray("mean"), mean);
        addChannels(json.putArray("std"), std);
        return json.put("interpolation", "bicubic").put("resize_mode", "shortest");
    }

    private static void addChannels(ArrayNode array, float[] values) {
        for (float value : values) array.add(value);
    }

    /// The resized and cropped picture, `cropSize` x `cropSize`.
    public RgbImage apply(RgbImage image) {
        int width = resized(image.width(), image.height());
        int height = resized(image.height(), image.width());
        int x = margin(width);
        int y = margin(height);
        return switch (rules) {
            case CLIP -> Resampler.bicubic(image, width, height, x, y, cropSize, cropSize);
            case TORCHVISION -> Resampler.bilinear(image, width, height, x, y, cropSize, cropSize);
        };
    }

    /// What is cut off before the crop.
    private int margin(int side) {
        return switch (rules) {
            case CLIP -> (side - cropSize) / 2;
            case TORCHVISION -> (int) Math.rint((side - cropSize) / 2.0);
        };
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
