package org.openplip;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.openplip.model.ClipConfig;
import org.openplip.tokenizer.ClipTokenizer;

/// The one path from captions to embeddings: tokenised, and encoded in batches of like length, so
/// that little is computed for the ends of others. Safe to share between threads.
///
/// @param config of the text tower
/// @param batch captions that go through the model together
/// @param encoder from ids `[count, t]` to embeddings `[count][width]`
record TextBatches(
        ClipTokenizer tokenizer, ClipConfig.Text config, int batch, BatchEncoder encoder) {
    /// Encodes rows of ids that end with the longest text.
    @FunctionalInterface
    interface BatchEncoder {
        float[][] encode(long[] ids, int count);
    }

    /// Embeddings of captions `[texts][width]`, in their order.
    float[][] encode(List<String> texts) {
        int n = texts.size();
        long[][] rows = new long[n][];
        int[] tokens = new int[n]; // up to the end of the text
        for (int i = 0; i < n; i++) {
            int[] row = tokenizer.row(texts.get(i), config.context());
            rows[i] = Arrays.stream(row).asLongStream().toArray();
            tokens[i] = config.endOfText(rows[i], 0, row.length) + 1;
        }
        int[] order =
                IntStream.range(0, n)
                        .boxed()
                        .sorted(Comparator.comparingInt(i -> tokens[i]))
                        .mapToInt(Integer::intValue)
                        .toArray();
        float[][] embeddings = new float[n][];
        for (int start = 0; start < n; start += batch) {
            int count = Math.min(batch, n - start);
            int width = tokens[order[start + count - 1]];
            long[] ids = new long[count * width];
            for (int i = 0; i < count; i++) {
                System.arraycopy(rows[order[start + i]], 0, ids, i * width, width);
            }
            float[][] encoded = encoder.encode(ids, count);
            for (int i = 0; i < count; i++) embeddings[order[start + i]] = encoded[i];
        }
        return embeddings;
    }
}
