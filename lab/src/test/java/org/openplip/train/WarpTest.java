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

    /// torchvision solves the perspective's equations in float32, so a few of its places lie on the
    /// other side of a border between values.
    @Test
    void givesThePixelsOfPillow() throws IOException {
        RgbImage picture = ImageDecoder.decode(FOLDER.resolve("picture.png"));
        for (JsonNode one : Json.read(FOLDER.resolve("cases.json"))) {
            RgbImage expected = ImageDecoder.decode(FOLDER.resolve(one.path("expected").asText()));
            boolean affine = one.path("kind").asText().equals("affine");
            Warp warp =
                    affine
                            ? Warp.affine(
                                    picture.width() / 2.0,
                                    one.path("degrees").asDouble(),
                                    one.path("translate").path(0).asDouble(),
                                    one.path("translate").path(1).asDouble(),
                                    one.path("scale").asDouble(),
                                    one.path("shear").path(0).asDouble(),
                                    one.path("shear").path(1).asDouble())
                            : Warp.perspective(
                                    corners(one.path("start")), corners(one.path("end")));
            byte[] pixels = warp.bilinear(picture).pixels();
            int off = 0;
            for (int i = 0; i < pixels.length; i++) {
                int difference = (pixels[i] & 0xff) - (expected.pixels()[i] & 0xff);
                if (difference == 0) continue;
                assertThat(affine).as("%s differs at %d", one, i).isFalse();
                assertThat(Math.abs(difference)).as("%s at %d", one, i).isEqualTo(1);
                off++;
            }
            assertThat(off).as("%s", one).isLessThan(pixels.length / 500);
        }
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
