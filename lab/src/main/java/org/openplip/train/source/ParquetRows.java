package org.openplip.train.source;

import com.jerolba.carpet.io.FileSystemInputFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.io.Progress;
import org.openplip.train.RejectedRow.Rule;

/// The rows of Parquet tables with the columns `image` and `caption`, and `split` and `group` where
/// they are known. An `image` is a file's path, relative to the table; or the bytes of a picture;
/// or, as in Hugging Face's data sets, `{bytes, path}` with one of them or both.
///
/// Bytes are compressed in pages of many pictures, of which none can be had alone: they are
/// unpacked once, see [PackedPictures].
final class ParquetRows {
    private static final String IMAGE = "image";
    private static final String BYTES = "bytes";
    private static final String PATH = "path";

    /// Takes a row.
    @FunctionalInterface
    private interface RowSink {
        void accept(Group row) throws IOException;
    }

    private ParquetRows() {}

    /// @param unpacked the folder for pictures that stand in the tables
    static SourceRows read(List<Path> files, Path unpacked, Progress progress) throws IOException {
        RowCollector rows = new RowCollector();
        List<Closeable> open = new ArrayList<>();
        boolean whole = false;
        try {
            for (Path file : files) {
                PackedPictures pictures = read(file, unpacked, rows, progress);
                if (pictures != null) open.add(pictures);
            }
            whole = true;
            return rows.finish(open);
        } finally {
            if (!whole) {
                for (Closeable pictures : open) pictures.close();
            }
        }
    }

    private static @Nullable PackedPictures read(
            Path file, Path unpacked, RowCollector rows, Progress progress) throws IOException {
        MessageType schema;
        long count;
        try (ParquetFileReader reader =
                ParquetFileReader.open(
                        new FileSystemInputFile(file.toFile()),
                        ParquetReadOptions.builder(new PlainParquetConfiguration()).build())) {
            schema = reader.getFileMetaData().getSchema();
            count = reader.getRecordCount();
        } catch (IOException | RuntimeException e) {
            throw unreadable(file, e);
        }
        if (!schema.containsField(IMAGE) || !schema.containsField("caption")) {
            throw new DataException(
                    file,
                    "expected the columns image and caption, got "
                            + schema.getFields().stream().map(Type::getName).toList());
        }
        Type image = schema.getType(IMAGE);
        PackedPictures pictures = null;
        List<Type> columns = new ArrayList<>();
        if (hasBytes(image)) {
            MessageType bytes =
                    new MessageType(
                            schema.getName(), image.isPrimitive() ? image : only(image, BYTES));
            pictures =
                    PackedPictures.open(
                            file,
                            unpacked,
                            count,
                            progress,
                            sink -> forEach(file, bytes, row -> sink.accept(bytes(row))));
            rows.addTable(pictures.sha256());
            if (!image.isPrimitive() && image.asGroupType().containsField(PATH)) {
                columns.add(only(image, PATH));
            }
        } else {
            columns.add(image);
        }
        for (String column : List.of("caption", "split", "group")) {
            if (schema.containsField(column)) columns.add(schema.getType(column));
        }
        Path root = file.toAbsolutePath().getParent();
        PackedPictures packed = pictures;
        int[] number = {0};
        forEach(
                file,
                new MessageType(schema.getName(), columns),
                row -> add(file, root == null ? file : root, number[0]++, row, packed, rows));
        return pictures;
    }

    private static void add(
            Path file,
            Path root,
            int number,
            Group row,
            @Nullable PackedPictures packed,
            RowCollector rows) {
        String place = file + ": row " + number;
        String caption = text(row, "caption");
        String split = text(row, "split");
        String group = text(row, "group");
        String path = path(row);
        if (packed == null || (packed.size(number) < 0 && path != null)) {
            rows.addFile(place, root, path, caption, split, group);
        } else if (packed.size(number) < 0) {
            rows.reject(place, Rule.NO_PICTURE, "has no image");
        } else {
            rows.add(
                    place,
                    path == null ? place : place + " (" + path + ")",
                    file.getFileName() + ":" + number,
                    caption,
                    split,
                    group,
                    packed.size(number),
                    () -> packed.read(number));
        }
    }

    /// Whether a column is made of bytes: alone, or as a field.
    private static boolean hasBytes(Type image) {
        if (!image.isPrimitive()) return image.asGroupType().containsField(BYTES);
        return image.asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.BINARY
                && !(image.getLogicalTypeAnnotation()
                        instanceof LogicalTypeAnnotation.StringLogicalTypeAnnotation);
    }

    /// The group with one of its fields alone.
    private static Type only(Type group, String field) {
        return group.asGroupType().withNewFields(group.asGroupType().getType(field));
    }

    private static byte @Nullable [] bytes(Group row) {
        if (row.getFieldRepetitionCount(IMAGE) == 0) return null;
        if (row.getType().getType(IMAGE).isPrimitive()) return row.getBinary(IMAGE, 0).getBytes();
        Group image = row.getGroup(IMAGE, 0);
        return image.getFieldRepetitionCount(BYTES) == 0
                ? null
                : image.getBinary(BYTES, 0).getBytes();
    }

    private static @Nullable String path(Group row) {
        if (!row.getType().containsField(IMAGE) || row.getFieldRepetitionCount(IMAGE) == 0) {
            return null;
        }
        return row.getType().getType(IMAGE).isPrimitive()
                ? text(row, IMAGE)
                : text(row.getGroup(IMAGE, 0), PATH);
    }

    private static @Nullable String text(Group row, String column) {
        if (!row.getType().containsField(column) || row.getFieldRepetitionCount(column) == 0) {
            return null;
        }
        return row.getValueToString(row.getType().getFieldIndex(column), 0);
    }

    /// Hands over the rows of `file`, of which the columns of `schema` are read.
    private static void forEach(Path file, MessageType schema, RowSink sink) throws IOException {
        try (ParquetReader<Group> reader =
                new GroupReader(new FileSystemInputFile(file.toFile()))
                        .set(ReadSupport.PARQUET_READ_SCHEMA, schema.toString())
                        .build()) {
            for (Group row = reader.read(); row != null; row = reader.read()) sink.accept(row);
        } catch (DataException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw unreadable(file, e);
        }
    }

    private static DataException unreadable(Path file, Exception e) {
        return new DataException(
                file.toString(), null, "cannot be read as Parquet: " + e.getMessage(), e);
    }

    /// As the library wants it.
    private static final class GroupReader extends ParquetReader.Builder<Group> {
        GroupReader(InputFile file) {
            super(file, new PlainParquetConfiguration());
        }

        @Override
        protected ReadSupport<Group> getReadSupport() {
            return new GroupReadSupport();
        }
    }
}
