package org.openplip;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.image.StoredPicture;
import org.openplip.io.DataException;
import org.openplip.model.DenseNet;
import org.openplip.model.ImageTower;
import org.openplip.model.Precision;
import org.openplip.model.VisionTransformer;
import org.openplip.model.VisionTransformerEncoder;
import org.openplip.weights.OpenAiNames;
import org.openplip.weights.Weights;

/// Embeddings of pictures, by PLIP or another CLIP ([Plip]) or by a network that knows pictures
/// alone, such as those that PLIP was compared with:
///
///     try (PictureEncoder encoder = PictureEncoder.open(Path.of("densenet121-mh-best.pth"))) {
///         float[][] images = encoder.rawImages(files); // [n, 1024]
///     }
///
/// Embeddings are float32 in the order of what was given, of unit length but for the `raw` forms.
/// Safe to share between threads, which take turns with the network. Close it after the last use.
public sealed interface PictureEncoder extends AutoCloseable permits Plip, PlainPictureEncoder {
    /// The encoder in `model`, in float32, as [#open(Path, Precision, int)] says.
    static PictureEncoder open(Path model) throws IOException {
        return open(model, Precision.FLOAT32, Plip.BATCH);
    }

    /// The encoder in `model`: a checkpoint that [Plip#load(Path, Precision, int)] reads, or a file
    /// (`.pth`, `.bin`, `.safetensors`) with the state dict of one of torchvision's networks, told
    /// by the names of its tensors and prepared for as PLIP's authors did:
    ///
    /// - DenseNet, of any size; MuDiPath's is `densenet121-mh-best-191205-141200.pth`. Pictures are
    ///   prepared by torchvision's rules at 224 pixels.
    /// - Vision transformer, such as ViT-B/32. Pictures are prepared by CLIP's rules and with
    ///   CLIP's statistics, at the model's image size.
    ///
    /// For another preparation see [#of(ImageTower, ImagePreprocessor, int)].
    ///
    /// @param precision what such a network cannot compute in is refused
    /// @param batch pictures that go through the network together; more take more memory
    /// @throws DataException if a file is missing or wrong, or none of these
    static PictureEncoder open(Path model, Precision precision, int batch) throws IOException {
        if (!Files.isRegularFile(model)) return Plip.load(model, precision, batch);
        try (Weights weights = Weights.open(model)) {
            if (DenseNet.isIn(weights)) {
                ImagePreprocessor preprocessor = ImagePreprocessor.torchvision(224, 224);
                return of(DenseNet.of(weights, precision), preprocessor, batch);
            }
            if (VisionTransformer.isIn(weights)) {
                try (VisionTransformer transformer = VisionTransformer.of(weights)) {
                    int size = transformer.config().imageSize();
                    return of(
                            VisionTransformerEncoder.of(transformer, precision),
                            ImagePreprocessor.clip(size),
                            batch);
                }
            }
            if (!OpenAiNames.areIn(weights) && !weights.names().contains("logit_scale")) {
                throw new DataException(
                        model,
                        "expected a CLIP, or torchvision's DenseNet or vision transformer; found"
                                + " the tensors "
                                + first(weights));
            }
        }
        return Plip.load(model, precision, batch);
    }

    private static String first(Weights weights) {
        List<String> names = weights.names().stream().limit(4).toList();
        return String.join(", ", names) + (names.size() < weights.names().size() ? " .." : "");
    }

    /// The encoder that prepares pictures with `preprocessor` for `tower`, and closes it.
    ///
    /// @param batch pictures that go through the network together
    static PictureEncoder of(ImageTower tower, ImagePreprocessor preprocessor, int batch) {
        return new PlainPictureEncoder(tower, preprocessor, batch);
    }

    /// The length of an embedding.
    int width();

    /// What pictures go through before the network.
    ImagePreprocessor preprocessor();

    /// Embeddings of picture files, float32 `[files, width]`, each of unit length, in their order.
    ///
    /// @throws DataException if files cannot be read: names the first, and says how many there are.
    ///   To keep going without them, see [#encodeImages(Stream)]
    default float[][] encodeImages(List<Path> files) throws DataException {
        return Embeddings.unitLength(rawImages(files));
    }

    /// What becomes of each of any number of picture files, in their order: embeddings of unit
    /// length, or the reason why a file cannot be read.
    ///
    /// Lazy: a few batches of files are taken ahead of the results and decoded while the network
    /// encodes the batch before, so that memory does not grow with the number of files. For one
    /// thread. Close it, which closes `files` and lets go of what was decoded ahead.
    ///
    ///     try (Stream<ImageResult> results = encoder.encodeImages(files)) {
    ///         results.forEach(result -> ...);
    ///     }
    ///
    /// Taking results throws a CancellationException in a thread that is interrupted, and an
    /// IllegalStateException once the encoder is closed.
    default Stream<ImageResult> encodeImages(Stream<Path> files) {
        return encodeStored(files.map(StoredPicture::of));
    }

    /// As [#encodeImages(Stream)], but of pictures that need not be files of their own.
    Stream<ImageResult> encodeStored(Stream<? extends StoredPicture> pictures);

    /// Embeddings of pictures in memory, float32 `[pictures, width]`, each of unit length.
    default float[][] encodePictures(List<RgbImage> pictures) {
        return Embeddings.unitLength(rawPictures(pictures));
    }

    /// Embeddings of pictures that went through [#preprocessor()] before, float32 `[pictures,
    /// width]`, each of unit length: for callers that keep a picture no longer than it takes to
    /// prepare it.
    float[][] encodePrepared(List<RgbImage> prepared);

    /// As [#encodeImages(List)], but as they leave the network.
    float[][] rawImages(List<Path> files) throws DataException;

    /// As [#encodeImages(Stream)], but as they leave the network.
    Stream<ImageResult> rawImages(Stream<Path> files);

    /// As [#encodePictures], but as they leave the network.
    float[][] rawPictures(List<RgbImage> pictures);

    /// Frees the network, after the batch that is in it. Later calls throw IllegalStateException.
    @Override
    void close();
}
