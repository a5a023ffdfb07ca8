package org.openplip.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.openplip.image.ImageDecoder;
import org.openplip.image.RgbImage;
import org.openplip.io.Json;

/// Against what torchvision and Pillow make of the same numbers.
class WarpTest {
    private static final Path FOLDER = Path.of("src/test/resources/warp");

    @Test
    void givesThePixelsOfPillow() throws IOException {
        RgbImage picture = ImageDecoder.decode(FOLDER.resolve("picture.png"));
        for (JsonNode one : Json.read(FOLDER.resolve("cases.json"))) {
            RgbImage expected = ImageDecoder.decode(FOLDER.resolve(one.path("expected").asText()));
            Warp warp =
                    one.path("kind").asText().equals("affine")
                            ? Warp.affine(
                                    picture.width() / 2.0,
                                    one.path("degrees").asDouble(),
                                    one.path("translate").path(0).asDouble(),
                                    one.path("translate").path(1).asDouble(),
                                    one.path("scale").asDouble(),
                                    one.path("shear").path(0).asDouble(),
                                    one.path("shear").path(1).asDouble())
                            : torchvisions(one.path("coefficients"));
            assertThat(warp.bilinear(picture).pixels()).as("%s", one).isEqualTo(expected.pixels());
        }
    }

    private static Warp torchvisions(JsonNode k) {
        double[] values = new double[8];
        for (int i = 0; i < 8; i++) values[i] = k.path(i).asDouble();
        return new Warp(
                values[0], values[1], values[2], values[3], values[4], values[5], values[6],
                values[7]);
    }

    /// torchvision solves the equations in float32.
    @Test
    void solvesThePerspectiveOfTorchvision() throws IOException {
        int seen = 0;
        for (JsonNode one : Json.read(FOLDER.resolve("cases.json"))) {
            if (!one.path("kind").asText().equals("perspective")) continue;
            seen++;
            Warp ours = Warp.perspective(corners(one.path("start")), corners(one.path("end")));
            Warp theirs = torchvisions(one.path("coefficients"));
            assertThat(ours.a()).isCloseTo(theirs.a(), within(2e-5));
            assertThat(ours.b()).isCloseTo(theirs.b(), within(2e-5));
            assertThat(ours.c()).isCloseTo(theirs.c(), within(2e-4)); // pixels
            assertThat(ours.d()).isCloseTo(theirs.d(), within(2e-5));
            assertThat(ours.e()).isCloseTo(theirs.e(), within(2e-5));
            assertThat(ours.f()).isCloseTo(theirs.f(), within(2e-4));
            assertThat(ours.g()).isCloseTo(theirs.g(), within(1e-6));
            assertThat(ours.h()).isCloseTo(theirs.h(), within(1e-6));
        }
        assertThat(seen).isEqualTo(2);
    }

    private static double[][] corners(JsonNode node) {
        double[][] corners = new double[4][2];
        for (int i = 0; i < 4; i++) {
            for (int axis = 0; axis < 2; axis++) {
                corners[i][axis] = node.path(i).path(axis).asDouble();
            }
        }
        return corners;
    }

    @Test
    void takesCornersToCorners() {
        double[][] from = {{0, 0}, {31, 0}, {31, 31}, {0, 31}};
        double[][] to = {{2, 3}, {29, 1}, {28, 30}, {4, 27}};
        Warp warp = Warp.perspective(from, to);
        for (int i = 0; i < 4; i++) {
            double x = to[i][0];
            double y = to[i][1];
            double far = warp.g() * x + warp.h() * y + 1;
            assertThat((warp.a() * x + warp.b() * y + warp.c()) / far)
                    .isCloseTo(from[i][0], within(1e-9));
            assertThat((warp.d() * x + warp.e() * y + warp.f()) / far)
                    .isCloseTo(from[i][1], within(1e-9));
        }
    }

    @Test
    void whatIsDrawnIsItsGeneratorsAlone() throws IOException {
        RgbImage picture = ImageDecoder.decode(FOLDER.resolve("picture.png"));
        Set<Integer> drawn = new HashSet<>();
        for (int seed = 0; seed < 20; seed++) {
            byte[] once = Warp.drawn(picture, new SplittableRandom(seed)).pixels();
            assertThat(Warp.drawn(picture, new SplittableRandom(seed)).pixels()).isEqualTo(once);
            drawn.add(Arrays.hashCode(once));
        }
        assertThat(drawn).hasSize(20);
    }
}
