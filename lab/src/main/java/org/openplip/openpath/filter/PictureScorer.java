package org.openplip.openpath.filter;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openplip.Checkpoint;
import org.openplip.PictureEncoder;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;

/// Probabilities of showing tissue, and embeddings where there is a checkpoint, of pictures in
/// batches: each picture is embedded once, for the filter and for whoever looks for copies.
///
///     Prepared small = scorer.prepare(image);           // on many threads; the image may go
///     List<Score> scores = scorer.score(chunk);         // 64 or so together
///
/// Safe to share between threads. Close it after the last use.
public final class PictureScorer implements AutoCloseable {
    /// What is kept of a picture until its batch is full.
    ///
    /// @param features of colour and texture; null where the filter judges embeddings
    /// @param picture as the encoder takes it; null where there is none
    @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
    public record Prepared(float @Nullable [] features, @Nullable RgbImage picture) {}

    /// @param probability of showing tissue
    /// @param embedding of unit length; null where there is no checkpoint
    @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
    public record Score(double probability, float @Nullable [] embedding) {}

    private final PictureFilter filter;
    private final @Nullable PictureEncoder encoder;
    private final @Nullable String checkpoint;

    private PictureScorer(
            PictureFilter filter, @Nullable PictureEncoder encoder, @Nullable String checkpoint) {
        this.filter = filter;
        this.encoder = encoder;
        this.checkpoint = checkpoint;
    }

    /// A scorer with the filter in `filterFile`, or the one that ships, and the encoder in `model`,
    /// if one is given.
    ///
    /// @param embeddings whether anybody but the filter wants them
    /// @throws DataException if the filter judges embeddings of another checkpoint than `model`, or
    ///   nobody wants what `model` makes
    public static PictureScorer open(
            @Nullable Path filterFile, @Nullable Path model, boolean embeddings)
            throws IOException {
        PictureFilter filter =
                filterFile == null ? PictureFilter.shipped() : PictureFilter.read(filterFile);
        String checkpoint = model == null ? null : Checkpoint.sha256(model);
        if (filter.features() instanceof FilterFeatures.Embedding made) {
            String source = String.valueOf(filterFile);
            if (checkpoint == null) {
                throw new DataException(
                        source,
                        null,
                        "judges embeddings of the checkpoint %s, SHA-256 %s: give it with --model"
                                .formatted(made.model(), made.sha256()),
                        null);
            }
            if (!checkpoint.equals(made.sha256())) {
                throw new DataException(
                        source,
                        null,
                        "judges embeddings of the checkpoint %s, SHA-256 %s; %s has %s"
                                .formatted(made.model(), made.sha256(), model, checkpoint),
                        null);
            }
        } else if (model != null && !embeddings) {
            throw new DataException(
                    model,
                    "is not used: the picture filter judges colour and texture, and the recipe has"
                            + " no duplicate_cosine");
        }
        return new PictureScorer(
                filter, model == null ? null : PictureEncoder.open(model), checkpoint);
    }

    public PictureFilter filter() {
        return filter;
    }

    /// The SHA-256 of the checkpoint; null where there is none.
    public @Nullable String checkpoint() {
        return checkpoint;
    }

    /// The width of embeddings; 0 where there are none.
    public int width() {
        return encoder == null ? 0 : encoder.width();
    }

    /// What is needed of a decoded picture of any size.
    public Prepared prepare(RgbImage image) {
        return new Prepared(
                switch (filter.features()) {
                    case FilterFeatures.ColourAndTexture _ -> PictureFeatures.of(image);
                    case FilterFeatures.Embedding _ -> null;
                },
                encoder == null ? null : encoder.preprocessor().apply(image));
    }

    /// What this scorer says of each of `pictures`, which it prepared, in their order.
    public List<Score> score(List<Prepared> pictures) {
        float[][] embeddings = encoder == null ? null : embed(encoder, pictures);
        List<Score> scores = new ArrayList<>(pictures.size());
        for (int i = 0; i < pictures.size(); i++) {
            float[] embedding = embeddings == null ? null : embeddings[i];
            float[] features = pictures.get(i).features;
            float[] judged = features == null ? embedding : features;
            if (judged == null) throw new IllegalArgumentException("pictures: prepared elsewhere");
            scores.add(new Score(filter.probability(judged), embedding));
        }
        return scores;
    }

    private static float[][] embed(PictureEncoder encoder, List<Prepared> pictures) {
        List<RgbImage> images = new ArrayList<>(pictures.size());
        for (Prepared prepared : pictures) {
            if (prepared.picture == null) {
                throw new IllegalArgumentException("pictures: prepared elsewhere");
            }
            images.add(prepared.picture);
        }
        return encoder.encodePrepared(images);
    }

    @Override
    public void close() {
        if (encoder != null) encoder.close();
    }
}
