package org.openplip.openpath;

import com.jerolba.carpet.CarpetReader;
import com.jerolba.carpet.CarpetWriter;
import com.jerolba.carpet.ColumnNamingStrategy;
import com.jerolba.carpet.FieldMatchingStrategy;
import com.jerolba.carpet.TimeUnit;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.openplip.io.DataException;

/// Parquet files whose rows are records: columns in snake case, instants in microseconds of UTC,
/// lists in the three levels of the specification. The same rows give the same bytes, but for the
/// order in which the footer lists the encodings of a column: the writing library takes it from the
/// hash codes of objects, which differ from process to process.
///
/// Pages are not compressed: captions are a thousandth of the pictures beside them, and every
/// reader opens them without a codec.
public final class ParquetTable {
    private ParquetTable() {}

    /// A writer of rows of `type`. Closing it ends the table and flushes `out`, but leaves it open:
    /// whoever calls may still have to force the file to disk.
    public static <T extends Record> CarpetWriter<T> writer(OutputStream out, Class<T> type)
            throws IOException {
        return new CarpetWriter.Builder<>(leftOpen(out), type)
                .withConf(new PlainParquetConfiguration())
                .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
                .withColumnNamingStrategy(ColumnNamingStrategy.SNAKE_CASE)
                .withDefaultTimeUnit(TimeUnit.MICROS)
                .build();
    }

    private static OutputStream leftOpen(OutputStream out) {
        return new FilterOutputStream(out) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
            }

            @Override
            public void close() throws IOException {
                flush();
            }
        };
    }

    /// All rows of `file`.
    ///
    /// @throws DataException if the file is missing, not Parquet, or lacks a column
    static <T extends Record> List<T> read(Path file, Class<T> type) throws IOException {
        if (!Files.isRegularFile(file)) throw new DataException(file, "is missing");
        try {
            return new CarpetReader<>(file.toFile(), type)
                    .withFieldMatchingStrategy(FieldMatchingStrategy.SNAKE_CASE)
                    .toList();
        } catch (IOException | RuntimeException e) {
            throw new DataException(
                    file.toString(), null, "cannot be read as Parquet: " + e.getMessage(), e);
        }
    }
}
