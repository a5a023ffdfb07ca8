package org.openplip.openpath.web;

import com.jerolba.carpet.CarpetReader;
import com.jerolba.carpet.CloseableIterator;
import com.jerolba.carpet.annotation.Alias;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;

/// A collection as clip-retrieval writes it and LAION gives it out: below one folder, for each
/// shard `img_emb_N.npy`, `[rows, width]`, and `metadata_N.parquet`, which has a row for each.
///
/// @param shards in the order of their numbers
record WebCollection(List<Shard> shards) {
    private static final Pattern NAME =
            Pattern.compile("(img_emb|metadata)_(\\d+)\\.(npy|parquet)");

    WebCollection {
        shards = List.copyOf(shards);
    }

    /// One shard.
    record Shard(String number, Path embeddings, Path metadata) {}

    /// What a row says of its picture.
    ///
    /// @param unsafe whether the collection's own filter takes the picture to be unfit for work
    record Row(@Nullable String url, @Nullable String caption, boolean unsafe) {}

    /// The columns that are read, under the names that collections give them.
    private record Columns(
            @Nullable String url,
            @Alias("URL") @Nullable String upperUrl,
            @Nullable String caption,
            @Alias("TEXT") @Nullable String upperText,
            @Nullable String text,
            @Alias("NSFW") @Nullable String nsfw,
            @Nullable Double punsafe) {
        private static final double UNSAFE = 0.5; // what clip-retrieval's safety model cuts at

        Row row() {
            String words = caption != null ? caption : upperText != null ? upperText : text;
            boolean unsafe =
                    "NSFW".equalsIgnoreCase(nsfw) || (punsafe != null && punsafe >= UNSAFE);
            return new Row(url != null ? url : upperUrl, words, unsafe);
        }
    }

    /// The collection below `folder`.
    ///
    /// @throws DataException if there are no shards, or one lacks a file
    static WebCollection open(Path folder) throws IOException {
        Map<String, Path> found = new HashMap<>();
        List<String> numbers = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path file : tree.sorted().toList()) {
                Matcher name = NAME.matcher(file.getFileName().toString());
                if (!name.matches()) continue;
                if (found.put(name.group(1) + name.group(2), file) != null) {
                    throw new DataException(file, "is there twice below " + folder);
                }
                if (name.group(1).equals("img_emb")) numbers.add(name.group(2));
            }
        }
        if (numbers.isEmpty()) throw new DataException(folder, "has no img_emb_*.npy in it");
        numbers.sort(
                Comparator.comparing((String number) -> new BigInteger(number))
                        .thenComparing(number -> number));
        List<Shard> shards = new ArrayList<>();
        for (String number : numbers) {
            Path embeddings = Objects.requireNonNull(found.get("img_emb" + number));
            Path metadata = found.get("metadata" + number);
            if (metadata == null) {
                throw new DataException(embeddings, "has no metadata_" + number + ".parquet");
            }
            shards.add(new Shard(number, embeddings, metadata));
        }
        return new WebCollection(shards);
    }

    /// Takes a row.
    @FunctionalInterface
    interface Sink {
        void accept(long number, Row row);
    }

    /// Hands over the rows of `shard` whose numbers are given; one is in memory at a time.
    ///
    /// @param numbers ascending
    /// @param rows how many the shard has
    /// @throws DataException if the metadata cannot be read or have another number of rows
    static void read(Shard shard, long[] numbers, long rows, Sink sink) throws IOException {
        Path file = shard.metadata();
        try (CloseableIterator<Columns> all =
                new CarpetReader<>(file.toFile(), Columns.class)
                        .withFailOnMissingColumn(false)
                        .iterator()) {
            int next = 0;
            long number = 0;
            for (; all.hasNext(); number++) {
                Columns columns = all.next();
                if (next < numbers.length && numbers[next] == number) {
                    sink.accept(number, columns.row());
                    next++;
                }
            }
            if (number != rows) {
                throw new DataException(
                        file, "has %d rows, the embeddings %d".formatted(number, rows));
            }
        } catch (DataException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new DataException(
                    file.toString(), null, "cannot be read as Parquet: " + e.getMessage(), e);
        }
    }
}
