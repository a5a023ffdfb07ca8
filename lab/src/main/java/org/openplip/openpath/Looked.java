package org.openplip.openpath;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Encoder;

/// A picture that was looked at and could be kept.
///
/// @param index among the photos of its post
/// @param probability of showing tissue
/// @param width pixels
/// @param height pixels
record Looked(int index, double probability, int width, int height, NearDuplicates.Look look) {
    Fingerprint print() {
        return look.print();
    }

    void encode(Encoder to) {
        to.int32(index).float64(probability).int32(width).int32(height);
        look.encode(to);
    }

    static Looked decode(Decoder from) {
        return new Looked(
                from.int32(),
                from.float64(),
                from.int32(),
                from.int32(),
                NearDuplicates.Look.decode(from));
    }

    /// The steps of a picture before `step`, with the number where there is one.
    static List<String> passedBefore(String step, double probability) {
        int count = Steps.OF_PICTURES.indexOf(step);
        List<String> passed =
                new ArrayList<>(
                        Steps.OF_PICTURES.subList(0, count < 0 ? Steps.OF_PICTURES.size() : count));
        int number = passed.indexOf(Steps.PATHOLOGY);
        if (number >= 0) {
            passed.set(number, String.format(Locale.ROOT, "pathology %.3f", probability));
        }
        return passed;
    }
}
