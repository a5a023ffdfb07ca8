package org.openplip.cluster;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.openplip.io.DataException;
import org.openplip.openpath.flow.Engine;
import org.openplip.openpath.flow.Row;
import org.openplip.openpath.flow.Stage;
import scala.Tuple2;

/// The engine of a cluster: tables are resilient distributed data sets of Apache Spark, kept on the
/// disks of the executors. An executor that dies takes its part of the tables with it; Spark makes
/// the lost parts again from what they were made of, and since stages are pure and readers sort,
/// the rows are the same. A table is made when it is first read. Nothing is kept for another
/// process: a driver that was killed begins again.
///
/// Closing leaves the context open.
public final class SparkEngine implements Engine {
    /// What is read or sorted by one task, 64 MiB.
    public static final long PARTITION_BYTES = 1L << 26;

    private record Order() implements Comparator<byte[]>, Serializable {
        @Override
        public int compare(byte[] a, byte[] b) {
            return PackedRow.compare(a, b);
        }
    }

    /// The rows of one channel.
    private record Channel(JavaRDD<byte[]> packed) implements Rows {}

    /// Rows that come to the driver a partition at a time.
    private record Sorted(Iterator<byte[]> packed) implements Cursor {
        @Override
        public boolean hasNext() {
            try {
                return packed.hasNext();
            } catch (Exception e) { // Spark throws checked exceptions that it does not declare
                throw new UncheckedIOException(reasonOf(e));
            }
        }

        @Override
        public Row next() {
            try {
                return PackedRow.unpack(packed.next());
            } catch (Exception e) {
                throw new UncheckedIOException(reasonOf(e));
            }
        }

        @Override
        public void close() {}
    }

    private final JavaSparkContext spark;
    private final long partitionBytes;
    private final Set<String> names = new HashSet<>();
    private final List<JavaRDD<byte[]>> kept = new ArrayList<>();
    private final List<Broadcast<StageOfProcess>> stages = new ArrayList<>();
    private long inputBytes;

    /// @param partitionBytes how much of the files is for one task; the rows do not depend on it
    public SparkEngine(JavaSparkContext spark, long partitionBytes) {
        if (partitionBytes < 1) {
            throw new IllegalArgumentException(
                    "partitionBytes: expected at least 1, got " + partitionBytes);
        }
        this.spark = spark;
        this.partitionBytes = partitionBytes;
    }

    @Override
    public Table rows(String name, Source source) throws IOException {
        List<byte[]> rows = new ArrayList<>();
        source.writeTo((channel, key, value) -> rows.add(PackedRow.pack(channel, key, value)));
        return table(name, spark.parallelize(rows));
    }

    @Override
    public Table lines(String name, List<Path> files, Stage stage) throws IOException {
        List<FilePart> parts = FilePart.cut(files, partitionBytes);
        for (FilePart part : parts) inputBytes += part.to() - part.from();
        if (parts.isEmpty()) return table(name, spark.emptyRDD());
        return table(name, run(spread(numbered(parts)).flatMap(FilePart::rows), stage, false));
    }

    private List<FilePart> numbered(List<FilePart> parts) throws IOException {
        try {
            return FilePart.numbered(parts, spread(parts).map(FilePart::countLines).collect());
        } catch (Exception e) {
            throw reasonOf(e);
        }
    }

    private JavaRDD<FilePart> spread(List<FilePart> parts) {
        return spark.parallelize(parts, parts.size());
    }

    @Override
    public Table map(String name, List<Rows> from, Stage stage) {
        return table(name, run(all(from), stage, false));
    }

    @Override
    public Table group(String name, List<Rows> from, Stage stage) {
        JavaRDD<byte[]> sorted =
                keyed(from)
                        .repartitionAndSortWithinPartitions(new ByKey(partitions()), new Order())
                        .keys();
        return table(name, run(sorted, stage, true));
    }

    @Override
    public Cursor sorted(List<Rows> from) throws IOException {
        try {
            Iterator<byte[]> rows =
                    keyed(from).sortByKey(new Order(), true, partitions()).keys().toLocalIterator();
            // What goes wrong before the sorting goes wrong here.
            return new Sorted(rows.hasNext() ? rows : Collections.emptyIterator());
        } catch (Exception e) {
            throw reasonOf(e);
        }
    }

    private JavaRDD<byte[]> run(JavaRDD<byte[]> rows, Stage stage, boolean grouped) {
        Broadcast<StageOfProcess> opened = spark.broadcast(new StageOfProcess(stage));
        stages.add(opened);
        return rows.mapPartitions(partition -> new StageOutput(partition, opened.value(), grouped));
    }

    private Table table(String name, JavaRDD<byte[]> rows) {
        if (!names.add(name)) {
            throw new IllegalArgumentException("name: there is a table " + name + " already");
        }
        rows.setName(name).persist(StorageLevel.DISK_ONLY());
        kept.add(rows);
        return channel -> new Channel(rows.filter(row -> PackedRow.channel(row) == channel));
    }

    private JavaRDD<byte[]> all(List<Rows> from) {
        if (from.isEmpty()) return spark.emptyRDD();
        JavaRDD<byte[]> all = channel(from.getFirst());
        for (Rows rows : from.subList(1, from.size())) all = all.union(channel(rows));
        return all;
    }

    private static JavaRDD<byte[]> channel(Rows rows) {
        if (rows instanceof Channel channel) return channel.packed;
        throw new IllegalArgumentException("rows: expected those of this engine, got " + rows);
    }

    private JavaPairRDD<byte[], Boolean> keyed(List<Rows> from) {
        return all(from).mapToPair(row -> new Tuple2<>(row, true));
    }

    /// Rows are about as large as the lines that they come from, or smaller.
    private int partitions() {
        long bySize = Math.ceilDiv(inputBytes, partitionBytes);
        return Math.clamp(bySize, spark.defaultParallelism(), 1 << 16);
    }

    /// What went wrong in a stage, as the stage said it where it is about data.
    private static IOException reasonOf(Exception failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof DataException data) return data;
        }
        return failure instanceof IOException already ? already : new IOException(failure);
    }

    @Override
    public void close() throws IOException {
        for (JavaRDD<byte[]> rows : kept) rows.unpersist(false);
        for (Broadcast<StageOfProcess> stage : stages) {
            // Where the driver is the only process, it has opened the stages.
            stage.value().close();
            stage.destroy();
        }
    }
}
