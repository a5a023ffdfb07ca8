package org.openplip.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.TreeMap;
import org.openplip.image.ImageDecoder;
import org.openplip.image.ImageEncoder;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.Resampler;
import org.openplip.image.RgbImage;
import org.openplip.io.AtomicFiles;
import org.openplip.model.Clip;
import org.openplip.model.ClipConfig;
import org.openplip.model.ClipTrainer;
import org.openplip.model.PairBatch;
import org.openplip.recipe.Toml;
import org.openplip.slide.Slide;
import org.openplip.tensor.Peers;
import org.openplip.tokenizer.ClipTokenizer;

/// How fast batches are made, alone and beside the step that they feed. Stands in the package of
/// what it measures, which no user needs.
///
///     ./plip bench train loader
///
/// Pictures are cut from the CC0 slide and kept in memory as JPEG of quality 85, so that no disk is
/// measured.
public final class LoaderBench {
    private static final int PICTURES = 64;
    private static final int QUALITY = 85;
    private static final ClipTokenizer TOKENIZER =
            ClipTokenizer.train(List.of("a region of skin with epithelium and dermis"), 540);
    private static final int CORES = Runtime.getRuntime().availableProcessors();

    /// Where decoded pictures are had from.
    private enum From {
        JPEG,
        DISK,
        MEMORY
    }

    /// JPEG files in memory, each of which stands for many pairs.
    private record Files64(List<byte[]> files, int size) implements PairSource {
        @Override
        public String caption(int i) {
            return "a region of skin with squamous epithelium and dermis, number " + i;
        }

        @Override
        public String pictureName(int i) {
            return "picture " + i;
        }

        @Override
        public String duplicateGroup(int i) {
            return pictureName(i);
        }

        @Override
        public RgbImage picture(int i) throws IOException {
            return ImageDecoder.decode(files.get(i % files.size()), pictureName(i));
        }
    }

    private LoaderBench() {}

    public static void run() throws Exception {
        Path home = Path.of(System.getProperty("org.openplip.home", "."));
        TrainConfig plip = Toml.read(home.resolve("recipes/plip.toml"), "train", TrainConfig.class);
        TrainConfig small =
                Toml.read(home.resolve("recipes/quickstart.toml"), "train", TrainConfig.class);
        try (Slide slide = Slide.open(home.resolve("data/CMU-1-Small-Region.svs"))) {
            alone(slide, plip);
            beside(
                    "ViT-B/32, bf16, batch 128",
                    plip,
                    new ClipConfig(
                            ClipConfig.Vision.of(768, 12, 12, 224, 32),
                            ClipConfig.Text.of(512, 12, 8, TOKENIZER.vocabularySize(), 77),
                            512),
                    jpegs(slide, 683, 512),
                    From.JPEG,
                    1);
            TrainConfig.Model shape = Objects.requireNonNull(small.model());
            ClipConfig quickstart =
                    new ClipConfig(
                            ClipConfig.Vision.of(
                                    shape.visionWidth(),
                                    shape.visionLayers(),
                                    shape.visionHeads(),
                                    shape.imageSize(),
                                    shape.patchSize()),
                            ClipConfig.Text.of(
                                    shape.textWidth(),
                                    shape.textLayers(),
                                    shape.textHeads(),
                                    TOKENIZER.vocabularySize(),
                                    shape.contextLength()),
                            shape.projectionWidth());
            List<byte[]> phantoms = jpegs(slide, 224, 224);
            for (From from : From.values()) {
                beside(
                        "quick start's model, %s".formatted(from.name().toLowerCase(Locale.ROOT)),
                        small,
                        quickstart,
                        phantoms,
                        from,
                        30);
            }
        }
    }

    /// Regions of the slide, reduced to `width` x `height` from twice that.
    private static List<byte[]> jpegs(Slide slide, int width, int height) throws IOException {
        List<byte[]> files = new ArrayList<>();
        for (int i = 0; i < PICTURES; i++) {
            int x = 97 * i % (2220 - 2 * width + 1);
            int y = 131 * i % (2967 - 2 * height + 1);
            RgbImage region = slide.read(0, x, y, 2 * width, 2 * height);
            files.add(ImageEncoder.jpeg(Resampler.bicubic(region, width, height), QUALITY));
        }
        return files;
    }

    // ---- the loader alone -----------------------------------------------------------------

    private static void alone(Slide slide, TrainConfig plip) throws Exception {
        for (int[] size : new int[][] {{683, 512}, {1067, 800}}) {
            Files64 pairs = new Files64(jpegs(slide, size[0], size[1]), 1024);
            for (From from : new From[] {From.JPEG, From.DISK}) {
                double rate = rate(pairs, plip, 224, from);
                row(
                        "loader, %d x %d, shortest edge 512, %s"
                                .formatted(size[0], size[1], from.name().toLowerCase(Locale.ROOT)),
                        rate);
            }
        }
        TrainConfig.Pictures a = plip.pictures();
        Files64 pairs = new Files64(jpegs(slide, 683, 512), 1024);
        row(
                "the same, 683 x 512, with stain jitter",
                rate(
                        pairs,
                        with(
                                plip,
                                new TrainConfig.Pictures(
                                        a.shortestEdge(), true, true, a.warp(), 0.05)),
                        224,
                        From.JPEG));
        row(
                "the same, 683 x 512, variant B",
                rate(
                        pairs,
                        with(
                                plip,
                                new TrainConfig.Pictures(
                                        a.shortestEdge(),
                                        true,
                                        false,
                                        TrainConfig.Pictures.Form.AFFINE_PERSPECTIVE,
                                        0)),
                        224,
                        From.JPEG));
    }

    private static void row(String what, double rate) {
        System.out.printf(
                Locale.ROOT, "| %s | %.0f pairs/s | %.0f a core |%n", what, rate, rate / CORES);
    }

    /// Pairs a second, in the second of two passes.
    private static double rate(PairSource pairs, TrainConfig config, int side, From from)
            throws Exception {
        try (Loading loading = new Loading(pairs, config, side, from)) {
            loading.read(pairs.size());
            long before = System.nanoTime();
            loading.read(pairs.size());
            return pairs.size() * 1e9 / (System.nanoTime() - before);
        }
    }

    /// A loader on all cores, with a folder for what it keeps.
    private static final class Loading implements AutoCloseable {
        private final Path folder = Files.createTempDirectory("loader");
        private final BatchLoader loader;
        private final int batch;

        Loading(PairSource pairs, TrainConfig config, int side, From from) throws IOException {
            batch = config.batch();
            if (from == From.DISK) Files.createDirectories(folder.resolve("pictures"));
            TrainConfig endless = endless(config);
            loader =
                    new BatchLoader(
                            pairs,
                            new EpochOrder(pairs, endless),
                            TOKENIZER,
                            config.model() == null ? 77 : config.model().contextLength(),
                            ImagePreprocessor.clip(side),
                            endless,
                            RejectionLog.open(
                                    folder,
                                    new TrainingData(pairs, pairs, new TreeMap<>(), List.of(), 1),
                                    0),
                            new BatchLoader.Keeping(
                                    from == From.MEMORY ? Long.MAX_VALUE : 0,
                                    folder.resolve("pictures"),
                                    () -> 0), // so that nothing is kept that is not asked for
                            0,
                            Peers.none(),
                            CORES);
        }

        PairBatch next() {
            return Objects.requireNonNull(loader.next());
        }

        void read(int pairs) throws Exception {
            for (int i = 0; i < pairs; i += batch) next().part(0);
        }

        @Override
        public void close() throws IOException {
            loader.close();
            AtomicFiles.deleteTree(folder);
        }
    }

    private static TrainConfig endless(TrainConfig c) {
        return new TrainConfig(
                c.seed(),
                c.model(),
                1_000_000,
                c.order(),
                c.oneCaptionPerPicture(),
                c.batch(),
                c.part(),
                c.precision(),
                c.recompute(),
                c.averageDecay(),
                c.checkpointEveryEpochs(),
                c.keepCheckpoints(),
                c.best(),
                c.data(),
                c.pictures(),
                c.loss(),
                c.imageTower(),
                c.textTower(),
                c.optimiser());
    }

    private static TrainConfig with(TrainConfig c, TrainConfig.Pictures pictures) {
        return new TrainConfig(
                c.seed(),
                c.model(),
                c.epochs(),
                c.order(),
                c.oneCaptionPerPicture(),
                c.batch(),
                c.part(),
                c.precision(),
                c.recompute(),
                c.averageDecay(),
                c.checkpointEveryEpochs(),
                c.keepCheckpoints(),
                c.best(),
                c.data(),
                pictures,
                c.loss(),
                c.imageTower(),
                c.textTower(),
                c.optimiser());
    }

    // ---- beside the step ------------------------------------------------------------------

    /// The loader alone, the step alone on a batch that is there, and the step fed by the loader,
    /// all on the same cores.
    private static void beside(
            String what,
            TrainConfig config,
            ClipConfig model,
            List<byte[]> files,
            From from,
            int steps)
            throws Exception {
        Files64 pairs = new Files64(files, Math.max(512, 4 * config.batch()));
        int side = model.vision().imageSize();
        double loader = rate(pairs, config, side, from);
        try (Loading loading = new Loading(pairs, config, side, from);
                Clip clip = Clip.random(model, 1);
                ClipTrainer trainer =
                        new ClipTrainer(clip, config.trainerSettings(), Peers.none())) {
            PairBatch.Part ready = loading.next().part(0);
            loading.read(pairs.size()); // what is kept is there
            for (int i = 0; i < steps; i++) trainer.step(PairBatch.of(ready), 1e-6);
            long start = System.nanoTime();
            for (int i = 0; i < steps; i++) trainer.step(PairBatch.of(ready), 1e-6);
            double alone = (System.nanoTime() - start) / 1e9 / steps;
            start = System.nanoTime();
            for (int i = 0; i < steps; i++) trainer.step(loading.next(), 1e-6);
            double fed = (System.nanoTime() - start) / 1e9 / steps;
            System.out.printf(
                    Locale.ROOT,
                    "| %s: loader alone | %.0f pairs/s | %.1f times the step's rate |%n",
                    what,
                    loader,
                    loader * alone / config.batch());
            System.out.printf(
                    Locale.ROOT, "| step alone | %.1f pairs/s | |%n", config.batch() / alone);
            System.out.printf(
                    Locale.ROOT,
                    "| step fed by the loader | %.1f pairs/s | %.2f of the step alone |%n",
                    config.batch() / fed,
                    alone / fed);
        }
    }
}
