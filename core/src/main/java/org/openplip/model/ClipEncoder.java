package org.openplip.model;

import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.LibTorch;
import org.openplip.tensor.NoGradients;
import org.openplip.tensor.Scope;
import org.openplip.tensor.Tensor;
import org.openplip.weights.Weights;

/// A CLIP prepared for encoding, in the form and the [Precision] that it computes fastest in.
///
/// It takes 8-bit pictures: their normalisation is folded into the first matrix, so that its input
/// is exact in every precision. A tower is made when it is first used.
///
/// Owns its weights; close it to free them, but not while it encodes. Several threads may encode at
/// the same time.
public final class ClipEncoder implements AutoCloseable {
    /// Taken from each 8-bit value before the first matrix: the rest is exact in bfloat16, and
    /// small, so that little is lost in what the matrix adds up.
    private static final int MIDDLE_GREY = 128;

    private final ClipConfig config;
    private final ImagePreprocessor preprocessor;
    private final Precision precision;
    private final Source source;
    private final double logitScale;
    private final Scope owner = Scope.holder();
    private ClipTowers.@Nullable Vision vision;
    private ClipTowers.@Nullable Text text;
    private boolean closed;

    /// Where the weights come from.
    private sealed interface Source extends FrozenSource.Values {
        /// Gives up what making a tower took.
        void release() throws DataException;

        void close();

        record Files(ClipCheckpoint checkpoint) implements Source {
            @Override
            public Tensor of(String name) throws DataException {
                Weights weights = checkpoint.weights();
                return Tensor.view(weights.type(name), weights.bytes(name), weights.shape(name))
                        .to(ElementType.F32);
            }

            /// The file is mapped until the encoder is closed: of the table of tokens, no more is
            /// in memory than was looked up.
            @Override
            public boolean last() {
                return true;
            }

            @Override
            public void release() {
                checkpoint.weights().release();
            }

            @Override
            public void close() {
                checkpoint.close();
            }
        }

        /// A model of the caller's.
        record Memory(Clip clip) implements Source {
            @Override
            public Tensor of(String name) {
                return clip.parameter(name).detach();
            }

            @Override
            public void release() {}

            @Override
            public void close() {}
        }
    }

    private ClipEncoder(
            ClipConfig config, ImagePreprocessor preprocessor, Precision precision, Source source)
            throws DataException {
        this.config = config;
        this.preprocessor = preprocessor;
        this.precision = precision;
        this.source = source;
        try (Scope _ = Scope.open()) {
            logitScale = Math.exp(source.of(ClipParameters.LOG_LOGIT_SCALE).item());
        }
    }

    // ---- making ---------------------------------------------------------------------------

    /// An encoder with the present weights of `clip`, which may be closed or trained on afterwards.
    ///
    /// @param preprocessor whose pictures it takes
    public static ClipEncoder of(Clip clip, ImagePreprocessor preprocessor, Precision precision) {
        ClipEncoder encoder = null;
        boolean made = false;
        try {
            encoder =
                    new ClipEncoder(
                            clip.config(), preprocessor, precision, new Source.Memory(clip));
            encoder.vision();
            encoder.text();
            made = true;
            return encoder;
        } catch (DataException e) {
            throw new UncheckedIOException(e);
        } finally {
            if (!made && encoder != null) encoder.close();
        }
    }

    /// An encoder over an open checkpoint, which it closes when it is closed itself. Weights are
    /// read when a tower is first used.
    ///
    /// @param preprocessor whose pictures it takes
    /// @throws DataException if the checkpoint cannot be read
    public static ClipEncoder of(
            ClipCheckpoint checkpoint, ImagePreprocessor preprocessor, Precision precision)
            throws DataException {
        return new ClipEncoder(
                checkpoint.config(), preprocessor, precision, new Source.Files(checkpoint));
    }

    private synchronized ClipTowers.Vision vision() {
        if (vision == null) {
            vision = made(frozen -> ClipTowers.Vision.of(frozen, config.vision(), patches(frozen)));
        }
        return vision;
    }

    private synchronized ClipTowers.Text text() {
        if (text == null) text = made(frozen -> ClipTowers.Text.of(frozen, config.text()));
        return text;
    }

    private <T> T made(Function<FrozenSource, T> tower) {
        if (closed) throw new IllegalStateException("the encoder is closed");
        try (Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            T made = tower.apply(new FrozenSource(source, precision, owner));
            source.release();
            return made;
        } catch (DataException e) {
            throw new UncheckedIOException(e);
        } finally {
            LibTorch.releaseFreedMemory();
        }
    }

    /// The first matrix, over bytes: `[b, n, 3 p p]`, in which the three of a pixel stand together.
    private ClipTowers.Linear patches(FrozenSource source) {
        long w = config.vision().width();
        long p = config.vision().patchSize();
        float[] slope = new float[3];
        float[] grey = new float[3];
        for (int c = 0; c < 3; c++) {
            slope[c] = 1 / (255 * preprocessor.std()[c]);
            grey[c] = (MIDDLE_GREY / 255f - preprocessor.mean()[c]) / preprocessor.std()[c];
        }
        return source.part(
                () -> {
                    Tensor weight =
                            source.parameter("vision_model.embeddings.patch_embedding.weight")
                                    .permute(0, 2, 3, 1); // [w, p, p, 3]
                    Tensor bias =
                            weight.multiply(Tensor.of(grey, 3))
                                    .reshape(w, 3 * p * p)
                                    .matmul(Tensor.ones(ElementType.F32, 3 * p * p)); // [w]
                    ClipTowers.Linear matrix =
                            source.linear(
                                    weight.multiply(Tensor.of(slope, 3)).reshape(w, 3 * p * p),
                                    bias);
                    return x ->
                            matrix.apply(x.to(precision.activations()).addInPlace(-MIDDLE_GREY));
                });
    }

    // ---- looking --------------------------------------------------------------------------

    public ClipConfig config() {
        return config;
    }

    /// What similarities are multiplied by.
    public double logitScale() {
        return logitScale;
    }

    // ---- encoding -------------------------------------------------------------------------

    /// Embeddings `[n][projection width]`, not of unit length.
    ///
    /// @param pictures `[n]`, at least one, as [ImagePreprocessor#apply(RgbImage)] gives them
    public float[][] images(List<RgbImage> pictures) {
        int n = pictures.size();
        int size = config.vision().imageSize();
        long p = config.vision().patchSize();
        long side = size / p;
        int each = 3 * size * size;
        if (n < 1 || n > Integer.MAX_VALUE / each) {
            throw new IllegalArgumentException(
                    "pictures: expected 1 to %d, got %d".formatted(Integer.MAX_VALUE / each, n));
        }
        byte[] pixels = new byte[n * each];
        for (int i = 0; i < n; i++) {
            RgbImage picture = pictures.get(i);
            if (picture.width() != size || picture.height() != size) {
                throw new IllegalArgumentException(
                        "pictures: expected %d x %d pixels, got %d x %d"
                                .formatted(size, size, picture.width(), picture.height()));
            }
            System.arraycopy(picture.pixels(), 0, pixels, i * each, each);
        }
        ClipTowers.Vision tower = vision();
        try (Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            Tensor patches =
                    Tensor.of(pixels, n, side, p, side, 3 * p)
                            .transpose(2, 3) // [n, side, side, p, 3 p]
                            .reshape(n, side * side, 3 * p * p);
            return split(tower.apply(patches), n);
        }
    }

    /// Embeddings `[n][projection width]`, not of unit length.
    ///
    /// @param ids `[n, t]`, the tokenizer's rows, which may be cut after the longest text's end
    public float[][] texts(long[] ids, int n) {
        if (n < 1 || ids.length % n != 0) {
            throw new IllegalArgumentException(
                    "ids: expected a multiple of %d, got %d".formatted(n, ids.length));
        }
        ClipTowers.Text tower = text();
        try (Scope _ = Scope.open();
                NoGradients _ = NoGradients.open()) {
            Tensor rows = Tensor.of(ids, n, ids.length / n);
            Clip.checkIds(config, rows);
            return split(tower.apply(rows), n);
        }
    }

    private float[][] split(Tensor embeddings, int n) {
        float[] all = embeddings.floats();
        int width = config.projectionWidth();
        float[][] rows = new float[n][width];
        for (int i = 0; i < n; i++) System.arraycopy(all, i * width, rows[i], 0, width);
        return rows;
    }

    /// Frees the weights.
    @Override
    public synchronized void close() {
        closed = true;
        owner.close();
        source.close();
    }
}
