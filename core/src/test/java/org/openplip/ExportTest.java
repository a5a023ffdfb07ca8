package org.openplip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.openplip.Export.Format;
import org.openplip.Export.Outcome;
import org.openplip.Export.WeightType;
import org.openplip.image.ImagePreprocessor;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.io.Json;
import org.openplip.model.Activation;
import org.openplip.model.Clip;
import org.openplip.model.ClipConfig;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.tokenizer.ClipTokenizer;
import org.openplip.weights.Safetensors;
import org.openplip.weights.Weights;

class ExportTest {
    private static final ClipTokenizer TOKENIZER =
            ClipTokenizer.train(List.of("tumor", "normal mucosa", "tumor and mucosa"), 520);

    /// Of one layer, with OpenAI's heads of 64.
    private static final ClipConfig CONFIG =
            new ClipConfig(
                    ClipConfig.Vision.of(128, 1, 2, 32, 16),
                    ClipConfig.Text.of(64, 1, 1, TOKENIZER.vocabularySize(), 12),
                    24);

    @TempDir private Path folder;
    private Path model;
    private Path out;

    @BeforeEach
    void makeCheckpoint() throws IOException {
        model = folder.resolve("model");
        out = folder.resolve("out");
        write(model, CONFIG);
    }

    private static void write(Path folder, ClipConfig config) throws IOException {
        try (Clip clip = Clip.random(config, 5)) {
            changeVectors(clip);
            Checkpoint.write(
                    folder, clip, TOKENIZER, ImagePreprocessor.clip(config.vision().imageSize()));
        }
    }

    /// Biases are no longer 0, gains no longer 1: a wrong place would show.
    private static void changeVectors(Clip clip) {
        Random random = new Random(1);
        try (Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            for (Tensor parameter : clip.parameters().values()) {
                if (parameter.shape().length != 1) continue;
                float[] values = parameter.floats();
                for (int i = 0; i < values.length; i++) {
                    values[i] += 0.2f * (float) random.nextGaussian();
                }
                parameter.copyInPlace(Tensor.of(values, values.length));
            }
        }
    }

    // ---- transformers ---------------------------------------------------------------------

    @Test
    void hfHasTheFilesThatTransformersLoads() throws IOException {
        Outcome outcome = Export.write(model, out, Format.HF, WeightType.FLOAT32, "1.2.3");
        assertThat(outcome.files())
                .containsExactly(
                        "config.json",
                        "export.json",
                        "merges.txt",
                        "model.safetensors",
                        "preprocessor_config.json",
                        "special_tokens_map.json",
                        "tokenizer.json",
                        "tokenizer_config.json",
                        "vocab.json");
        assertThat(outcome.difference()).isEqualTo(0);
        assertThat(outcome.hasTokenizer()).isTrue();
        assertJson(
                "config.json",
                """
                {"architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": 24,
                 "logit_scale_init_value": 2.6592, "initializer_factor": 1.0,
                 "torch_dtype": "float32",
                 "vision_config": {"model_type": "clip_vision_model", "hidden_size": 128,
                   "intermediate_size": 512, "num_hidden_layers": 1, "num_attention_heads": 2,
                   "num_channels": 3, "image_size": 32, "patch_size": 16,
                   "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5, "projection_dim": 24},
                 "text_config": {"model_type": "clip_text_model", "hidden_size": 64,
                   "intermediate_size": 256, "num_hidden_layers": 1, "num_attention_heads": 1,
                   "vocab_size": %1$d, "max_position_embeddings": 12,
                   "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5,
                   "bos_token_id": %2$d, "eos_token_id": %3$d, "pad_token_id": %3$d,
                   "projection_dim": 24}}
                """
                        .formatted(
                                TOKENIZER.vocabularySize(),
                                TOKENIZER.startId(),
                                TOKENIZER.endId()));
        assertJson(
                "preprocessor_config.json",
                """
                {"do_resize": true, "size": {"shortest_edge": 32}, "resample": 3,
                 "do_center_crop": true, "crop_size": {"height": 32, "width": 32},
                 "do_rescale": true, "rescale_factor": 0.00392156862745098,
                 "do_normalize": true, "do_convert_rgb": true,
                 "image_mean": [0.48145467, 0.4578275, 0.40821072],
                 "image_std": [0.26862955, 0.2613026, 0.2757771],
                 "feature_extractor_type": "CLIPFeatureExtractor",
                 "image_processor_type": "CLIPImageProcessor"}
                """);
        String mark =
                """
                {"content": "<|%s|>", "single_word": false, "lstrip": false, "rstrip": false,
                 "normalized": true%s}
                """;
        String added = ", \"__type\": \"AddedToken\"";
        assertJson(
                "tokenizer_config.json",
                """
                {"tokenizer_class": "CLIPTokenizer", "model_max_length": 12,
                 "do_lower_case": true, "add_prefix_space": false, "errors": "replace",
                 "pad_token": "<|endoftext|>", "bos_token": %s, "eos_token": %s, "unk_token": %s}
                """
                        .formatted(
                                mark.formatted("startoftext", added),
                                mark.formatted("endoftext", added),
                                mark.formatted("endoftext", added)));
        assertJson(
                "special_tokens_map.json",
                """
                {"pad_token": "<|endoftext|>", "bos_token": %s, "eos_token": %s, "unk_token": %s}
                """
                        .formatted(
                                mark.formatted("startoftext", ""),
                                mark.formatted("endoftext", ""),
                                mark.formatted("endoftext", "")));
    }

    private void assertJson(String file, String expected) throws IOException {
        // CLIP's published means and deviations are written as float32 has them, 1e-8 off.
        assertThat(Json.MAPPER.readTree(Files.readAllBytes(out.resolve(file))))
                .as(file)
                .isEqualTo(Json.MAPPER.readTree(expected));
    }

    @Test
    void hfHasTheNamesOfPublishedCheckpoints() throws IOException {
        Export.write(model, out, Format.HF, WeightType.FLOAT16, "1.2.3");
        List<String> expected =
                new ArrayList<>(
                        List.of(
                                "logit_scale []",
                                "text_projection.weight [24, 64]",
                                "visual_projection.weight [24, 128]",
                                "vision_model.embeddings.class_embedding [128]",
                                "vision_model.embeddings.patch_embedding.weight [128, 3, 16, 16]",
                                "vision_model.embeddings.position_embedding.weight [5, 128]",
                                "vision_model.pre_layrnorm.weight [128]",
                                "vision_model.pre_layrnorm.bias [128]",
                                "vision_model.post_layernorm.weight [128]",
                                "vision_model.post_layernorm.bias [128]",
                                "text_model.embeddings.token_embedding.weight [%d, 64]"
                                        .formatted(TOKENIZER.vocabularySize()),
                                "text_model.embeddings.position_embedding.weight [12, 64]",
                                "text_model.final_layer_norm.weight [64]",
                                "text_model.final_layer_norm.bias [64]"));
        for (String tower : List.of("vision", "text")) {
            int w = tower.equals("vision") ? 128 : 64;
            String layer = tower + "_model.encoder.layers.0.";
            for (String part : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
                expected.add("%sself_attn.%s.weight [%d, %d]".formatted(layer, part, w, w));
                expected.add("%sself_attn.%s.bias [%d]".formatted(layer, part, w));
            }
            for (String norm : List.of("layer_norm1", "layer_norm2")) {
                expected.add("%s%s.weight [%d]".formatted(layer, norm, w));
                expected.add("%s%s.bias [%d]".formatted(layer, norm, w));
            }
            expected.add("%smlp.fc1.weight [%d, %d]".formatted(layer, 4 * w, w));
            expected.add("%smlp.fc1.bias [%d]".formatted(layer, 4 * w));
            expected.add("%smlp.fc2.weight [%d, %d]".formatted(layer, w, 4 * w));
            expected.add("%smlp.fc2.bias [%d]".formatted(layer, w));
        }
        try (Safetensors written = Safetensors.open(out.resolve("model.safetensors"))) {
            assertThat(names(written, ElementType.F16))
                    .containsExactlyInAnyOrderElementsOf(expected);
            assertThat(written.metadata()).containsExactly(Map.entry("format", "pt"));
        }
        assertThat(Json.read(out.resolve("config.json")).path("torch_dtype").asText())
                .isEqualTo("float16");
    }

    private static List<String> names(Weights weights, ElementType type) throws DataException {
        List<String> names = new ArrayList<>();
        for (String name : weights.names()) {
            assertThat(weights.type(name)).as(name).isEqualTo(type);
            names.add(name + " " + Arrays.toString(weights.shape(name)));
        }
        return names;
    }

    // ---- OpenAI's names -------------------------------------------------------------------

    private static List<String> openAiNames() {
        List<String> names =
                new ArrayList<>(
                        List.of(
                                "logit_scale []",
                                "text_projection [64, 24]",
                                "visual.proj [128, 24]",
                                "visual.class_embedding [128]",
                                "visual.conv1.weight [128, 3, 16, 16]",
                                "visual.positional_embedding [5, 128]",
                                "visual.ln_pre.weight [128]",
                                "visual.ln_pre.bias [128]",
                                "visual.ln_post.weight [128]",
                                "visual.ln_post.bias [128]",
                                "token_embedding.weight [%d, 64]"
                                        .formatted(TOKENIZER.vocabularySize()),
                                "positional_embedding [12, 64]",
                                "ln_final.weight [64]",
                                "ln_final.bias [64]"));
        for (String tower : List.of("visual.", "")) {
            int w = tower.equals("visual.") ? 128 : 64;
            String block = tower + "transformer.resblocks.0.";
            names.add("%sattn.in_proj_weight [%d, %d]".formatted(block, 3 * w, w));
            names.add("%sattn.in_proj_bias [%d]".formatted(block, 3 * w));
            names.add("%sattn.out_proj.weight [%d, %d]".formatted(block, w, w));
            names.add("%sattn.out_proj.bias [%d]".formatted(block, w));
            for (String norm : List.of("ln_1", "ln_2")) {
                names.add("%s%s.weight [%d]".formatted(block, norm, w));
                names.add("%s%s.bias [%d]".formatted(block, norm, w));
            }
            names.add("%smlp.c_fc.weight [%d, %d]".formatted(block, 4 * w, w));
            names.add("%smlp.c_fc.bias [%d]".formatted(block, 4 * w));
            names.add("%smlp.c_proj.weight [%d, %d]".formatted(block, w, 4 * w));
            names.add("%smlp.c_proj.bias [%d]".formatted(block, w));
        }
        return names;
    }

    @Test
    void openClipHasItsConfigurationAndNames() throws IOException {
        Outcome outcome = Export.write(model, out, Format.OPEN_CLIP, WeightType.FLOAT32, "1.2.3");
        assertThat(outcome.files())
                .contains("open_clip_config.json", "open_clip_model.safetensors", "tokenizer.json");
        assertThat(outcome.difference()).isEqualTo(0);
        assertJson(
                "open_clip_config.json",
                """
                {"model_cfg": {"embed_dim": 24, "quick_gelu": true,
                   "vision_cfg": {"image_size": 32, "layers": 1, "width": 128, "head_width": 64,
                     "patch_size": 16},
                   "text_cfg": {"context_length": 12, "vocab_size": %d, "width": 64, "heads": 1,
                     "layers": 1}},
                 "preprocess_cfg": {"mean": [0.48145467, 0.4578275, 0.40821072],
                   "std": [0.26862955, 0.2613026, 0.2757771],
                   "interpolation": "bicubic", "resize_mode": "shortest"}}
                """
                        .formatted(TOKENIZER.vocabularySize()));
        try (Safetensors written = Safetensors.open(out.resolve("open_clip_model.safetensors"));
                Safetensors source = Safetensors.open(model.resolve("model.safetensors"));
                Scope _ = Scope.open()) {
            assertThat(names(written, ElementType.F32))
                    .containsExactlyInAnyOrderElementsOf(openAiNames());
            float[] stacked = written.tensor("transformer.resblocks.0.attn.in_proj_bias").floats();
            String attention = "text_model.encoder.layers.0.self_attn.";
            for (int part = 0; part < 3; part++) {
                assertThat(Arrays.copyOfRange(stacked, 64 * part, 64 * (part + 1)))
                        .isEqualTo(
                                source.tensor(attention + "qkv".charAt(part) + "_proj.bias")
                                        .floats());
            }
            assertThat(written.tensor("text_projection").floats()[24 * 63 + 5])
                    .isEqualTo(source.tensor("text_projection.weight").floats()[64 * 5 + 63]);
        }
    }

    @Test
    void openClipGetsWhatIsNotItsDefault() throws IOException {
        Path other = folder.resolve("other");
        write(
                other,
                new ClipConfig(
                        new ClipConfig.Vision(32, 48, 1, 4, 32, 16, Activation.GELU, 1e-5),
                        new ClipConfig.Text(
                                32,
                                40,
                                1,
                                4,
                                CONFIG.text().vocabulary(),
                                12,
                                TOKENIZER.startId(),
                                2,
                                1,
                                Activation.GELU,
                                1e-5),
                        24));
        Outcome outcome = Export.write(other, out, Format.OPEN_CLIP, WeightType.FLOAT32, "1.2.3");
        assertThat(outcome.difference()).isEqualTo(0);
        var config = Json.read(out.resolve("open_clip_config.json")).path("model_cfg");
        assertThat(config.path("quick_gelu").asBoolean(true)).isFalse();
        assertThat(config.path("vision_cfg").path("head_width").asInt()).isEqualTo(8);
        assertThat(config.path("vision_cfg").path("mlp_ratio").asDouble()).isEqualTo(1.5);
        assertThat(config.path("text_cfg").path("mlp_ratio").asDouble()).isEqualTo(1.25);
    }

    @Test
    void openAiIsAStateDictInAZipFileOfAlignedEntries() throws IOException {
        Outcome outcome = Export.write(model, out, Format.OPENAI, WeightType.FLOAT32, "1.2.3");
        assertThat(outcome.files()).contains("model.pt", "preprocessor_config.json");
        assertThat(outcome.difference()).isEqualTo(0);
        Path file = out.resolve("model.pt");
        try (Weights written = Weights.open(file)) {
            assertThat(names(written, ElementType.F32))
                    .containsExactlyInAnyOrderElementsOf(openAiNames());
        }
        byte[] bytes = Files.readAllBytes(file);
        try (ZipFile zip = new ZipFile(file.toFile())) {
            List<? extends ZipEntry> entries = Collections.list(zip.entries());
            assertThat(entries)
                    .extracting(ZipEntry::getName)
                    .contains("archive/data.pkl", "archive/data/0", "archive/version")
                    .allMatch(name -> name.startsWith("archive/"));
            for (ZipEntry entry : entries) {
                assertThat(entry.getMethod()).isEqualTo(ZipEntry.STORED);
                // Reading to the end checks the sum.
                byte[] data = zip.getInputStream(entry).readAllBytes();
                if (entry.getName().contains("/data/")) {
                    assertThat(aligned(bytes, data)).as(entry.getName()).isTrue();
                }
            }
        }
    }

    /// Whether `data` occurs in `bytes` at a multiple of 64.
    private static boolean aligned(byte[] bytes, byte[] data) {
        for (int at = 0; at + data.length <= bytes.length; at += 64) {
            if (Arrays.equals(bytes, at, at + data.length, data, 0, data.length)) return true;
        }
        return false;
    }

    // ---- all formats ----------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"HF,FLOAT16,1e-2", "HF,BF16,1e-1", "OPEN_CLIP,BF16,1e-1", "OPENAI,FLOAT16,1e-2"})
    void narrowerWeightsAreCloseAndSaidToDiffer(Format format, WeightType type, double most)
            throws IOException {
        Double difference = Export.write(model, out, format, type, "1.2.3").difference();
        assertThat(Objects.requireNonNull(difference)).isBetween(1e-6, most);
    }

    /// What goes out in one format and on in the others comes back the same.
    @Test
    void aRoundThroughAllFormatsGivesTheSameWeights() throws IOException {
        Path from = model;
        for (Format format : List.of(Format.OPENAI, Format.OPEN_CLIP, Format.HF)) {
            Path to = folder.resolve("round-" + format);
            Export.write(from, to, format, WeightType.FLOAT32, "1.2.3");
            from = to;
        }
        assertThat(from.resolve("model.safetensors"))
                .hasSameBinaryContentAs(model.resolve("model.safetensors"));
        for (String file : List.of("vocab.json", "merges.txt", "preprocessor_config.json")) {
            assertThat(from.resolve(file)).hasSameTextualContentAs(model.resolve(file));
        }
    }

    @Test
    void onnxHasBothTowersAndWhatFeedsThem() throws IOException {
        for (WeightType type : List.of(WeightType.FLOAT32, WeightType.INT8)) {
            Outcome outcome = Export.write(model, out, Format.ONNX, type, "1.2.3");
            assertThat(outcome.difference()).isNull();
            assertThat(outcome.files())
                    .contains(
                            "image.onnx",
                            "text.onnx",
                            "config.json",
                            "preprocessor_config.json",
                            "tokenizer.json");
        }
    }

    @Test
    void saysWhereItComesFrom() throws IOException {
        Export.write(model, out, Format.HF, WeightType.FLOAT32, "1.2.3");
        Path weights = model.resolve("model.safetensors");
        assertJson(
                "export.json",
                """
                {"format": "HF", "type": "FLOAT32", "version": "1.2.3", "source": "%s",
                 "sourceSha256": "%s", "difference": 0.0}
                """
                        .formatted(weights, Hashes.sha256(weights)));
    }

    /// The index of shards alone would be the same for other weights.
    @Test
    void weightsInSeveralFilesAreToldByAllOfThem() throws IOException {
        Path sharded = Path.of("src/test/resources/checkpoints/hf-sharded-bin");
        Export.write(sharded, out, Format.HF, WeightType.FLOAT32, "1.2.3");
        assertThat(Json.read(out.resolve("export.json")).path("sourceSha256").asText())
                .isEqualTo(Checkpoint.sha256(sharded));
    }

    @Test
    void doesWithoutATokenizer() throws IOException {
        for (String file : List.of("tokenizer.json", "vocab.json", "merges.txt")) {
            Files.delete(model.resolve(file));
        }
        Outcome outcome = Export.write(model, out, Format.HF, WeightType.FLOAT32, "1.2.3");
        assertThat(outcome.hasTokenizer()).isFalse();
        assertThat(outcome.files())
                .containsExactly(
                        "config.json",
                        "export.json",
                        "model.safetensors",
                        "preprocessor_config.json");
    }

    // ---- refusals -------------------------------------------------------------------------

    @Test
    void replacesAnEarlierExportAndNothingElse() throws IOException {
        Files.createDirectories(out);
        Export.write(model, out, Format.ONNX, WeightType.FLOAT32, "1.2.3");
        assertThat(Export.write(model, out, Format.HF, WeightType.FLOAT32, "1.2.3").files())
                .contains("model.safetensors")
                .doesNotContain("image.onnx");

        Path mine = Files.createDirectories(folder.resolve("mine"));
        Files.writeString(mine.resolve("thesis.txt"), "years of work");
        assertThatThrownBy(() -> Export.write(model, mine, Format.HF, WeightType.FLOAT32, "1.2.3"))
                .isInstanceOf(DataException.class)
                .hasMessage(mine + ": exists and is no export; choose another folder");
        assertThat(mine.resolve("thesis.txt")).hasContent("years of work");
        assertThatThrownBy(() -> Export.write(out, out, Format.HF, WeightType.FLOAT32, "1.2.3"))
                .isInstanceOf(DataException.class)
                .hasMessage(out + ": is the checkpoint's own folder; choose another");
        assertThat(out.resolve("model.safetensors")).exists();
    }

    /// 1e6 is above the largest float16.
    @Test
    void leavesWhatWasThereWhenTheCheckFails() throws IOException {
        try (Clip clip = Clip.load(model);
                Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            Tensor gain = clip.parameters().get("text_model.final_layer_norm.weight");
            Objects.requireNonNull(gain).copyInPlace(gain.multiply(1e6));
            clip.save(model);
        }
        Export.write(model, out, Format.HF, WeightType.FLOAT32, "1.2.3");
        assertThatThrownBy(() -> Export.write(model, out, Format.HF, WeightType.FLOAT16, "1.2.3"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("written as FLOAT16 differ by Infinity");
        assertThat(Json.read(out.resolve("export.json")).path("type").asText())
                .isEqualTo("FLOAT32");
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("model", "out");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    OPENAI|GELU|QUICK_GELU|64|512|1e-5|its activation is not QuickGELU
                    OPENAI|QUICK_GELU|QUICK_GELU|32|512|1e-5|its attention heads are not 64 wide
                    OPENAI|QUICK_GELU|QUICK_GELU|64|500|1e-5|its inner width is not 4 times its width
                    OPENAI|QUICK_GELU|QUICK_GELU|64|512|1e-6|the epsilon of its layer norms is not 1.0E-5
                    OPEN_CLIP|GELU|QUICK_GELU|64|512|1e-5|its towers' activations differ
                    OPEN_CLIP|GELU|GELU|64|512|1e-6|the epsilon of its layer norms is not 1.0E-5
                    """)
    void refusesWhatTheFormatCannotHold(
            Format format,
            Activation vision,
            Activation text,
            int headWidth,
            int innerWidth,
            double epsilon,
            String reason)
            throws IOException {
        Path other = folder.resolve("other");
        ClipConfig.Text texts = CONFIG.text();
        write(
                other,
                new ClipConfig(
                        new ClipConfig.Vision(
                                128, innerWidth, 1, 128 / headWidth, 32, 16, vision, epsilon),
                        new ClipConfig.Text(
                                64,
                                256,
                                1,
                                1,
                                texts.vocabulary(),
                                12,
                                texts.startId(),
                                texts.endId(),
                                texts.padId(),
                                text,
                                1e-5),
                        24));
        assertThatThrownBy(() -> Export.write(other, out, format, WeightType.FLOAT32, "1.2.3"))
                .isInstanceOf(DataException.class)
                .hasMessage(other + ": cannot be written as " + format + ": " + reason);
        assertThat(out).doesNotExist();
    }

    @ParameterizedTest
    @EnumSource(
            value = Format.class,
            names = {"OPENAI", "OPEN_CLIP"})
    void refusesAnEndOfTextThatIsNotTheLastId(Format format) throws IOException {
        Path other = folder.resolve("other");
        ClipConfig.Text text = CONFIG.text();
        write(
                other,
                new ClipConfig(
                        CONFIG.vision(),
                        new ClipConfig.Text(
                                64,
                                256,
                                1,
                                1,
                                text.vocabulary() + 1,
                                12,
                                text.startId(),
                                text.endId(),
                                text.padId(),
                                Activation.QUICK_GELU,
                                1e-5),
                        24));
        assertThatThrownBy(() -> Export.write(other, out, format, WeightType.FLOAT32, "1.2.3"))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith(
                        "its end of text, %d, is not the last of its %d ids"
                                .formatted(text.endId(), text.vocabulary() + 1));
    }

    @Test
    void refusesATypeThatTheFormatDoesNotHave() {
        assertThatThrownBy(() -> Export.write(model, out, Format.HF, WeightType.INT8, "1.2.3"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("type: expected one that HF has, got INT8");
    }
}
