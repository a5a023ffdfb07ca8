package org.openplip.openpath;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openplip.image.ImageDecoder;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;
import org.openplip.openpath.filter.PictureScorer;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Encoder;
import org.openplip.openpath.flow.Engine;
import org.openplip.openpath.flow.Row;
import org.openplip.openpath.flow.Stage;

/// Takes the fingerprint of each evaluation picture, and its embedding where copies are found by
/// it.
///
/// @param pictureFilter the file of the filter that goes with the checkpoint; null for the one that
///   ships
/// @param model the checkpoint; null where no embedding is wanted
record LookAtEvaluation(@Nullable String pictureFilter, @Nullable String model) implements Stage {
    /// A [NearDuplicates.Look], by the number of the picture.
    static final int PRINTS = 1;

    /// The channel of the pictures to look at.
    static final int PICTURES = 1;

    static Engine.Source source(List<EvaluationSet.Sample> samples) {
        return out -> {
            for (int i = 0; i < samples.size(); i++) {
                out.row(
                        PICTURES,
                        new Encoder().int64(i).bytes(),
                        new Encoder()
                                .text(samples.get(i).name())
                                .text(samples.get(i).picture().toString())
                                .bytes());
            }
        };
    }

    @Override
    public Step open() throws IOException {
        PictureScorer scorer =
                model == null
                        ? null
                        : PictureScorer.open(
                                pictureFilter == null ? null : Path.of(pictureFilter),
                                Path.of(model),
                                true);
        return new Step() {
            @Override
            public void run(Iterator<Row> rows, Out out) throws IOException {
                LookAtEvaluation.run(rows, scorer, out);
            }

            @Override
            public void close() {
                if (scorer != null) scorer.close();
            }
        };
    }

    /// A picture that could be read.
    private record Read(Row row, Fingerprint print, PictureScorer.@Nullable Prepared prepared) {}

    private static void run(Iterator<Row> rows, @Nullable PictureScorer scorer, Out out)
            throws IOException {
        List<Read> batch = new ArrayList<>();
        while (rows.hasNext()) {
            Read read = read(rows.next(), scorer, out);
            if (read != null) batch.add(read);
            if (batch.size() == LookAt.PICTURES_PER_BATCH) {
                put(batch, scorer, out);
                batch.clear();
            }
        }
        put(batch, scorer, out);
    }

    private static @Nullable Read read(Row row, @Nullable PictureScorer scorer, Out out)
            throws IOException {
        Decoder from = new Decoder(row.value());
        String name = from.text();
        Path file = Path.of(from.text());
        try {
            byte[] bytes = Files.readAllBytes(file);
            RgbImage image = ImageDecoder.decode(bytes, name);
            return new Read(
                    row,
                    Fingerprint.of(bytes, image),
                    scorer == null ? null : scorer.prepare(image));
        } catch (IOException e) {
            String reason = e instanceof DataException data ? data.reason() : e.toString();
            RejectionRow.evaluation(
                    out,
                    new Decoder(row.key()).int64(),
                    new Rejection(
                            null,
                            null,
                            List.of(),
                            null,
                            Steps.EVALUATION_PICTURE,
                            "unreadable",
                            reason,
                            null,
                            List.of(),
                            name));
            return null;
        }
    }

    private static void put(List<Read> batch, @Nullable PictureScorer scorer, Out out)
            throws IOException {
        List<PictureScorer.Score> scores =
                scorer == null
                        ? List.of()
                        : scorer.score(
                                batch.stream()
                                        .map(read -> Objects.requireNonNull(read.prepared))
                                        .toList());
        for (int i = 0; i < batch.size(); i++) {
            Encoder look = new Encoder();
            new NearDuplicates.Look(
                            batch.get(i).print, scorer == null ? null : scores.get(i).embedding())
                    .encode(look);
            out.row(PRINTS, batch.get(i).row.key(), look.bytes());
        }
    }
}
