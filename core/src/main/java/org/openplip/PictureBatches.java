package org.openplip;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.openplip.EncodingPipeline.Outcome;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.image.StoredPicture;
import org.openplip.io.DataException;

/// The one path from pictures to embeddings: decoded and prepared side by side, and encoded in
/// batches by whatever network it is given. Safe to share between threads.
final class PictureBatches implements AutoCloseable {
    private final ImagePreprocessor preprocessor;
    private final EncodingPipeline<RgbImage> pipeline;

    /// @param encoder from prepared pictures `[count]` to embeddings `[count][width]`
    PictureBatches(
            ImagePreprocessor preprocessor,
            int batch,
            EncodingPipeline.BatchEncoder<RgbImage> encoder) {
        this.preprocessor = preprocessor;
        this.pipeline = new EncodingPipeline<>(batch, encoder);
    }

    ImagePreprocessor preprocessor() {
        return preprocessor;
    }

    /// Embeddings of picture files.
    ///
    /// @throws DataException if files cannot be read: names the first, and says how many there are
    float[][] files(List<Path> files) throws DataException {
        float[][] embeddings = new float[files.size()][];
        DataException first = null;
        int unreadable = 0;
        int row = 0;
        try (EncodingPipeline<RgbImage>.Results<StoredPicture> results =
                pipeline.encode(files.stream().map(StoredPicture::of).iterator(), this::prepare)) {
            while (results.hasNext()) {
                switch (results.next()) {
                    case Outcome.Embedded<StoredPicture>(_, float[] embedding) ->
                            embeddings[row] = embedding;
                    case Outcome.Rejected<StoredPicture>(_, DataException why) -> {
                        if (first == null) first = why;
                        unreadable++;
                    }
                }
                row++;
            }
        }
        if (first == null) return embeddings;
        if (unreadable == 1) throw first;
        throw new DataException(
                first.source(),
                first.position(),
                "%s; and %d more of the %d files cannot be read"
                        .formatted(first.reason(), unreadable - 1, files.size()),
                first);
    }

    /// Embeddings of pictures in memory that are prepared.
    ///
    /// @throws IllegalArgumentException if one is not of the size that the preprocessor gives
    float[][] prepared(List<RgbImage> pictures) {
        int size = preprocessor.cropSize();
        for (RgbImage picture : pictures) {
            if (picture.width() != size || picture.height() != size) {
                throw new IllegalArgumentException(
                        "prepared: expected %d x %d pixels, got %d x %d"
                                .formatted(size, size, picture.width(), picture.height()));
            }
        }
        return embed(pictures, picture -> picture);
    }

    /// Embeddings of pictures in memory.
    float[][] pictures(List<RgbImage> pictures) {
        return embed(pictures, preprocessor::apply);
    }

    private float[][] embed(
            List<RgbImage> pictures, EncodingPipeline.Preparation<RgbImage, RgbImage> preparation) {
        List<float[]> embeddings = new ArrayList<>(pictures.size());
        try (EncodingPipeline<RgbImage>.Results<RgbImage> results =
                pipeline.encode(pictures.iterator(), preparation)) {
            while (results.hasNext()) {
                switch (results.next()) {
                    case Outcome.Embedded<RgbImage>(RgbImage _, float[] embedding) ->
                            embeddings.add(embedding);
                    case Outcome.Rejected<RgbImage>(RgbImage _, DataException why) ->
                            throw new IllegalStateException("a decoded picture was rejected", why);
                }
            }
        }
        return embeddings.toArray(float[][]::new);
    }

    /// What becomes of each picture, in their order, as it is asked for. Closing it closes
    /// `pictures`.
    ///
    /// @param scaling what becomes of each embedding
    Stream<ImageResult> stream(
            Stream<? extends StoredPicture> pictures, UnaryOperator<float[]> scaling) {
        EncodingPipeline<RgbImage>.Results<StoredPicture> results =
                pipeline.encode(pictures.iterator(), this::prepare);
        Iterator<ImageResult> rows =
                new Iterator<>() {
                    private long row;

                    @Override
                    public boolean hasNext() {
                        return results.hasNext();
                    }

                    @Override
                    public ImageResult next() {
                        return switch (results.next()) {
                            case Outcome.Embedded<StoredPicture>(
                                            StoredPicture picture,
                                            float[] embedding) ->
                                    new ImageResult.Embedded(
                                            row++, picture.file(), scaling.apply(embedding));
                            case Outcome.Rejected<StoredPicture>(
                                            StoredPicture picture,
                                            DataException why) ->
                                    new ImageResult.Unreadable(row++, picture.file(), why.reason());
                        };
                    }
                };
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(
                                rows, Spliterator.ORDERED | Spliterator.NONNULL),
                        false)
                .onClose(results::close)
                .onClose(pictures::close);
    }

    private RgbImage prepare(StoredPicture picture) throws DataException {
        return preprocessor.apply(picture.decode());
    }

    /// Ends the preparing threads. Whoever waits for results gets an IllegalStateException.
    @Override
    public void close() {
        pipeline.close();
    }
}
