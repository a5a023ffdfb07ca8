package org.openplip;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Gatherers;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.image.StoredPicture;
import org.openplip.io.DataException;
import org.openplip.model.ClipCheckpoint;
import org.openplip.model.ClipConfig;
import org.openplip.model.ClipEncoder;
import org.openplip.model.Precision;
import org.openplip.tokenizer.ClipTokenizer;

/// Embeddings of pictures and captions by a checkpoint: the one path from a file to an embedding.
///
///     try (Plip plip = Plip.load(Path.of("plip"))) {
///         float[][] images = plip.encodeImages(files);                       // [n, 512]
///         float[][] texts = plip.encodeTexts(List.of("an H&E image of mucus")); // [1, 512]
///         float[][] cosines = Embeddings.similarity(images, texts);          // [n, 1]
///     }
///
/// Embeddings are float32 in the order of what was given, of unit length but for the `raw` forms.
///
/// Safe to share between threads: pictures are prepared side by side, and the model, which uses all
/// cores, encodes one batch at a time, for one caller after another. How many items share a batch
/// may change an embedding's last bits, what else runs does not. Close it after the last use.
public final class Plip implements PictureEncoder {
    /// Pictures or captions that go through the model together, where nothing else is asked for.
    public static final int BATCH = 32;

    /// Captions of a stream that are read, and encoded in batches, together.
    public static final int TEXT_WINDOW = 1024;

    private final ClipEncoder encoder;
    private final @Nullable ClipTokenizer tokenizer;
    private final Path checkpoint;
    private final int batch;
    private final PictureBatches pictures;
    private final Turn turn = new Turn();

    private Plip(
            ClipEncoder encoder,
            ImagePreprocessor preprocessor,
            @Nullable ClipTokenizer tokenizer,
            Path checkpoint,
            int batch) {
        this.checkpoint = checkpoint;
        this.encoder = encoder;
        this.tokenizer = tokenizer;
        this.batch = batch;
        this.pictures = new PictureBatches(preprocessor, batch, this::encode);
    }

    /// The model in a checkpoint of any form that [ClipCheckpoint] reads, in float32.
    ///
    /// @throws DataException if a file is missing or wrong, or files do not fit together
    public static Plip load(Path checkpoint) throws IOException {
        return load(checkpoint, Precision.FLOAT32, BATCH);
    }

    /// The model in a checkpoint of any form that [ClipCheckpoint] reads. Where no tokenizer's
    /// files lie beside the weights, it can embed pictures only.
    ///
    /// @param batch pictures or captions that go through the model together; more take more memory
    /// @throws DataException if a file is missing or wrong, or files do not fit together
    public static Plip load(Path checkpoint, Precision precision, int batch) throws IOException {
        if (batch < 1) {
            throw new IllegalArgumentException("batch: expected at least 1, got " + batch);
        }
        ClipCheckpoint opened = ClipCheckpoint.open(checkpoint);
        Plip loaded = null;
        try {
            ImagePreprocessor preprocessor = opened.preprocessor();
            Path folder = opened.folder();
            ClipTokenizer tokenizer = null;
            if (ClipTokenizer.isIn(folder)) {
                tokenizer = ClipTokenizer.load(folder);
                checkTokenizer(folder, tokenizer, opened.config().text());
            }
            ClipEncoder encoder = ClipEncoder.of(opened, preprocessor, precision);
            loaded = new Plip(encoder, preprocessor, tokenizer, checkpoint, batch);
            return loaded;
        } finally {
            if (loaded == null) opened.close();
        }
    }

    private static void checkTokenizer(Path folder, ClipTokenizer tokenizer, ClipConfig.Text text)
            throws DataException {
        if (tokenizer.vocabularySize() > text.vocabulary()) {
            throw new DataException(
                    folder,
                    "the tokenizer has %d tokens, the model only %d"
                            .formatted(tokenizer.vocabularySize(), text.vocabulary()));
        }
        int[] row = tokenizer.row("", text.context());
        long[] ids = new long[row.length];
        for (int i = 0; i < ids.length; i++) ids[i] = row[i];
        try {
            text.endOfText(ids, 0, ids.length);
        } catch (IllegalArgumentException e) {
            throw new DataException(
                    folder.toString(),
                    null,
                    "the tokenizer ends a text with %d, the model with %d"
                            .formatted(tokenizer.endId(), text.endId()),
                    e);
        }
    }

    // ---- looking --------------------------------------------------------------------------

    @Override
    public int width() {
        return encoder.config().projectionWidth();
    }

    /// What similarities of embeddings of unit length are multiplied by to give logits.
    public float logitScale() {
        return (float) encoder.logitScale();
    }

    @Override
    public ImagePreprocessor preprocessor() {
        return pictures.preprocessor();
    }

    /// @throws UncheckedIOException if the checkpoint has no tokenizer
    public ClipTokenizer tokenizer() {
        if (tokenizer != null) return tokenizer;
        throw new UncheckedIOException(
                new DataException(
                        checkpoint,
                        "has no tokenizer.json, nor vocab.json and merges.txt: it cannot embed"
                                + " captions"));
    }

    // ---- pictures -------------------------------------------------------------------------

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

    // ---- captions -------------------------------------------------------------------------

    /// Embeddings of captions, float32 `[texts, width]`, each of unit length, in their order. What
    /// is longer than the model's context is cut.
    ///
    /// @throws UncheckedIOException if the checkpoint has no tokenizer
    public float[][] encodeTexts(List<String> texts) {
        return Embeddings.unitLength(rawTexts(texts));
    }

    /// Embeddings of any number of captions, float32 `[width]`, each of unit length, in their
    /// order; [#TEXT_WINDOW] are in memory at a time. Lazy; closing it closes `texts`.
    ///
    /// @throws UncheckedIOException when embeddings are taken and the checkpoint has no tokenizer
    public Stream<float[]> encodeTexts(Stream<String> texts) {
        return rawTexts(texts).map(Embeddings::unitLength);
    }

    /// As [#encodeTexts(List)], but as they leave the model.
    public float[][] rawTexts(List<String> texts) {
        return new TextBatches(tokenizer(), encoder.config().text(), batch, this::encode)
                .encode(texts);
    }

    /// As [#encodeTexts(Stream)], but as they leave the model.
    public Stream<float[]> rawTexts(Stream<String> texts) {
        return texts.gather(Gatherers.windowFixed(TEXT_WINDOW))
                .flatMap(window -> Arrays.stream(rawTexts(window)));
    }

    // ---- labels ---------------------------------------------------------------------------

    /// Which of `labels` fits each picture file best, in the order of `files`.
    ///
    /// @throws DataException if files cannot be read, as [#encodeImages(List)] says
    public List<Prediction> zeroShot(List<Path> files, List<String> labels, Prompts prompts)
            throws DataException {
        ZeroShotClassifier classifier = classifier(labels, prompts);
        return Arrays.stream(encodeImages(files)).map(classifier::predict).toList();
    }

    /// What tells `labels` apart in embeddings of pictures, those of a stream too.
    public ZeroShotClassifier classifier(List<String> labels, Prompts prompts) {
        float[][] sentences = rawTexts(prompts.sentences(labels));
        return new ZeroShotClassifier(labels, prompts.classes(sentences), logitScale());
    }

    // ---- the model ------------------------------------------------------------------------

    private float[][] encode(long[] ids, int count) {
        return turn.take(() -> encoder.texts(ids, count));
    }

    private float[][] encode(List<RgbImage> prepared) {
        return turn.take(() -> encoder.images(prepared));
    }

    @Override
    public void close() {
        pictures.close();
        turn.last(encoder::close);
    }
}
