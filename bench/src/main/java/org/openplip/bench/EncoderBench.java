package org.openplip.bench;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;
import org.openplip.Export;
import org.openplip.Plip;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.model.Clip;
import org.openplip.model.ClipCheckpoint;
import org.openplip.model.ClipConfig;
import org.openplip.model.ClipEncoder;
import org.openplip.model.Precision;
import org.openplip.slide.Slide;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.PackedLinear;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

/// The encoder's speed: ViT-B/32 with random weights at full size, beside the machine's roof and
/// its peers, everything in one run.
///
///     ./plip bench [roof|images|texts|files|cold ..] [--tokenizer=DIR]
///
/// The roof is the best rate of large matrix products found in the run, whichever of libtorch's two
/// ways of multiplying reaches it, over the 8.8 GFLOP that a picture nominally costs. A rate may
/// pass it: the last block is computed for one token only.
final class EncoderBench {
    /// ViT-B/32 at 224 pixels: 12 blocks of 50 tokens, patches and attention.
    private static final double GFLOP_PER_PICTURE = 8.8;

    private static final int SIZE = 224;
    private static final int BATCH = 32;
    private static final int ROUNDS = 7;
    private static final ImagePreprocessor PREPROCESSOR = ImagePreprocessor.clip(SIZE);

    private final Path folder;
    private final Path checkpoint;
    private double roofFloat32;
    private double roofBfloat16;

    private EncoderBench(Path folder) {
        this.folder = folder;
        this.checkpoint = folder.resolve("vit-b-32");
    }

    public static void main(String[] args) throws Exception {
        List<String> sections = new ArrayList<>();
        Path tokenizer = null;
        for (String arg : args) {
            if (arg.startsWith("--tokenizer=")) tokenizer = Path.of(arg.substring(12));
            else sections.add(arg);
        }
        List<String> all = List.of("roof", "images", "texts", "files", "cold");
        if (!all.containsAll(sections)) {
            throw new IllegalArgumentException("sections: expected some of " + all);
        }
        if (sections.isEmpty()) sections.addAll(all);
        Path folder = Files.createTempDirectory("openplip-bench-");
        try {
            EncoderBench bench = new EncoderBench(folder);
            bench.writeCheckpoint(tokenizer);
            System.out.println("| what | rate | ratio |\n| --- | --- | --- |");
            if (sections.contains("roof") || sections.contains("images")) bench.roof();
            if (sections.contains("images")) bench.images();
            if (sections.contains("texts")) bench.texts();
            if (sections.contains("files")) bench.files();
            if (sections.contains("cold")) bench.cold(tokenizer != null);
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    static void row(String what, String rate, String ratio) {
        System.out.printf("| %s | %s | %s |%n", what, rate, ratio);
    }

    private static ClipConfig config() {
        return new ClipConfig(
                ClipConfig.Vision.of(768, 12, 12, SIZE, 32),
                ClipConfig.Text.of(512, 12, 8, 49408, 77),
                512);
    }

    private void writeCheckpoint(@Nullable Path tokenizer) throws IOException {
        Files.createDirectories(checkpoint);
        try (Clip clip = Clip.random(config(), 1)) {
            clip.save(checkpoint);
        }
        Files.writeString(checkpoint.resolve("preprocessor_config.json"), PREPROCESSOR.toJson());
        if (tokenizer == null) return;
        for (String name : List.of("vocab.json", "merges.txt")) {
            Files.copy(tokenizer.resolve(name), checkpoint.resolve(name));
        }
    }

    // ---- roof -----------------------------------------------------------------------------

    private void roof() throws Exception {
        roofFloat32 = roof(ElementType.F32);
        roofBfloat16 = roof(ElementType.BF16);
        for (boolean wide : new boolean[] {true, false}) {
            double roof = wide ? roofFloat32 : roofBfloat16;
            row(
                    "roof, " + (wide ? "float32" : "bf16"),
                    "%.0f GFLOP/s".formatted(roof),
                    "%.1f pictures/s".formatted(roof / GFLOP_PER_PICTURE));
        }
    }

    static double roof(ElementType type) throws Exception {
        double best = 0;
        for (int n : new int[] {1024, 2048, 3072}) {
            try (Scope scope = Scope.open();
                    NoGradients _ = NoGradients.open()) {
                float[] values = new float[n * n];
                Random random = new Random(n);
                for (int i = 0; i < values.length; i++) values[i] = random.nextFloat() - 0.5f;
                Tensor a = Tensor.of(values, n, n).to(type);
                Tensor b = Tensor.of(values, n, n).to(type);
                PackedLinear packed = PackedLinear.of(b, null, scope);
                Turns.Seconds seconds =
                        new Turns()
                                .add("matmul", () -> inScope(() -> a.matmul(b)))
                                .add("packed", () -> inScope(() -> packed.apply(a)))
                                .run(2, 9);
                for (double s : seconds.medians().values())
                    best = Math.max(best, 2e-9 * n * n * n / s);
            }
        }
        return best;
    }

    private static void inScope(Runnable work) {
        try (Scope _ = Scope.open()) {
            work.run();
        }
    }

    // ---- pictures -------------------------------------------------------------------------

    /// Pictures of noise on gradients, each another.
    private static List<RgbImage> pictures(int n) {
        Random random = new Random(2);
        List<RgbImage> pictures = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            byte[] pixels = new byte[3 * SIZE * SIZE];
            int base = random.nextInt(128);
            double period = 20 + random.nextInt(500);
            for (int j = 0; j < pixels.length; j++) {
                pixels[j] =
                        (byte) (base + 50 + (int) (50 * Math.sin(j / period)) + random.nextInt(20));
            }
            pictures.add(new RgbImage(SIZE, SIZE, pixels));
        }
        return pictures;
    }

    private static float[] normalized(List<RgbImage> pictures) {
        int each = 3 * SIZE * SIZE;
        float[] pixels = new float[pictures.size() * each];
        for (int i = 0; i < pictures.size(); i++) {
            PREPROCESSOR.normalize(pictures.get(i), pixels, i * each);
        }
        return pixels;
    }

    private void images() throws Exception {
        export(Export.WeightType.FLOAT32);
        export(Export.WeightType.INT8);
        List<RgbImage> batch = pictures(BATCH);
        float[] pixels = normalized(batch);
        try (ClipEncoder float32 = encoder(Precision.FLOAT32);
                ClipEncoder bf16 = encoder(Precision.BF16);
                ClipEncoder int8 = encoder(Precision.INT8);
                Clip clip = Clip.load(checkpoint);
                NaiveClip naive = new NaiveClip(clip, ScalarType.Float);
                NaiveClip naiveBf16 = new NaiveClip(clip, ScalarType.BFloat16);
                OnnxTower onnx = new OnnxTower(folder.resolve("onnx-FLOAT32/image.onnx"), SIZE);
                OnnxTower onnxInt8 = new OnnxTower(folder.resolve("onnx-INT8/image.onnx"), SIZE)) {
            float[] exact = naive.images(pixels, BATCH);
            agree("float32", float32.images(batch), exact, 0.99999);
            agree("bf16", bf16.images(batch), exact, 0.9995);
            agree("int8", int8.images(batch), exact, 0.995);
            agree("ONNX Runtime, float32", onnx.images(pixels, BATCH), exact, 0.99999);
            agree("ONNX Runtime, int8", onnxInt8.images(pixels, BATCH), exact, 0.9);
            for (int n : new int[] {BATCH, 8, 1}) {
                List<RgbImage> some = batch.subList(0, n);
                float[] someOfThem = Arrays.copyOf(pixels, n * 3 * SIZE * SIZE);
                int times = n == 1 ? 12 : 1;
                Turns.Seconds seconds =
                        new Turns()
                                .add("float32", () -> repeat(times, () -> float32.images(some)))
                                .add("bf16", () -> repeat(times, () -> bf16.images(some)))
                                .add("int8", () -> repeat(times, () -> int8.images(some)))
                                .add(
                                        "naive libtorch, float32",
                                        () -> repeat(times, () -> naive.images(someOfThem, n)))
                                .add(
                                        "naive libtorch, bf16",
                                        () -> repeat(times, () -> naiveBf16.images(someOfThem, n)))
                                .add(
                                        "ONNX Runtime, float32",
                                        () -> repeat(times, () -> onnx.images(someOfThem, n)))
                                .add(
                                        "ONNX Runtime, int8",
                                        () -> repeat(times, () -> onnxInt8.images(someOfThem, n)))
                                .run(2, ROUNDS);
                seconds.medians()
                        .forEach(
                                (name, s) -> {
                                    double rate = n * times / s;
                                    double roof =
                                            (name.endsWith("float32") ? roofFloat32 : roofBfloat16)
                                                    / GFLOP_PER_PICTURE;
                                    row(
                                            "pictures, batch %d: %s".formatted(n, name),
                                            "%.1f/s".formatted(rate),
                                            "%.2f of the %s roof, %.2f times ONNX Runtime's float32"
                                                    .formatted(
                                                            rate / roof,
                                                            name.endsWith("float32")
                                                                    ? "float32"
                                                                    : "bf16",
                                                            seconds.of("ONNX Runtime, float32")
                                                                    / s));
                                });
            }
        }
    }

    private void export(Export.WeightType type) throws IOException {
        Path out = folder.resolve("onnx-" + type);
        if (Files.exists(out)) return;
        Export.write(checkpoint, out, Export.Format.ONNX, type, "bench");
    }

    private ClipEncoder encoder(Precision precision) throws IOException {
        return ClipEncoder.of(ClipCheckpoint.open(checkpoint), PREPROCESSOR, precision);
    }

    private static void repeat(int times, Turns.Candidate work) throws Exception {
        for (int i = 0; i < times; i++) work.run();
    }

    /// Stops where a candidate computes something else.
    private static void agree(String name, float[][] rows, float[] exact, double least) {
        double mean = 0;
        double lowest = 1;
        for (int i = 0; i < rows.length; i++) {
            double dot = 0;
            double a = 0;
            double b = 0;
            for (int d = 0; d < rows[i].length; d++) {
                double x = rows[i][d];
                double y = exact[i * rows[i].length + d];
                dot += x * y;
                a += x * x;
                b += y * y;
            }
            double cosine = dot / Math.sqrt(a * b);
            mean += cosine / rows.length;
            lowest = Math.min(lowest, cosine);
        }
        row(
                "cosine to float32: " + name,
                "mean %.6f".formatted(mean),
                "lowest %.6f".formatted(lowest));
        if (mean < least) {
            throw new IllegalStateException("%s: mean cosine %f".formatted(name, mean));
        }
    }

    // ---- texts ----------------------------------------------------------------------------

    /// Captions of 20 words are about 27 tokens, 77 where they are padded.
    private void texts() throws Exception {
        export(Export.WeightType.FLOAT32);
        try (ClipEncoder bf16 = encoder(Precision.BF16);
                ClipEncoder float32 = encoder(Precision.FLOAT32);
                OnnxTower onnx = new OnnxTower(folder.resolve("onnx-FLOAT32/text.onnx"), SIZE)) {
            long[] cut = ids(27);
            long[] padded = ids(77);
            String onnxPadded = "ONNX Runtime, float32, padded to 77";
            Turns.Seconds seconds =
                    new Turns()
                            .add("float32, 27 tokens", () -> float32.texts(cut, BATCH))
                            .add("float32, padded to 77", () -> float32.texts(padded, BATCH))
                            .add("bf16, 27 tokens", () -> bf16.texts(cut, BATCH))
                            .add("bf16, padded to 77", () -> bf16.texts(padded, BATCH))
                            .add(onnxPadded, () -> onnx.texts(padded, BATCH))
                            .run(2, ROUNDS);
            for (Map.Entry<String, Double> one : seconds.medians().entrySet()) {
                String name = one.getKey();
                String same = (name.startsWith("bf16") ? "bf16" : "float32") + ", padded to 77";
                row(
                        "captions, batch %d: %s".formatted(BATCH, name),
                        "%.0f/s".formatted(BATCH / one.getValue()),
                        "%.2f times our padded rate, %.2f times ONNX Runtime's"
                                .formatted(
                                        seconds.of(same) / one.getValue(),
                                        seconds.of(onnxPadded) / one.getValue()));
            }
        }
    }

    private static long[] ids(int tokens) {
        Random random = new Random(3);
        long[] ids = new long[BATCH * tokens];
        for (int i = 0; i < BATCH; i++) {
            for (int j = 0; j < tokens; j++) ids[i * tokens + j] = random.nextInt(49000);
            ids[i * tokens] = 49406;
            ids[(i + 1) * tokens - 1] = 49407;
        }
        return ids;
    }

    // ---- files ----------------------------------------------------------------------------

    /// From JPEG files of 512 pixels to vectors, beside the encoder alone.
    private void files() throws Exception {
        Path jpegs = Files.createDirectories(folder.resolve("jpegs"));
        List<Path> files = new ArrayList<>();
        Path home = Path.of(System.getProperty("org.openplip.home", "."));
        try (Slide slide = Slide.open(home.resolve("data/CMU-1-Small-Region.svs"))) {
            Random random = new Random(4);
            for (int i = 0; i < 8 * BATCH; i++) {
                BufferedImage region =
                        slide.read(
                                        0,
                                        random.nextInt(slide.width() - 512),
                                        random.nextInt(slide.height() - 512),
                                        512,
                                        512)
                                .toBufferedImage();
                Path file = jpegs.resolve("%04d.jpg".formatted(i));
                ImageIO.write(region, "jpg", file.toFile());
                files.add(file);
            }
        }
        List<RgbImage> batch = pictures(BATCH);
        for (Precision precision : Precision.values()) {
            try (Plip plip = Plip.load(checkpoint, precision, BATCH);
                    ClipEncoder alone = encoder(precision)) {
                Turns.Seconds seconds =
                        new Turns()
                                .add("files", () -> plip.encodeImages(files))
                                .add("alone", () -> repeat(8, () -> alone.images(batch)))
                                .run(1, 5);
                row(
                        "512-pixel JPEG files to vectors: " + precision,
                        "%.1f/s".formatted(files.size() / seconds.of("files")),
                        "%.2f of the encoder alone"
                                .formatted(seconds.of("alone") / seconds.of("files")));
            }
        }
    }

    // ---- cold start -----------------------------------------------------------------------

    private void cold(boolean hasTokenizer) throws Exception {
        double weights = Files.size(checkpoint.resolve("model.safetensors")) / 1e6;
        for (Precision precision : Precision.values()) {
            for (String what : hasTokenizer ? List.of("image", "both") : List.of("image")) {
                double[] seconds = new double[3];
                String[] last = {};
                for (int i = 0; i < seconds.length; i++) {
                    last = start(precision, what);
                    seconds[i] = Double.parseDouble(last[0]);
                }
                Arrays.sort(seconds);
                double resident = Long.parseLong(last[1]) * 1024 / 1e6;
                row(
                        "cold start to the first vector: %s, %s"
                                .formatted(
                                        precision,
                                        what.equals("image") ? "pictures only" : "both towers"),
                        "%.2f s".formatted(seconds[1]),
                        "resident %.0f MB, %.2f of %.0f MB of weights (its own %.0f MB)"
                                .formatted(
                                        resident,
                                        resident / weights,
                                        weights,
                                        Long.parseLong(last[2]) * 1024 / 1e6));
            }
        }
    }

    private String[] start(Precision precision, String what) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ColdStart.class.getName(),
                        checkpoint.toString(),
                        precision.name(),
                        what));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) throw new IOException("a cold start failed");
        return out.strip().split(" ");
    }
}
