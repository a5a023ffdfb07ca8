package org.openplip.openpath;

import com.jerolba.carpet.CarpetReader;
import com.jerolba.carpet.CarpetWriter;
import com.jerolba.carpet.CloseableIterator;
import com.jerolba.carpet.ColumnNamingStrategy;
import com.jerolba.carpet.FieldMatchingStrategy;
import com.jerolba.carpet.TimeUnit;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.openplip.io.DataException;

/// Parquet files whose rows are records: columns in snake case, instants in microseconds of UTC,
/// lists in the three levels of the specification. The same rows give the same bytes.
///
/// Pages are not compressed: captions are a thousandth of the pictures beside them, and every
/// reader opens them without a codec.
public final class ParquetTable {
    private ParquetTable() {}

    /// A writer of rows of `type`. Closing it ends the table and flushes `out`, but leaves it open:
    /// whoever calls may still have to force the file to disk.
    public static <T extends Record> CarpetWriter<T> writer(OutputStream out, Class<T> type)
            throws IOException {
        return new CarpetWriter.Builder<>(CanonicalFooter.file(out), type)
                .withConf(new PlainParquetConfiguration())
                .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
                .withColumnNamingStrategy(ColumnNamingStrategy.SNAKE_CASE)
                .withDefaultTimeUnit(TimeUnit.MICROS)
                .build();
    }

    /// All rows of `file`.
    ///
    /// @throws DataException if the file is missing, not Parquet, or lacks a column
    static <T extends Record> List<T> read(Path file, Class<T> type) throws IOException {
        List<T> rows = new ArrayList<>();
        forEach(file, type, rows::add);
        return rows;
    }

    /// Hands over the rows of `file` one after the other.
    ///
    /// @throws DataException if the file is missing, not Parquet, or lacks a column
    static <T extends Record> void forEach(Path file, Class<T> type, Consumer<T> rows)
            throws IOException {
        if (!Files.isRegularFile(file)) throw new DataException(file, "is missing");
        try (CloseableIterator<T> all =
                new CarpetReader<>(file.toFile(), type)
                        .withFieldMatchingStrategy(FieldMatchingStrategy.SNAKE_CASE)
                        .iterator()) {
            while (all.hasNext()) rows.accept(all.next());
        } catch (IOException | RuntimeException e) {
            throw new DataException(
                    file.toString(), null, "cannot be read as Parquet: " + e.getMessage(), e);
        }
    }
}
