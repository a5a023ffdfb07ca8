package org.openplip.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.openplip.model.AdamWSettings;
import org.openplip.model.Clip;
import org.openplip.model.ClipConfig;
import org.openplip.model.ClipTrainer;
import org.openplip.model.ContrastiveLoss;
import org.openplip.model.PairBatch;
import org.openplip.model.Precision;
import org.openplip.model.TowerTraining;
import org.openplip.tensor.ElementType;
import org.openplip.train.LoaderBench;

/// The training step's speed and memory: ViT-B/32 with random weights at full size, beside the
/// machine's roof and a naive loop, everything in one run.
///
///     ./plip bench train [steps|large|memory|cached|processes|loader ..]
///
/// A pair counts 44 GFLOP: 8.8 for the picture and 5.9 for 77 tokens of text, times three for the
/// way back. A share of the roof may so come from work that is left out: captions are not padded
/// to 77, and the last block of the image tower is computed for one token.
final class TrainBench {
    private static final double GFLOP_PER_PAIR = 44;
    private static final String PEAK = "--peak";
    static final ClipConfig VIT_B_32 =
            new ClipConfig(
                    ClipConfig.Vision.of(768, 12, 12, 224, 32),
                    ClipConfig.Text.of(512, 12, 8, 49408, 77),
                    512);

    private TrainBench() {}

    public static void main(String[] args) throws Exception {
        if (args.length == 4 && args[0].equals(PEAK)) {
            peak(
                    Precision.valueOf(args[1]),
                    Boolean.parseBoolean(args[2]),
                    Integer.parseInt(args[3]));
            return;
        }
        List<String> all = List.of("steps", "large", "memory", "cached", "processes", "loader");
        List<String> sections = args.length == 0 ? all : List.of(args);
        if (!all.containsAll(sections)) {
            throw new IllegalArgumentException("sections: expected some of " + all);
        }
        System.out.println("| what | rate | ratio |\n| --- | --- | --- |");
        if (sections.contains("steps")) steps(32);
        if (sections.contains("large")) steps(128);
        if (sections.contains("memory")) memory();
        if (sections.contains("cached")) cached();
        if (sections.contains("processes")) SharedSteps.run();
        if (sections.contains("loader")) LoaderBench.run();
    }

    static ClipTrainer.Settings settings(Precision precision, boolean recompute) {
        return new ClipTrainer.Settings(
                ContrastiveLoss.CROSS_ENTROPY,
                false,
                true,
                new TowerTraining.Everything(),
                new TowerTraining.Everything(),
                precision,
                recompute,
                new AdamWSettings(0.9, 0.999, 1e-8, 0.1, AdamWSettings.Decayed.EVERYTHING, 1),
                Double.POSITIVE_INFINITY,
                0,
                1);
    }

    /// Noise, and captions of 77 tokens.
    static PairBatch batch(int n) {
        return PairBatch.of(pairs(VIT_B_32, n, 77, 77));
    }

    /// Noise, and captions of `shortest` to `longest` tokens.
    private static PairBatch.Part pairs(ClipConfig config, int n, int shortest, int longest) {
        Random random = new Random(5);
        int size = config.vision().imageSize();
        float[] pixels = new float[n * 3 * size * size];
        for (int i = 0; i < pixels.length; i++) pixels[i] = random.nextFloat() * 4 - 2;
        int context = config.text().context();
        long[] ids = new long[n * context];
        Arrays.fill(ids, config.text().endId());
        long[] groups = new long[n];
        for (int i = 0; i < n; i++) {
            groups[i] = i;
            int length = shortest + random.nextInt(longest - shortest + 1);
            ids[i * context] = config.text().startId();
            for (int t = 1; t < length - 1; t++) {
                ids[i * context + t] = random.nextInt(config.text().vocabulary() - 2);
            }
        }
        return new PairBatch.Part(pixels, ids, groups);
    }

    // ---- speed ----------------------------------------------------------------------------

    private static void steps(int n) throws Exception {
        double float32Roof = EncoderBench.roof(ElementType.F32);
        double bf16Roof = EncoderBench.roof(ElementType.BF16);
        EncoderBench.row("roof, float32", "%.0f GFLOP/s".formatted(float32Roof), "");
        EncoderBench.row("roof, bf16", "%.0f GFLOP/s".formatted(bf16Roof), "");
        PairBatch.Part full = pairs(VIT_B_32, n, 77, 77);
        PairBatch.Part usual = pairs(VIT_B_32, n, 8, 50);
        double[] losses = new double[2];
        double naive;
        // One after the other: together they would not fit into memory.
        try (Clip clip = Clip.random(VIT_B_32, 1);
                NaiveTraining loop = new NaiveTraining(clip)) {
            naive = seconds(n, () -> losses[0] = loop.step(full.pixels(), full.ids(), n));
        }
        row("naive float32", n, naive, naive, "float32", float32Roof);
        List<Precision> precisions =
                n > 32 ? List.of(Precision.BF16) : List.of(Precision.FLOAT32, Precision.BF16);
        for (Precision precision : precisions) {
            boolean narrow = precision == Precision.BF16;
            String name = narrow ? "bf16" : "float32";
            double roof = narrow ? bf16Roof : float32Roof;
            try (Clip clip = Clip.random(VIT_B_32, 1);
                    ClipTrainer trainer = new ClipTrainer(clip, settings(precision, false))) {
                double seconds =
                        seconds(n, () -> losses[1] = trainer.step(PairBatch.of(full), 1e-5).loss());
                if (Math.abs(losses[1] / losses[0] - 1) > 0.03) {
                    throw new IllegalStateException(
                            "losses differ: %f and %f".formatted(losses[1], losses[0]));
                }
                row(name, n, seconds, naive, name, roof);
                seconds = seconds(n, () -> trainer.step(PairBatch.of(usual), 1e-5));
                String shorter = name + ", captions of 8 to 50 tokens";
                row(shorter, n, seconds, naive, name, roof);
                if (n > 32) continue;
                double optimiser =
                        seconds - seconds(n, () -> trainer.backward(PairBatch.of(usual)));
                EncoderBench.row(
                        "of it the optimiser",
                        "%.2f s".formatted(optimiser),
                        "%.2f of the step".formatted(optimiser / seconds));
            }
        }
    }

    /// The median of three calls after one that is not timed; of large batches, whose calls take
    /// long, one is timed.
    static double seconds(int n, Turns.Candidate step) throws Exception {
        boolean large = n > 32;
        return new Turns().add("step", step).run(1, large ? 1 : 3).of("step");
    }

    private static void row(
            String what, int n, double seconds, double naive, String type, double roof) {
        EncoderBench.row(
                "step, batch %d: %s".formatted(n, what),
                "%.2f s, %.2f pairs/s".formatted(seconds, n / seconds),
                "%.2f of the %s roof, %.2f times the naive loop"
                        .formatted(n * GFLOP_PER_PAIR / seconds / roof, type, naive / seconds));
    }

    // ---- memory ---------------------------------------------------------------------------

    /// Each case in a process of its own: what one has freed, the next would use again.
    private static void memory() throws Exception {
        for (Precision precision : new Precision[] {Precision.FLOAT32, Precision.BF16}) {
            for (int n : new int[] {32, 128}) {
                for (boolean recompute : new boolean[] {false, true}) {
                    Process process =
                            new ProcessBuilder(
                                            Path.of(System.getProperty("java.home"), "bin", "java")
                                                    .toString(),
                                            "--enable-native-access=ALL-UNNAMED",
                                            "--sun-misc-unsafe-memory-access=allow",
                                            "-cp",
                                            System.getProperty("java.class.path"),
                                            TrainBench.class.getName(),
                                            PEAK,
                                            precision.name(),
                                            Boolean.toString(recompute),
                                            Integer.toString(n))
                                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                                    .start();
                    String megabytes =
                            new String(
                                            process.getInputStream().readAllBytes(),
                                            StandardCharsets.UTF_8)
                                    .strip();
                    if (process.waitFor() != 0) throw new IOException("a step failed");
                    EncoderBench.row(
                            "memory, batch %d: %s%s"
                                    .formatted(n, precision, recompute ? ", recomputed" : ""),
                            megabytes + " MB at the peak",
                            "");
                }
            }
        }
    }

    /// Prints the peak of a process that takes one step.
    private static void peak(Precision precision, boolean recompute, int n) throws Exception {
        try (Clip clip = Clip.random(VIT_B_32, 1);
                ClipTrainer trainer = new ClipTrainer(clip, settings(precision, recompute))) {
            trainer.step(PairBatch.of(pairs(VIT_B_32, n, 77, 77)), 1e-5);
            System.out.printf("%.0f%n", megabytes("VmHWM"));
        }
    }

    /// A batch of 32,768 in parts of 256 through a small model.
    private static void cached() throws Exception {
        ClipConfig small =
                new ClipConfig(
                        ClipConfig.Vision.of(64, 2, 2, 32, 8),
                        ClipConfig.Text.of(64, 2, 2, 1000, 16),
                        512);
        PairBatch.Part part = pairs(small, 256, 4, 16);
        try (Clip clip = Clip.random(small, 1);
                ClipTrainer trainer = new ClipTrainer(clip, settings(Precision.FLOAT32, false))) {
            for (int parts : new int[] {1, 16, 128}) {
                PairBatch.Part[] all = new PairBatch.Part[parts];
                Arrays.fill(all, part);
                PairBatch batch = PairBatch.of(all);
                trainer.backward(PairBatch.of(part));
                forgetPeak();
                double before = megabytes("VmRSS");
                long start = System.nanoTime();
                trainer.backward(batch);
                EncoderBench.row(
                        "effective batch %d in parts of 256".formatted(256 * parts),
                        "%.1f s".formatted((System.nanoTime() - start) / 1e9),
                        "%.0f MB at the peak, %.0f above what was there"
                                .formatted(megabytes("VmHWM"), megabytes("VmHWM") - before));
            }
        }
    }

    /// Lets the kernel count the peak anew.
    private static void forgetPeak() throws IOException {
        System.gc();
        Files.writeString(Path.of("/proc/self/clear_refs"), "5");
    }

    private static double megabytes(String field) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(line -> line.startsWith(field + ":"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                        .findFirst()
                        .orElseThrow()
                * 1024
                / 1e6;
    }
}
