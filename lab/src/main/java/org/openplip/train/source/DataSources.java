package org.openplip.train.source;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.io.Progress;
import org.openplip.train.PairSource;
import org.openplip.train.RejectedRow;
import org.openplip.train.TrainConfig;
import org.openplip.train.TrainingData;

/// Everything that a run reads pairs from, open until it is closed.
///
/// Which rows are trained on: those that say `train`; which are validated with: those that say
/// `validation`. Those that say nothing are parted by the hash of their group, so that a share of
/// them is validated with, the same one whatever else is in the table; where a source of its own is
/// given for validation, all of them are trained on. Of that source the rows are used that say
/// `validation` or nothing. What says `test` is left alone.
public final class DataSources implements Closeable {
    private final List<SourceRows> open = new ArrayList<>();
    private final TrainingData data;

    private DataSources(
            List<DataSource> sources,
            @Nullable DataSource validation,
            TrainConfig.Data settings,
            Path unpacked,
            Progress progress)
            throws IOException {
        List<PairRow> training = new ArrayList<>();
        List<PairRow> validating = new ArrayList<>();
        List<PairSource.Portion> portions = new ArrayList<>();
        List<RejectedRow> rejected = new ArrayList<>();
        SortedMap<String, String> inputs = new TreeMap<>();
        long rows = 0;
        for (int i = 0; i < sources.size(); i++) {
            DataSource source = sources.get(i);
            SourceRows read = open(source, unpacked, progress);
            int before = training.size();
            for (PairRow row : read.rows()) {
                // A name means something within its source alone.
                PairRow own = sources.size() == 1 ? row : row.of(i);
                switch (split(row, validation == null ? settings.validationShare() : 0)) {
                    case TRAIN -> training.add(own);
                    case VALIDATION -> {
                        if (validation == null) validating.add(own);
                    }
                    case TEST -> {}
                }
            }
            rows += read.rows().size() + read.rejected().size();
            rejected.addAll(read.rejected());
            if (training.size() == before) throw nothing(source, read, "train on");
            portions.add(new PairSource.Portion(training.size() - before, source.weight()));
            String input = "data " + (i + 1);
            inputs.put(input, read.sha256());
            if (source.weight() != 1) inputs.put(input + " weight", "" + source.weight());
        }
        if (validation != null) {
            SourceRows read = open(validation, unpacked, progress);
            for (PairRow row : read.rows()) {
                if (split(row, 1) == PairRow.Split.VALIDATION) validating.add(row);
            }
            rows += read.rows().size() + read.rejected().size();
            rejected.addAll(read.rejected());
            if (validating.isEmpty()) throw nothing(validation, read, "validate with");
            inputs.put("validation", read.sha256());
        }
        data =
                new TrainingData(
                        new RowPairs(training, portions),
                        new RowPairs(
                                validating, List.of(new PairSource.Portion(validating.size(), 1))),
                        inputs,
                        List.copyOf(rejected),
                        rows);
    }

    /// Opens all sources.
    ///
    /// @param validation in place of what the sources give; null for that
    /// @param unpacked the folder for pictures that cannot be read where they are
    /// @throws DataException if a source is damaged, not of a known kind or gives no pair
    public static DataSources open(
            List<DataSource> sources,
            @Nullable DataSource validation,
            TrainConfig.Data settings,
            Path unpacked,
            Progress progress)
            throws IOException {
        return new DataSources(sources, validation, settings, unpacked, progress);
    }

    private SourceRows open(DataSource source, Path unpacked, Progress progress)
            throws IOException {
        boolean whole = false;
        try {
            SourceRows rows = source.read(unpacked, progress);
            open.add(rows);
            whole = true;
            return rows;
        } finally {
            if (!whole) close();
        }
    }

    /// What the run gets.
    public TrainingData data() {
        return data;
    }

    /// @param share of the rows that say nothing
    private static PairRow.Split split(PairRow row, double share) {
        PairRow.Split said = row.split();
        if (said != null) return said;
        return fraction(row.group()) < share ? PairRow.Split.VALIDATION : PairRow.Split.TRAIN;
    }

    /// The first 53 bits of the SHA-256 of a name, as a number from 0 to less than 1.
    private static double fraction(String name) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(name.getBytes(StandardCharsets.UTF_8));
            return (ByteBuffer.wrap(hash).getLong() >>> 11) * 0x1p-53;
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    private DataException nothing(DataSource source, SourceRows read, String what)
            throws IOException {
        close();
        String first =
                read.rejected().isEmpty()
                        ? ""
                        : "; %d rows were rejected, the first: %s %s"
                                .formatted(
                                        read.rejected().size(),
                                        read.rejected().getFirst().row(),
                                        read.rejected().getFirst().reason());
        return new DataException(source.place(), null, "has no pair to " + what + first, null);
    }

    @Override
    public void close() throws IOException {
        for (SourceRows rows : open) rows.close();
    }
}
