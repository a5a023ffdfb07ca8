package org.openplip.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.model.Clip;
import org.openplip.model.ClipCheckpoint;
import org.openplip.model.ClipConfig;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;

/// Files changed at random: each either loads, with every tensor readable, or is refused by a
/// [DataException] of one line. Anything else (another exception, an error, memory beyond the
/// mapping) fails. The seed is printed, and set with `-Dopenplip.seed`.
class CheckpointFuzzTest {
    private static final int MUTATIONS = 10_000;
    private static final long SEED = Long.getLong("openplip.seed", System.nanoTime());

    /// Numbers at the edges of what fits.
    private static final List<String> EDGES =
            List.of(
                    "0",
                    "-1",
                    "1",
                    "2147483647",
                    "2147483648",
                    "-2147483648",
                    "4294967296",
                    "9223372036854775807",
                    "9223372036854775808",
                    "-9223372036854775808",
                    "1e308",
                    "0.5",
                    "null",
                    "true",
                    "[]",
                    "{}",
                    "\"\"",
                    "[8,8]");

    @TempDir private Path folder;

    @FunctionalInterface
    private interface Attempt {
        /// Writes a mutant and opens it.
        void on(byte[] mutant) throws IOException;
    }

    private static void fuzz(
            String what, int mutations, byte[] whole, boolean isText, Attempt attempt)
            throws IOException {
        attempt.on(whole);
        System.out.printf("%s: -Dopenplip.seed=%d%n", what, SEED);
        int refused = 0;
        for (int i = 0; i < mutations; i++) {
            SplittableRandom random = new SplittableRandom(SEED + i);
            byte[] mutant = whole;
            int changes = 1 + random.nextInt(3);
            for (int change = 0; change < changes; change++) {
                boolean number = isText && random.nextInt(2) == 0;
                mutant = number ? withAnotherNumber(mutant, random) : changed(mutant, random);
            }
            try {
                attempt.on(mutant);
            } catch (DataException e) {
                refused++;
                if (e.getMessage() == null || e.getMessage().contains("\n")) {
                    throw new AssertionError(what + ", mutation " + i + ": not one line", e);
                }
            } catch (Throwable e) {
                throw new AssertionError(what + ", mutation " + i + " of seed " + SEED, e);
            }
        }
        System.out.printf("%s: %d of %d refused%n", what, refused, mutations);
        // A fuzzer that never gets past the first check, or never meets one, tests nothing.
        assertThat(refused).as(what + ": refused").isBetween(mutations / 100, mutations - 1);
    }

    private static byte[] changed(byte[] bytes, SplittableRandom random) {
        if (bytes.length == 0) return bytes;
        int at = random.nextInt(bytes.length);
        int length = Math.min(bytes.length - at, 1 + random.nextInt(16));
        byte[] result = bytes.clone();
        return switch (random.nextInt(7)) {
            case 0 -> {
                result[at] ^= (byte) (1 << random.nextInt(8));
                yield result;
            }
            case 1 -> {
                result[at] = (byte) random.nextInt(256);
                yield result;
            }
            case 2 -> {
                Arrays.fill(result, at, at + length, (byte) (random.nextBoolean() ? 0xff : 0));
                yield result;
            }
            case 3 -> {
                // An edge as a number of four or eight bytes.
                ByteBuffer number = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
                number.putLong(
                        switch (random.nextInt(4)) {
                            case 0 -> Long.MAX_VALUE;
                            case 1 -> Integer.MAX_VALUE;
                            case 2 -> bytes.length - random.nextInt(100);
                            default -> random.nextInt(1 << 16);
                        });
                int size = Math.min(bytes.length - at, random.nextBoolean() ? 4 : 8);
                System.arraycopy(number.array(), 0, result, at, size);
                yield result;
            }
            case 4 -> spliced(bytes, at, at + length, new byte[0]);
            case 5 -> {
                int from = random.nextInt(bytes.length);
                int to = Math.min(bytes.length, from + 1 + random.nextInt(64));
                yield spliced(bytes, at, at, Arrays.copyOfRange(bytes, from, to));
            }
            default -> Arrays.copyOf(bytes, at);
        };
    }

    /// `bytes` with an edge in place of one of its runs of digits.
    private static byte[] withAnotherNumber(byte[] bytes, SplittableRandom random) {
        List<Integer> starts = new ArrayList<>();
        for (int i = 0; i < bytes.length; i++) {
            if (isDigit(bytes, i) && !isDigit(bytes, i - 1)) starts.add(i);
        }
        if (starts.isEmpty()) return bytes;
        int start = starts.get(random.nextInt(starts.size()));
        int end = start;
        while (isDigit(bytes, end)) end++;
        String edge = EDGES.get(random.nextInt(EDGES.size()));
        return spliced(bytes, start, end, edge.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean isDigit(byte[] bytes, int at) {
        return at >= 0 && at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9';
    }

    private static byte[] spliced(byte[] bytes, int start, int end, byte[] middle) {
        byte[] result = new byte[start + middle.length + bytes.length - end];
        System.arraycopy(bytes, 0, result, 0, start);
        System.arraycopy(middle, 0, result, start, middle.length);
        System.arraycopy(bytes, end, result, start + middle.length, bytes.length - end);
        return result;
    }

    /// Reads every byte of every tensor.
    private static void readAll(Weights weights) throws DataException {
        long sum = 0;
        for (String name : weights.names()) {
            weights.shape(name);
            weights.type(name);
            MemorySegment bytes = weights.bytes(name);
            for (long i = 0; i < bytes.byteSize(); i++) {
                sum += bytes.get(ValueLayout.JAVA_BYTE, i);
            }
        }
        if (sum == Long.MIN_VALUE) throw new AssertionError("cannot be");
    }

    /// Replaces the content of `file` in place, which is ten times faster than truncating it first.
    private static void overwrite(Path file, byte[] content) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.write(content);
            out.setLength(content.length);
        }
    }

    private static void load(Path checkpoint) throws IOException {
        try (ClipCheckpoint opened = ClipCheckpoint.open(checkpoint)) {
            readAll(opened.weights());
            opened.preprocessor();
        }
    }

    // ---- a checkpoint as small as they come -----------------------------------------------

    private static final ClipConfig SMALLEST =
            new ClipConfig(
                    ClipConfig.Vision.of(4, 1, 1, 4, 2), ClipConfig.Text.of(4, 1, 1, 6, 3), 4);

    /// Writes the small model as a folder of Hugging Face's.
    private Path huggingFace() throws IOException {
        try (Clip clip = Clip.random(SMALLEST, 1)) {
            clip.save(folder);
        }
        return folder.resolve("model.safetensors");
    }

    @Test
    void safetensorsHeaders() throws IOException {
        Path file = huggingFace();
        byte[] whole = Files.readAllBytes(file);
        int header = 8 + (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong();
        byte[] data = Arrays.copyOfRange(whole, header, whole.length);
        fuzz(
                "safetensors header",
                MUTATIONS,
                Arrays.copyOf(whole, header),
                true,
                mutant -> {
                    // Half of the time with a length that fits, so that the JSON is read.
                    if (mutant.length > 8 && mutant.length % 2 == 0) {
                        ByteBuffer.wrap(mutant)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putLong(mutant.length - 8);
                    }
                    overwrite(file, spliced(mutant, mutant.length, mutant.length, data));
                    load(folder);
                });
    }

    @Test
    void configurations() throws IOException {
        huggingFace();
        Path file = folder.resolve("config.json");
        fuzz(
                "config.json",
                MUTATIONS,
                Files.readAllBytes(file),
                true,
                mutant -> {
                    overwrite(file, mutant);
                    load(folder);
                });
    }

    @Test
    void openClipsConfigurations() throws IOException {
        Path weights = huggingFace();
        try (Scope _ = Scope.open();
                Weights named =
                        OpenAiNames.toOpenAi(
                                Safetensors.open(weights), OpenAiNames.Form.TEXT_PREFIX)) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (String name : named.names()) tensors.put(name, named.tensor(name));
            Safetensors.write(folder.resolve("open_clip_model.safetensors"), tensors);
        }
        Files.delete(weights);
        Path file = folder.resolve("open_clip_config.json");
        String config =
                """
                {"model_cfg": {"embed_dim": 4, "quick_gelu": true, "vision_cfg": {"image_size": 4,
                "layers": 1, "width": 4, "head_width": 4, "patch_size": 2, "mlp_ratio": 4.0},
                "text_cfg": {"context_length": 3, "vocab_size": 6, "width": 4, "heads": 1,
                "layers": 1}}, "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5],
                "interpolation": "bicubic", "resize_mode": "shortest"}}
                """;
        fuzz(
                "open_clip_config.json",
                MUTATIONS,
                config.getBytes(StandardCharsets.UTF_8),
                true,
                mutant -> {
                    overwrite(file, mutant);
                    load(folder);
                });
    }

    @Test
    void indexesOfShards() throws IOException {
        Path weights = huggingFace();
        Map<String, String> map = new LinkedHashMap<>();
        try (Safetensors whole = Safetensors.open(weights);
                Scope _ = Scope.open()) {
            List<String> names = List.copyOf(whole.names());
            for (int i = 0; i < 2; i++) {
                String file = "model-%d.safetensors".formatted(i);
                Map<String, Tensor> tensors = new LinkedHashMap<>();
                for (int j = i; j < names.size(); j += 2) {
                    tensors.put(names.get(j), whole.tensor(names.get(j)));
                    map.put(names.get(j), file);
                }
                Safetensors.write(folder.resolve(file), tensors);
            }
        }
        Files.delete(weights);
        Path file = folder.resolve("model.safetensors.index.json");
        Json.write(file, Map.of("weight_map", map));
        fuzz(
                "index of shards",
                MUTATIONS,
                Files.readAllBytes(file),
                true,
                mutant -> {
                    overwrite(file, mutant);
                    load(folder);
                });
    }

    @Test
    void zipContainers() throws IOException {
        Path file = folder.resolve("pytorch_model.bin");
        huggingFaceBin(file);
        byte[] whole = Files.readAllBytes(file);
        fuzz(
                "zip container",
                MUTATIONS,
                whole,
                false,
                mutant -> {
                    overwrite(file, mutant);
                    load(file);
                });
    }

    /// The pickle that PyTorch wrote for a TorchScript archive, and one of a state dict, in files
    /// whose other entries are whole.
    @Test
    void pickles() throws IOException {
        for (String name : List.of("script.pt", "training.pt")) {
            Path original = PytorchFileTest.resource(name);
            MemorySegment map = MemorySegment.ofArray(Files.readAllBytes(original));
            ZipDirectory zip = new ZipDirectory(original, map);
            Map<String, MemorySegment> entries = new LinkedHashMap<>();
            String pickle = "";
            for (String entry : zip.names()) {
                if (entry.endsWith("/data.pkl")) pickle = entry;
                if (entry.contains("/data/")) entries.put(entry, zip.bytes(entry));
            }
            byte[] whole = zip.bytes(pickle).toArray(ValueLayout.JAVA_BYTE);
            String pickleName = pickle;
            Path file = folder.resolve(name);
            fuzz(
                    "data.pkl of " + name,
                    MUTATIONS / 2,
                    whole,
                    false,
                    mutant -> {
                        entries.put(pickleName, MemorySegment.ofArray(mutant));
                        overwrite(file, TorchZip.bytes(entries));
                        try (PytorchFile opened = PytorchFile.open(file)) {
                            readAll(opened);
                        }
                    });
        }
    }

    private void huggingFaceBin(Path file) throws IOException {
        Path weights = huggingFace();
        try (Safetensors whole = Safetensors.open(weights)) {
            assertThat(whole.type("logit_scale")).isEqualTo(ElementType.F32);
            TorchZip.writeStateDict(file, whole);
        }
        Files.delete(weights);
    }
}
