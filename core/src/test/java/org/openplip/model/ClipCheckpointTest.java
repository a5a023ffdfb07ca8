package org.openplip.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.openplip.Plip;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.weights.OpenAiNames;
import org.openplip.weights.Safetensors;
import org.openplip.weights.Weights;

/// The last rung of the parity ladder, the embeddings, for every layout that is read.
class ClipCheckpointTest {
    @TempDir private Path folder;

    private static Path resource(String name) {
        try {
            return Path.of(
                    Objects.requireNonNull(
                                    ClipCheckpointTest.class.getResource("/checkpoints/" + name),
                                    name)
                            .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- what PyTorch wrote, and what it computed -----------------------------------------

    @ParameterizedTest
    @CsvSource({
        "openai-script.pt, openai-script",
        "training.pt, training",
        "parameters.pt, parameters",
        "hf-bin, hf-bin",
        "hf-bin/pytorch_model.bin, hf-bin",
        "hf-sharded-bin, hf-bin",
        "open-clip, open-clip",
        "open-clip/epoch_1.pt, open-clip"
    })
    void embedsAsPyTorchDoes(String checkpoint, String reference) throws IOException {
        try (Clip clip = Clip.load(resource(checkpoint));
                Safetensors expected = Safetensors.open(resource(reference + ".safetensors"));
                Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            TinyClip.assertClose(
                    "image embeddings",
                    clip.imageEmbeddings(expected.tensor("pixels")).floats(),
                    expected.tensor("images").floats(),
                    1e-5);
            TinyClip.assertClose(
                    "text embeddings",
                    clip.textEmbeddings(expected.tensor("ids")).floats(),
                    expected.tensor("texts").floats(),
                    1e-5);
        }
    }

    @Test
    void theShapeOfOpenAisIsReadFromItsTensors() throws IOException {
        try (ClipCheckpoint checkpoint = ClipCheckpoint.open(resource("openai-script.pt"))) {
            assertThat(checkpoint.config())
                    .isEqualTo(
                            new ClipConfig(
                                    ClipConfig.Vision.of(128, 1, 2, 8, 4),
                                    ClipConfig.Text.of(64, 2, 1, 20, 8),
                                    24));
            assertThat(checkpoint.weights().type("visual_projection.weight"))
                    .isEqualTo(ElementType.F16);
            assertThat(checkpoint.weights().names()).doesNotContain("input_resolution");
            assertThat(checkpoint.preprocessor().cropSize()).isEqualTo(8);
            // The queries are the first third of the file's own memory.
            String query = "vision_model.encoder.layers.0.self_attn.q_proj.weight";
            assertThat(checkpoint.weights().bytes(query).isMapped()).isTrue();
        }
    }

    @Test
    void openClipsConfigurationTellsActivationHeadsAndPreprocessing() throws IOException {
        try (ClipCheckpoint checkpoint = ClipCheckpoint.open(resource("open-clip"))) {
            assertThat(checkpoint.config().vision().activation()).isEqualTo(Activation.GELU);
            assertThat(checkpoint.config().vision().heads()).isEqualTo(2);
            assertThat(checkpoint.config().text().endId()).isEqualTo(19);
            assertThat(checkpoint.preprocessor().mean()).containsExactly(0.5f, 0.4f, 0.3f);
            assertThat(checkpoint.preprocessor().std()).containsExactly(0.2f, 0.3f, 0.4f);
        }
    }

    @Test
    void aFolderWithOneFileOfWeightsIsThatFile() throws IOException {
        Files.copy(resource("parameters.pt"), folder.resolve("plip.pt"));
        try (Plip plip = Plip.load(folder)) {
            assertThat(plip.width()).isEqualTo(24);
            assertThatThrownBy(() -> plip.encodeTexts(List.of("mucus")))
                    .hasMessageContaining("has no tokenizer.json");
        }
        Files.copy(resource("training.pt"), folder.resolve("other.pt"));
        assertThatThrownBy(() -> ClipCheckpoint.open(folder))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        folder
                                + ": has 2 files that may be the weights (other.pt, plip.pt ..):"
                                + " name one of them");
    }

    // ---- the reference model in other layouts ---------------------------------------------

    /// Writes the reference's tensors `names` as Safetensors.
    private static void write(Path file, Weights weights, List<String> names) throws IOException {
        try (Scope _ = Scope.open()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (String name : names) tensors.put(name, weights.tensor(name));
            Safetensors.write(file, tensors);
        }
    }

    private static void assertEmbedsAsTheReference(Path checkpoint) throws IOException {
        try (Clip clip = Clip.load(checkpoint);
                Safetensors cases =
                        Safetensors.open(TinyClip.folder().resolve("cases.safetensors"));
                Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            TinyClip.assertClose(
                    "image embeddings",
                    clip.imageEmbeddings(cases.tensor("pixel_values")).floats(),
                    cases.tensor("image_embeds_unnormalized").floats(),
                    1e-5);
            TinyClip.assertClose(
                    "text embeddings",
                    clip.textEmbeddings(cases.tensor("input_ids")).floats(),
                    cases.tensor("text_embeds_unnormalized").floats(),
                    1e-5);
        }
    }

    private static Safetensors reference() throws IOException {
        return Safetensors.open(TinyClip.folder().resolve("model.safetensors"));
    }

    @Test
    void shardedSafetensorsAreRead() throws IOException {
        Map<String, String> map = new LinkedHashMap<>();
        String last;
        try (Safetensors reference = reference()) {
            List<String> names = List.copyOf(reference.names());
            last = names.getLast();
            for (int i = 0; i < 3; i++) {
                String file = "model-0000%d-of-00003.safetensors".formatted(i + 1);
                List<String> part = names.subList(i * names.size() / 3, (i + 1) * names.size() / 3);
                write(folder.resolve(file), reference, part);
                for (String name : part) map.put(name, file);
            }
        }
        Files.copy(TinyClip.folder().resolve("config.json"), folder.resolve("config.json"));
        Path index = folder.resolve("model.safetensors.index.json");
        Json.write(index, Map.of("weight_map", map));
        assertEmbedsAsTheReference(folder);

        map.put(last, "model-00001-of-00003.safetensors");
        Json.write(index, Map.of("weight_map", map));
        assertThatThrownBy(() -> ClipCheckpoint.open(folder))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        index
                                + ": "
                                + last
                                + ": model-00001-of-00003.safetensors has no such tensor");
        for (String elsewhere : List.of("../model.safetensors", "/etc/passwd", "", ".hidden")) {
            map.put(last, elsewhere);
            Json.write(index, Map.of("weight_map", map));
            assertThatThrownBy(() -> ClipCheckpoint.open(folder))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("expected the name of a file beside the index");
        }
        map.put(last, "gone.safetensors");
        Json.write(index, Map.of("weight_map", map));
        assertThatThrownBy(() -> ClipCheckpoint.open(folder))
                .hasMessage(folder.resolve("gone.safetensors") + ": no such file");
    }

    @ParameterizedTest
    @EnumSource
    void openClipsNamesOfBothFormsAreRead(OpenAiNames.Form form) throws IOException {
        try (Weights named = OpenAiNames.toOpenAi(reference(), form)) {
            write(folder.resolve("open_clip_model.safetensors"), named, List.copyOf(named.names()));
        }
        Files.writeString(
                folder.resolve("open_clip_config.json"),
                """
                {"model_cfg": {"embed_dim": 48, "quick_gelu": true,
                  "vision_cfg": {"image_size": 64, "layers": 3, "width": 128, "patch_size": 16},
                  "text_cfg": {"context_length": 77, "vocab_size": 600, "width": 64, "heads": 2,
                    "layers": 3}}}
                """);
        assertEmbedsAsTheReference(folder);
    }

    @ParameterizedTest
    @EnumSource
    void namesThereAndBackAreTheSameTensors(OpenAiNames.Form form) throws IOException {
        try (Safetensors reference = reference();
                Weights back = OpenAiNames.toHuggingFace(OpenAiNames.toOpenAi(reference(), form))) {
            assertThat(back.names()).containsExactlyInAnyOrderElementsOf(reference.names());
            for (String name : reference.names()) {
                assertThat(back.shape(name)).as(name).isEqualTo(reference.shape(name));
                assertThat(back.type(name)).isEqualTo(reference.type(name));
                assertThat(back.bytes(name).mismatch(reference.bytes(name))).as(name).isEqualTo(-1);
            }
        }
    }

    // ---- refusals -------------------------------------------------------------------------

    private void openClip(String config) throws IOException {
        Files.writeString(folder.resolve("open_clip_config.json"), config);
        Path weights = folder.resolve("epoch_1.pt");
        if (!Files.exists(weights)) Files.copy(resource("open-clip/epoch_1.pt"), weights);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|model_cfg: expected an object",
                "{'model_cfg': {'vision_cfg': {'timm_model_name': 'vit'}}}"
                        + "|model_cfg.vision_cfg.timm_model_name: is not supported: \"vit\"",
                "{'model_cfg': {'text_cfg': {'hf_model_name': 'bert'}}}"
                        + "|model_cfg.text_cfg.hf_model_name: is not supported: \"bert\"",
                "{'model_cfg': {'vision_cfg': {'pool_type': 'avg'}}}"
                        + "|model_cfg.vision_cfg.pool_type: is not supported: \"avg\"",
                "{'model_cfg': {'vision_cfg': {'layers': [3, 4, 6, 3]}}}"
                        + "|model_cfg.vision_cfg.layers: expected a whole number, got [3,4,6,3]",
                "{'model_cfg': {'vision_cfg': {'head_width': 100}}}"
                        + "|model_cfg.vision_cfg.head_width: 100 does not divide the width 768"
            })
    void anOpenClipModelOfAnotherKindIsRefused(String config, String reason) throws IOException {
        openClip(config.replace('\'', '"'));
        assertThatThrownBy(() -> ClipCheckpoint.open(folder))
                .isInstanceOf(DataException.class)
                .hasMessage(folder.resolve("open_clip_config.json") + ": " + reason);
    }

    @Test
    void whatDoesNotFitTheConfigurationIsNamed() throws IOException {
        openClip("{\"model_cfg\": {}}");
        assertThatThrownBy(() -> ClipCheckpoint.open(folder))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(
                        folder.resolve("epoch_1.pt")
                                + ": does not fit open_clip_config.json: missing vision_model.");
        Path config = folder.resolve("open_clip_config.json");
        String whole = Files.readString(resource("open-clip/open_clip_config.json"));
        Files.writeString(config, whole.replace("\"context_length\": 8", "\"context_length\": 9"));
        assertThatThrownBy(() -> ClipCheckpoint.open(folder))
                .hasMessage(
                        folder.resolve("epoch_1.pt")
                                + ": text_model.embeddings.position_embedding.weight: expected"
                                + " shape [9, 8], got [8, 8]");
        Files.writeString(config, whole.replace("bicubic", "bilinear"));
        try (ClipCheckpoint checkpoint = ClipCheckpoint.open(folder)) {
            assertThatThrownBy(checkpoint::preprocessor)
                    .hasMessage(
                            config
                                    + ": preprocess_cfg.interpolation: expected bicubic, found"
                                    + " bilinear");
        }
    }

    @Test
    void otherModelsAreRefused() throws IOException {
        Path file = folder.resolve("x.safetensors");
        try (Scope _ = Scope.open()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            tensors.put("visual.layer1.0.conv1.weight", Tensor.zeros(ElementType.F32, 1));
            Safetensors.write(file, tensors);
            assertThatThrownBy(() -> ClipCheckpoint.open(file))
                    .hasMessage(
                            file
                                    + ": its image tower is a ResNet, expected a vision"
                                    + " transformer");
            tensors.clear();
            tensors.put("visual.conv1.weight", Tensor.zeros(ElementType.F32, 1));
            Safetensors.write(file, tensors);
            assertThatThrownBy(() -> ClipCheckpoint.open(file))
                    .hasMessage(
                            file + ": visual.conv1.weight: expected a shape of 4 axes, got [1]");
            tensors.clear();
            tensors.put("logit_scale", Tensor.zeros(ElementType.F32));
            Safetensors.write(file, tensors);
            assertThatThrownBy(() -> ClipCheckpoint.open(file))
                    .hasMessage(folder.resolve("config.json") + ": no such file");
        }
    }

    // ---- full size ------------------------------------------------------------------------

    /// The numbers of parameters are those that PyTorch counts.
    @ParameterizedTest
    @CsvSource({"B/32, 151277313", "B/16, 149620737", "L/14, 427616513", "L/14-336, 427944193"})
    void thePublishedSizesAreReadInBothNames(String name, long parameters) throws IOException {
        ClipConfig config = FullSizeTest.published(name);
        config.write(folder.resolve("config.json"));
        ClipParameters shapes = ClipParameters.of(config);
        Path file = folder.resolve("model.safetensors");
        Map<String, long[]> byName = new LinkedHashMap<>();
        for (String tensor : shapes.names()) byName.put(tensor, shapes.shape(tensor));
        writeSparse(file, byName);
        Map<String, long[]> openAi = new LinkedHashMap<>();
        try (ClipCheckpoint checkpoint = ClipCheckpoint.open(folder);
                Weights renamed =
                        OpenAiNames.toOpenAi(checkpoint.weights(), OpenAiNames.Form.FLAT)) {
            assertThat(checkpoint.config()).isEqualTo(config);
            long count = 0;
            for (String tensor : checkpoint.weights().names()) {
                count += checkpoint.weights().bytes(tensor).byteSize() / 4;
            }
            assertThat(count).isEqualTo(parameters);
            for (String tensor : renamed.names()) openAi.put(tensor, renamed.shape(tensor));
        }
        Path openAiFile = folder.resolve("openai.safetensors");
        writeSparse(openAiFile, openAi);
        try (ClipCheckpoint checkpoint = ClipCheckpoint.open(openAiFile)) {
            assertThat(checkpoint.config()).isEqualTo(config);
        }
    }

    /// A Safetensors file of float32 zeros that takes no room on the disk.
    private static void writeSparse(Path file, Map<String, long[]> shapes) throws IOException {
        Map<String, Object> header = new LinkedHashMap<>();
        long offset = 0;
        for (Map.Entry<String, long[]> entry : shapes.entrySet()) {
            long end = offset + 4;
            for (long size : entry.getValue()) end = offset + (end - offset) * size;
            header.put(
                    entry.getKey(),
                    Map.of(
                            "dtype",
                            "F32",
                            "shape",
                            entry.getValue(),
                            "data_offsets",
                            new long[] {offset, end}));
            offset = end;
        }
        byte[] json = Json.MAPPER.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
        ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.write(length.putLong(json.length).array());
            out.write(json);
            out.setLength(8 + json.length + offset);
        }
    }
}
