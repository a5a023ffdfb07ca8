package org.openplip.train.source;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.openplip.train.RejectedRow;
import org.openplip.train.RejectedRow.Rule;

/// The rows of a source as they are read: kept or rejected.
final class RowCollector {
    private final List<PairRow> rows = new ArrayList<>();
    private final List<RejectedRow> rejected = new ArrayList<>();
    private final List<String> tables = new ArrayList<>();

    /// Everything that was read, and what must stay open for its pictures.
    SourceRows finish(List<Closeable> open) {
        return new SourceRows(List.copyOf(rows), List.copyOf(rejected), sha256(), open);
    }

    /// Tells a table that pictures stand in from others.
    void addTable(String sha256) {
        tables.add(sha256);
    }

    void reject(String place, Rule rule, String reason) {
        rejected.add(new RejectedRow(place, rule, reason));
    }

    /// A row that names a picture's file.
    ///
    /// @param place of the row, as `pairs.csv: line 12`
    void addFile(
            String place,
            Path root,
            @Nullable String image,
            @Nullable String caption,
            @Nullable String split,
            @Nullable String group) {
        if (image == null || image.isBlank()) {
            reject(place, Rule.NO_PICTURE, "names no image");
            return;
        }
        Path file;
        long size;
        try {
            file = root.resolve(image.strip());
            if (!Files.isRegularFile(file)) {
                reject(place, Rule.NO_PICTURE, file + " is not there");
                return;
            }
            size = Files.size(file);
        } catch (InvalidPathException | IOException e) {
            reject(place, Rule.NO_PICTURE, image + " cannot be found: " + e.getMessage());
            return;
        }
        add(place, file.toString(), image.strip(), caption, split, group, size, () -> read(file));
    }

    private static byte[] read(Path file) throws IOException {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new IOException(
                    file + ": was there when the run began, and cannot be read now: " + e, e);
        }
    }

    /// A row whose picture is there.
    ///
    /// @param place of the row, as `pairs.csv: line 12`
    /// @param name of the picture in messages
    void add(
            String place,
            String name,
            String picture,
            @Nullable String caption,
            @Nullable String split,
            @Nullable String group,
            long size,
            PairRow.PictureFile file) {
        if (caption == null || caption.isBlank()) {
            reject(place, Rule.NO_CAPTION, "has no caption");
            return;
        }
        PairRow.Split known = null;
        if (split != null && !split.isBlank()) {
            known =
                    switch (split.strip().toLowerCase(Locale.ROOT)) {
                        case "train" -> PairRow.Split.TRAIN;
                        case "validation" -> PairRow.Split.VALIDATION;
                        case "test" -> PairRow.Split.TEST;
                        default -> null;
                    };
            if (known == null) {
                reject(
                        place,
                        Rule.UNKNOWN_SPLIT,
                        "is of the split %s; expected train, validation or test"
                                .formatted(split.strip()));
                return;
            }
        }
        rows.add(
                new PairRow(
                        name,
                        picture,
                        caption.strip(),
                        known,
                        group == null || group.isBlank() ? picture : group.strip(),
                        size,
                        file));
    }

    /// Of all that the rows say, and of the sizes of their pictures: these stand for the pictures,
    /// which are not read.
    private String sha256() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(String.join("\n", tables).getBytes(StandardCharsets.UTF_8));
            for (PairRow row : rows) {
                String told =
                        String.join(
                                "\0",
                                row.picture(),
                                row.caption(),
                                String.valueOf(row.split()),
                                row.group(),
                                row.size() + "\n");
                digest.update(told.getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
