package org.openplip;

import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.image.StoredPicture;
import org.openplip.io.DataException;
import org.openplip.model.ImageTower;

/// Embeddings of pictures by a network that knows pictures alone.
final class PlainPictureEncoder implements PictureEncoder {
    private final ImageTower tower;
    private final PictureBatches pictures;
    private final Turn turn = new Turn();

    PlainPictureEncoder(ImageTower tower, ImagePreprocessor preprocessor, int batch) {
        this.tower = tower;
        this.pictures = new PictureBatches(preprocessor, batch, this::encode);
    }

    private float[][] encode(List<RgbImage> prepared) {
        ImagePreprocessor preprocessor = preprocessor();
        int size = preprocessor.cropSize();
        int each = 3 * size * size;
        float[] pixels = new float[prepared.size() * each];
        IntStream.range(0, prepared.size())
                .parallel()
                .forEach(i -> preprocessor.normalize(prepared.get(i), pixels, i * each));
        return turn.take(() -> tower.images(pixels, size));
    }

    @Override
    public int width() {
        return tower.width();
    }

    @Override
    public ImagePreprocessor preprocessor() {
        return pictures.preprocessor();
    }

    @Override
    public Stream<ImageResult> encodeStored(Stream<? extends StoredPicture> stored) {
        return pictures.stream(stored, Embeddings::unitLength);
    }

    @Override
    public float[][] rawImages(List<Path> files) throws DataException {
        return pictures.files(files);
    }

    @Override
    public Stream<ImageResult> rawImages(Stream<Path> files) {
        return pictures.stream(files.map(StoredPicture::of), UnaryOperator.identity());
    }

    @Override
    public float[][] encodePrepared(List<RgbImage> prepared) {
        return Embeddings.unitLength(pictures.prepared(prepared));
    }

    @Override
    public float[][] rawPictures(List<RgbImage> images) {
        return pictures.pictures(images);
    }

    @Override
    public void close() {
        pictures.close();
        turn.last(tower::close);
    }
}
