package org.openplip.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.Checkpoint;
import org.openplip.Plip;
import org.openplip.image.ImagePreprocessor;
import org.openplip.io.Progress;
import org.openplip.model.Clip;
import org.openplip.model.ClipConfig;
import org.openplip.report.Results;
import org.openplip.tokenizer.ClipTokenizer;

class PlipEncoderTest {
    @TempDir Path folder;

    @Test
    void realModelIsEvaluatedBesideItsUntrainedSelf() throws IOException {
        PlantedWorld world = PlantedWorld.write(folder, 2);
        Files.write(folder.resolve("heldout/ADI/pic-0000.png"), new byte[] {1, 2, 3});
        Path checkpoint = folder.resolve("model");
        ClipTokenizer tokenizer = ClipTokenizer.train(ClassNames.kather().names().values(), 520);
        ClipConfig config =
                new ClipConfig(
                        ClipConfig.Vision.of(16, 1, 2, 32, 16),
                        ClipConfig.Text.of(16, 1, 2, tokenizer.vocabularySize(), 24),
                        8);
        try (Clip clip = Clip.random(config, 1)) {
            Checkpoint.write(checkpoint, clip, tokenizer, ImagePreprocessor.clip(32));
        }
        Path untrained = folder.resolve("untrained");
        try (Clip clip = Clip.random(config, 2)) {
            Checkpoint.write(untrained, clip, tokenizer, ImagePreprocessor.clip(32));
        }
        try (Plip first = Plip.load(checkpoint);
                Plip second = Plip.load(untrained)) {
            Results results =
                    EvaluationRun.run(
                            new EvaluationConfig(
                                    world.table(),
                                    folder.resolve("out"),
                                    null,
                                    null,
                                    null,
                                    new EvaluationSettings(
                                            List.of(ClassNames.TEMPLATE),
                                            null,
                                            List.of(1, 10),
                                            20,
                                            0.9,
                                            1,
                                            2,
                                            2)),
                            List.of(
                                    PlipEncoder.contender("trained", checkpoint, first),
                                    PlipEncoder.contender("untrained", untrained, second)),
                            new Origin("test", "0", "none"),
                            Progress.none());
            assertThat(results.data().used()).isEqualTo(17);
            assertThat(results.leftOut()).hasSize(1);
            assertThat(results.models().getFirst().sha256()).hasSize(64);
            assertThat(results.models().get(1).sha256())
                    .isNotEqualTo(results.models().getFirst().sha256());
        }
    }
}
