package org.openplip;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.openplip.image.ImageDecoder;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;
import org.openplip.model.Clip;
import org.openplip.model.ClipCheckpoint;
import org.openplip.model.ClipConfig;
import org.openplip.model.ClipEncoder;
import org.openplip.model.Precision;
import org.openplip.tokenizer.ClipTokenizer;

/// Embeddings of pictures and captions by a checkpoint: the one path from a file to an embedding.
///
///     try (Plip plip = Plip.load(Path.of("checkpoint"))) {
///         float[][] texts = plip.encodeTexts(List.of("tumor", "normal"));
///         float[][] images = plip.encodeImages(List.of(ImageDecoder.decode(file)));
///     }
///
/// Embeddings are float32 `[n][width]`, in the order of what was given. Safe to share between
/// threads: pictures are prepared side by side, and the model, which uses all cores, encodes one
/// batch at a time under a lock. Close it after the last use.
public final class Plip implements AutoCloseable {
    /// Pictures or captions that go through the model together.
    private static final int BATCH = 32;

    private final ClipEncoder encoder;
    private final ImagePreprocessor preprocessor;
    private final @Nullable ClipTokenizer tokenizer;
    private final Path checkpoint;
    private final ReentrantLock turn = new ReentrantLock();

    private Plip(
            ClipEncoder encoder,
            ImagePreprocessor preprocessor,
            @Nullable ClipTokenizer tokenizer,
            Path checkpoint) {
        this.checkpoint = checkpoint;
        this.encoder = encoder;
        this.preprocessor = preprocessor;
        this.tokenizer = tokenizer;
    }

    /// The model in a checkpoint of any form that [ClipCheckpoint] reads, in float32.
    ///
    /// @throws DataException if a file is missing or wrong, or files do not fit together
    public static Plip load(Path checkpoint) throws IOException {
        return load(checkpoint, Precision.FLOAT32);
    }

    /// The model in a checkpoint of any form that [ClipCheckpoint] reads. Where no tokenizer's
    /// files lie beside the weights, it can embed pictures only.
    ///
    /// @throws DataException if a file is missing or wrong, or files do not fit together
    public static Plip load(Path checkpoint, Precision precision) throws IOException {
        try (ClipCheckpoint opened = ClipCheckpoint.open(checkpoint);
                Clip clip = Clip.of(opened)) {
            ImagePreprocessor preprocessor = opened.preprocessor();
            Path folder = opened.folder();
            ClipTokenizer tokenizer = null;
            if (Files.exists(folder.resolve("tokenizer.json"))
                    || Files.exists(folder.resolve("vocab.json"))) {
                tokenizer = ClipTokenizer.load(folder);
                checkTokenizer(folder, tokenizer, clip.config().text());
            }
            return new Plip(ClipEncoder.of(clip, precision), preprocessor, tokenizer, checkpoint);
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

    /// The length of an embedding.
    public int width() {
        return encoder.config().projectionWidth();
    }

    /// What similarities of embeddings of unit length are multiplied by to give logits.
    public float logitScale() {
        return (float) encoder.logitScale();
    }

    public ImagePreprocessor preprocessor() {
        return preprocessor;
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

    // ---- encoding -------------------------------------------------------------------------

    /// Embeddings of captions, of unit length. What is longer than the model's context is cut.
    ///
    /// @throws UncheckedIOException if the checkpoint has no tokenizer
    public float[][] encodeTexts(List<String> texts) {
        return unitLength(rawTexts(texts));
    }

    /// Embeddings of pictures, of unit length.
    public float[][] encodeImages(List<RgbImage> images) {
        return unitLength(rawImages(images));
    }

    /// Embeddings of captions, as they leave the model.
    ///
    /// @throws UncheckedIOException if the checkpoint has no tokenizer
    public float[][] rawTexts(List<String> texts) {
        int context = encoder.config().text().context();
        ClipTokenizer words = tokenizer();
        float[][] embeddings = new float[texts.size()][];
        for (int start = 0; start < texts.size(); start += BATCH) {
            int n = Math.min(BATCH, texts.size() - start);
            long[] ids = new long[n * context];
            for (int i = 0; i < n; i++) {
                int[] row = words.row(texts.get(start + i), context);
                for (int j = 0; j < context; j++) ids[i * context + j] = row[j];
            }
            turn.lock();
            try {
                System.arraycopy(encoder.texts(ids), 0, embeddings, start, n);
            } finally {
                turn.unlock();
            }
        }
        return embeddings;
    }

    /// Embeddings of pictures, as they leave the model.
    public float[][] rawImages(List<RgbImage> images) {
        float[][] embeddings = new float[images.size()][];
        for (int start = 0; start < images.size(); start += BATCH) {
            int n = Math.min(BATCH, images.size() - start);
            List<RgbImage> prepared = new ArrayList<>(n);
            for (RgbImage image : images.subList(start, start + n)) {
                prepared.add(preprocessor.apply(image));
            }
            System.arraycopy(encodePrepared(prepared), 0, embeddings, start, n);
        }
        return embeddings;
    }

    /// Embeddings of pictures that the preprocessor has resized and cropped.
    private float[][] encodePrepared(List<RgbImage> images) {
        int size = encoder.config().vision().imageSize();
        int each = 3 * size * size;
        float[] pixels = new float[images.size() * each];
        for (int i = 0; i < images.size(); i++) {
            preprocessor.normalize(images.get(i), pixels, i * each);
        }
        turn.lock();
        try {
            return encoder.images(pixels);
        } finally {
            turn.unlock();
        }
    }

    private static float[][] unitLength(float[][] embeddings) {
        for (float[] embedding : embeddings) {
            double squares = 0;
            for (float value : embedding) squares += (double) value * value;
            double length = Math.sqrt(squares);
            for (int i = 0; i < embedding.length; i++) {
                embedding[i] = (float) (embedding[i] / length);
            }
        }
        return embeddings;
    }

    // ---- files ----------------------------------------------------------------------------

    /// A file on its way to the model.
    private sealed interface Prepared {
        record Picture(RgbImage image) implements Prepared {}

        record Rejected(String reason) implements Prepared {}
    }

    /// Hands the embedding of each file, of unit length, or the reason why there is none, to
    /// `results`, in the order of `files` and on the calling thread. Files are decoded on other
    /// threads while the model encodes; at most a few batches are held in memory.
    public void encodeFiles(List<Path> files, Consumer<ImageResult> results) {
        encodeFiles(files, true, results);
    }

    /// As [#encodeFiles], but with the embeddings as they leave the model.
    public void rawFiles(List<Path> files, Consumer<ImageResult> results) {
        encodeFiles(files, false, results);
    }

    private void encodeFiles(
            List<Path> files, boolean toUnitLength, Consumer<ImageResult> results) {
        ExecutorService pool =
                Executors.newFixedThreadPool(
                        Runtime.getRuntime().availableProcessors(),
                        Thread.ofPlatform().daemon().name("decode-", 0).factory());
        try {
            Queue<Future<Prepared>> ahead = new ArrayDeque<>();
            int submitted = 0;
            for (int start = 0; start < files.size(); start += BATCH) {
                while (submitted < files.size() && submitted < start + 3 * BATCH) {
                    Path file = files.get(submitted++);
                    ahead.add(pool.submit(() -> prepare(file)));
                }
                List<Prepared> batch = new ArrayList<>();
                while (batch.size() < BATCH && !ahead.isEmpty()) batch.add(ahead.remove().get());
                encode(files, start, batch, toUnitLength, results);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while encoding files", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            pool.shutdownNow();
        }
    }

    private Prepared prepare(Path file) {
        try {
            return new Prepared.Picture(preprocessor.apply(ImageDecoder.decode(file)));
        } catch (DataException e) {
            return new Prepared.Rejected(e.reason());
        }
    }

    private void encode(
            List<Path> files,
            int start,
            List<Prepared> batch,
            boolean toUnitLength,
            Consumer<ImageResult> results) {
        List<RgbImage> images = new ArrayList<>();
        for (Prepared prepared : batch) {
            if (prepared instanceof Prepared.Picture(RgbImage image)) images.add(image);
        }
        float[][] embeddings = images.isEmpty() ? new float[0][] : encodePrepared(images);
        if (toUnitLength) unitLength(embeddings);
        int next = 0;
        for (int i = 0; i < batch.size(); i++) {
            int row = start + i;
            Path file = files.get(row);
            results.accept(
                    switch (batch.get(i)) {
                        case Prepared.Picture _ ->
                                new ImageResult.Embedded(row, file, embeddings[next++]);
                        case Prepared.Rejected(String reason) ->
                                new ImageResult.Unreadable(row, file, reason);
                    });
        }
    }

    /// Frees the model, after the batch that is in it. Later calls throw IllegalStateException.
    @Override
    public void close() {
        turn.lock();
        try {
            encoder.close();
        } finally {
            turn.unlock();
        }
    }
}
