package org.openplip.onnx;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.ProtobufMessage;
import org.openplip.model.ClipConfig;
import org.openplip.tensor.ElementType;
import org.openplip.weights.Weights;

/// Writes CLIP's two towers as ONNX files, operator set 17, that a runtime runs with batches of any
/// size:
///
/// - `image.onnx`: `pixel_values` float32 `[batch, 3, size, size]` to `image_embeds` float32
///   `[batch, projection width]`
/// - `text.onnx`: `input_ids` int64 `[batch, sequence]`, `sequence` at most the context, to
///   `text_embeds` float32 `[batch, projection width]`
///
/// Embeddings are not of unit length. What follows the end of a text is not looked at, so rows may
/// be padded with anything, and an attention mask is not needed.
public final class ClipOnnx {
    /// The most that a protobuf message may hold, in bytes.
    private static final long LARGEST_FILE = Integer.MAX_VALUE;

    private ClipOnnx() {}

    /// Writes `image.onnx` and `text.onnx` into `folder`.
    ///
    /// With [ElementType#I8] the matrices are int8, symmetric, with a scale for each output, and
    /// what they are multiplied with becomes uint8 as it comes (DynamicQuantizeLinear,
    /// MatMulInteger); everything else, the tables of tokens and positions too, stays float32. On
    /// processors without VNNI, ONNX Runtime's sums of such products may saturate.
    ///
    /// @param weights of Hugging Face's names; widened to float32
    /// @param type float32 or int8
    /// @param version of the program, noted in the files
    /// @param metadata free-form strings, noted in the files
    /// @throws DataException if a tensor is missing, or a tower is too large for one file
    public static void write(
            Path folder,
            ClipConfig config,
            Weights weights,
            ElementType type,
            String version,
            Map<String, String> metadata)
            throws IOException {
        if (type != ElementType.F32 && type != ElementType.I8) {
            throw new IllegalArgumentException("type: expected F32 or I8, got " + type);
        }
        boolean int8 = type == ElementType.I8;
        ProtobufMessage image = TowerGraph.image(config, weights, int8, version, metadata);
        ProtobufMessage text = TowerGraph.text(config, weights, int8, version, metadata);
        for (ProtobufMessage model : new ProtobufMessage[] {image, text}) {
            if (model.size() > LARGEST_FILE) {
                throw new DataException(
                        weights.file(),
                        "a tower of %d bytes is too large for ONNX, which holds %d in one file"
                                .formatted(model.size(), LARGEST_FILE));
            }
        }
        AtomicFiles.write(folder.resolve("image.onnx"), image::writeTo);
        AtomicFiles.write(folder.resolve("text.onnx"), text::writeTo);
    }
}
