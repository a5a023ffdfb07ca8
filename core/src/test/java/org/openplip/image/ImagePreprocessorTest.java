package org.openplip.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openplip.io.DataException;
import org.openplip.io.Json;

class ImagePreprocessorTest {
    private static final Path REFERENCE = Path.of("src/test/resources/preprocess");

    static Stream<JsonNode> cases() throws IOException {
        JsonNode all = Json.read(REFERENCE.resolve("cases.json"));
        return StreamSupport.stream(all.get("cases").spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void givesThePixelsThatPillowGives(JsonNode reference) throws IOException {
        String input = reference.get("input").asText();
        RgbImage expected =
                ImageDecoder.decode(REFERENCE.resolve(reference.get("expected").asText()));
        RgbImage actual =
                ImagePreprocessor.clip(224).apply(ImageDecoder.decode(REFERENCE.resolve(input)));

        assertThat(actual.width()).isEqualTo(expected.width());
        assertThat(actual.height()).isEqualTo(expected.height());
        Difference difference = Difference.of(actual, expected);
        System.out.printf(Locale.ROOT, "%-16s %s%n", input, difference);
        if (reference.get("lossy_decode").asBoolean()) {
            assertThat(difference.mean()).as(difference.toString()).isLessThan(0.6);
        } else {
            assertThat(difference.largest()).as(difference.toString()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"landscape", "portrait", "small"})
    void givesThePixelsThatTorchvisionGives(String picture) throws IOException {
        RgbImage expected =
                ImageDecoder.decode(REFERENCE.resolve("../towers/" + picture + ".torchvision.png"));
        RgbImage image = ImageDecoder.decode(REFERENCE.resolve(picture + ".png"));
        RgbImage actual = ImagePreprocessor.torchvision(40, 33).apply(image);
        Difference difference = Difference.of(actual, expected);
        assertThat(difference.largest()).as(difference.toString()).isZero();
    }

    @Test
    void onlyClipsRulesHaveAFile() {
        assertThatThrownBy(() -> ImagePreprocessor.torchvision(256, 224).toJson())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("rules: expected CLIP, got TORCHVISION");
    }

    @Test
    void hasTheMeanAndStdOfTheReference() throws IOException {
        JsonNode all = Json.read(REFERENCE.resolve("cases.json"));
        ImagePreprocessor clip = ImagePreprocessor.clip(224);
        for (int c = 0; c < 3; c++) {
            assertThat(clip.mean()[c]).isEqualTo(all.get("mean").get(c).floatValue());
            assertThat(clip.std()[c]).isEqualTo(all.get("std").get(c).floatValue());
        }
    }

    @Test
    void normalizesIntoPlanesFromTheOffsetOn() {
        ImagePreprocessor two =
                new ImagePreprocessor(2, 2, new float[] {0, 0.5f, 1}, new float[] {1, 2, 4});
        byte[] pixels = {0, 0, 0, (byte) 255, (byte) 255, (byte) 255, 51, 102, (byte) 153, 1, 2, 3};
        float[] target = new float[13];

        two.normalize(new RgbImage(2, 2, pixels), target, 1);

        double[] expected = {
            0,
            0,
            1,
            0.2,
            1 / 255.0,
            -0.25,
            0.25,
            -0.05,
            (2 / 255.0 - 0.5) / 2,
            -0.25,
            0,
            -0.1,
            (3 / 255.0 - 1) / 4
        };
        for (int i = 0; i < 13; i++) {
            assertThat((double) target[i]).isCloseTo(expected[i], within(1e-7));
        }
    }

    @Test
    void readsBothFormsOfThePreprocessorConfig(@TempDir Path folder) throws IOException {
        Path old = Files.writeString(folder.resolve("old.json"), OLD_FORM);
        Path current = Files.writeString(folder.resolve("new.json"), NEW_FORM);
        for (Path file : new Path[] {old, current}) {
            ImagePreprocessor read = ImagePreprocessor.read(file);
            assertThat(read.shortestEdge()).isEqualTo(224);
            assertThat(read.cropSize()).isEqualTo(192);
            assertThat(read.mean()).containsExactly(0.5f, 0.25f, 0.125f);
            assertThat(read.std()).containsExactly(0.3f, 0.2f, 0.1f);
        }
    }

    @Test
    void readsWhatItWrote(@TempDir Path folder) throws IOException {
        ImagePreprocessor clip = ImagePreprocessor.clip(64);
        Path file = Files.writeString(folder.resolve("p.json"), clip.toJson());
        ImagePreprocessor read = ImagePreprocessor.read(file);
        assertThat(read.toJson()).isEqualTo(clip.toJson());
        assertThat(read.mean()).containsExactly(clip.mean());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"resample\": 2}",
                "{\"do_resize\": false}",
                "{\"rescale_factor\": 1}",
                "{\"size\": \"big\"}",
                "{\"size\": {\"height\": 224, \"width\": 224}}",
                "{\"size\": 64, \"crop_size\": 65}",
                "{\"crop_size\": {\"height\": 224, \"width\": 100}}",
                "{\"image_mean\": [1, 2]}",
                "{\"image_std\": [0, 1, 1]}",
                "[]",
                "{"
            })
    void refusesWhatClipDoesNotDo(String json, @TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("p.json"), json);
        assertThatThrownBy(() -> ImagePreprocessor.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("p.json");
    }

    private static final String OLD_FORM =
            """
            {"crop_size": 192, "do_center_crop": true, "do_normalize": true, "do_resize": true,
             "feature_extractor_type": "CLIPFeatureExtractor", "image_mean": [0.5, 0.25, 0.125],
             "image_std": [0.3, 0.2, 0.1], "resample": 3, "size": 224}
            """;
    private static final String NEW_FORM =
            """
            {"crop_size": {"height": 192, "width": 192}, "do_center_crop": true,
             "do_convert_rgb": true, "do_normalize": true, "do_rescale": true, "do_resize": true,
             "image_processor_type": "CLIPImageProcessor", "image_mean": [0.5, 0.25, 0.125],
             "image_std": [0.3, 0.2, 0.1], "resample": 3, "rescale_factor": 0.00392156862745098,
             "size": {"shortest_edge": 224}}
            """;
}
