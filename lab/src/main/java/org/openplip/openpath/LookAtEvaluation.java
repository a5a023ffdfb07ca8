package org.openplip.openpath;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.openplip.image.ImageDecoder;
import org.openplip.io.DataException;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Encoder;
import org.openplip.openpath.flow.Engine;
import org.openplip.openpath.flow.Row;
import org.openplip.openpath.flow.Stage;

/// Takes the fingerprint of each evaluation picture.
record LookAtEvaluation() implements Stage {
    /// Fingerprints, by the number of the picture.
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
    public Step open() {
        return LookAtEvaluation::run;
    }

    private static void run(Iterator<Row> rows, Out out) throws IOException {
        while (rows.hasNext()) {
            Row row = rows.next();
            Decoder from = new Decoder(row.value());
            String name = from.text();
            Path file = Path.of(from.text());
            Encoder print = new Encoder();
            try {
                byte[] bytes = Files.readAllBytes(file);
                Fingerprint.of(bytes, ImageDecoder.decode(bytes, name)).encode(print);
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
                continue;
            }
            out.row(PRINTS, row.key(), print.bytes());
        }
    }
}
