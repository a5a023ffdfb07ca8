package org.openplip.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.Plip;
import org.openplip.image.ImageEncoder;
import org.openplip.image.RgbImage;
import org.openplip.io.Progress;
import org.openplip.model.AdamWSettings;
import org.openplip.model.Precision;
import org.openplip.openpath.Pair;
import org.openplip.openpath.Release;
import org.openplip.phantom.Attributes;
import org.openplip.phantom.PhantomTissue;
import org.openplip.phantom.TissueClass;
import org.openplip.recipe.Toml;
import org.openplip.tensor.Peers;

/// `recipes/plip.toml`: what is known of the paper's run, and that its path runs at full size.
class PlipRecipeTest {
    @TempDir private Path folder;

    private static TrainConfig recipe() throws IOException {
        return Toml.read(Path.of("../recipes/plip.toml"), "train", TrainConfig.class);
    }

    @Test
    void isThePublishedRun() throws IOException {
        TrainConfig config = recipe();
        TrainConfig.Optimiser optimiser = config.optimiser();
        assertThat(config.model()).isNull();
        assertThat(config.batch()).isEqualTo(128);
        assertThat(config.epochs()).isEqualTo(8);
        assertThat(config.checkpointEverySteps(206_329)).isEqualTo(402);
        assertThat(config.pictures()).isEqualTo(new TrainConfig.Pictures(512, true, true));
        assertThat(config.loss().clampLogitScale()).isTrue();
        assertThat(optimiser.decayed()).isEqualTo(AdamWSettings.Decayed.EVERYTHING);
        assertThat(optimiser.weightDecay()).isEqualTo(0.1);
        assertThat(optimiser.learningRate(49, 12_896)).isEqualTo(1e-5);
        assertThat(optimiser.learningRate(50, 12_896)).isEqualTo(1e-5);
    }

    /// Ten pairs of drawings, twice; ViT-B/32 of random weights in bf16.
    @Test
    void runsAtFullSizeForTwentySteps() throws Exception {
        TrainConfig recipe = recipe();
        TrainConfig config =
                new TrainConfig(
                        recipe.seed(),
                        new TrainConfig.Model(224, 32, 768, 12, 12, 512, 12, 8, 77, 700, 512),
                        4,
                        TrainConfig.Order.AS_LISTED,
                        recipe.oneCaptionPerPicture(),
                        2,
                        2,
                        Precision.BF16,
                        recipe.recompute(),
                        recipe.averageDecay(),
                        4,
                        recipe.keepCheckpoints(),
                        recipe.best(),
                        recipe.pictures(),
                        recipe.loss(),
                        recipe.imageTower(),
                        recipe.textTower(),
                        recipe.optimiser());
        Path data = folder.resolve("release");
        try (Release.Writer writer = Release.create(data, 100)) {
            List<TissueClass> tissues = List.of(TissueClass.values());
            for (int i = 0; i < 12; i++) {
                TissueClass tissue = tissues.get(i % tissues.size());
                RgbImage phantom = PhantomTissue.draw(tissue, plain(), i);
                String split = i < 10 ? "train" : "validation";
                writer.add(pair(i, tissue, split), ImageEncoder.jpeg(phantom, 90));
            }
            writer.finish(List.of());
        }
        Path run = folder.resolve("run");
        try (Release release = Release.open(data)) {
            TrainRun.Outcome outcome =
                    TrainRun.run(config, null, release, null, run, Peers.none(), Progress.none());
            assertThat(outcome.steps()).isEqualTo(20);
            assertThat(outcome.loss()).isFinite();
        }
        assertThat(Files.readAllLines(run.resolve("metrics.jsonl"))).hasSize(20 + 1);
        try (Plip trained = Plip.load(run.resolve("final"))) {
            assertThat(trained.encodeTexts(List.of("a drawing of mucus"))[0]).hasSize(512);
        }
    }

    private static Attributes plain() {
        return new Attributes(
                Attributes.Stain.STANDARD,
                Attributes.Hue.BALANCED,
                Attributes.Power.X10,
                Attributes.Density.SPARSE,
                Attributes.Feature.PLAIN);
    }

    private static Pair pair(int i, TissueClass tissue, String split) {
        return new Pair(
                "k" + i,
                "post",
                "" + i,
                "" + i,
                "3_" + i,
                null,
                null,
                null,
                null,
                null,
                Instant.EPOCH,
                List.of(),
                "a drawing of " + tissue.term(),
                "0".repeat(64),
                "0".repeat(16),
                "k" + i,
                0,
                List.of(),
                split,
                224,
                224,
                "",
                null);
    }
}
