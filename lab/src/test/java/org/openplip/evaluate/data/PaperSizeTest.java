package org.openplip.evaluate.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.openplip.image.RgbImage;
import org.openplip.io.Hashes;
import org.openplip.io.Json;

/// Against Pillow (`make.py`).
class PaperSizeTest {
    @Test
    void resizesAndCutsAsTheirScriptDidWithPillow() throws IOException {
        JsonNode sizes =
                Json.read(Path.of("src/test/resources/org/openplip/evaluate/data/sizes.json"));
        assertThat(sizes).hasSize(12);
        for (JsonNode size : sizes) {
            int width = size.path("width").asInt();
            int height = size.path("height").asInt();
            RgbImage made = PaperSize.apply(Pictures.patterned(width, height));
            assertThat(made.width()).isEqualTo(224);
            assertThat(made.height()).isEqualTo(224);
            assertThat(Hashes.sha256(made.pixels()))
                    .as("%d x %d", width, height)
                    .isEqualTo(size.path("sha256").asText());
        }
    }

    @Test
    void aWidePictureIsCutTooFarToTheRightAndBlackBeyond() {
        // 448 x 224 stays as it is; the cut begins at (448 - 224) / 2, by chance the middle.
        RgbImage wide = Pictures.grey(448, 224, (x, _) -> x < 224 ? 100 : 200);
        assertThat(PaperSize.apply(wide).rgb(0, 0)).isEqualTo(0x646464);
        // 4480 x 2240 becomes 448 x 224, but the cut begins at column 2128 and row 1008.
        RgbImage large = Pictures.grey(4480, 2240, (_, _) -> 100);
        assertThat(PaperSize.apply(large).pixels()).containsOnly(0);
    }
}
