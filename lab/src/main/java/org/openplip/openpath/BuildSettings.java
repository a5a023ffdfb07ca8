package org.openplip.openpath;

import java.io.Serializable;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/// What decides which pairs a build keeps, as it stands in a recipe. The same posts and settings
/// give the same release.
///
/// @param requireHashtag whether a post must have one of the paper's 32 hashtags
/// @param minimumWords of a caption after cleaning
/// @param minimumSide of a picture, in pixels
/// @param pictureThreshold the least probability of showing pathology to be kept, 0 to 1; null for
///   the picture filter's own
/// @param duplicateBits how many of the 64 bits of two perceptual hashes may differ, 0 to 19
/// @param duplicateSimilarity the least [Fingerprint#similarity] of duplicates, -1 to 1
/// @param duplicateCosine the least cosine of the embeddings of duplicates, -1 to 1, by the build's
///   checkpoint; null where duplicates are not found by embedding. What is a copy depends on the
///   checkpoint: one trained on few pictures gives others of the same tissue 0.99 and more
/// @param trainUntil the last day of training posts in UTC, `2022-11-15` in the paper
/// @param validationUntil the last day of validation posts in UTC, `2023-01-15` in the paper
/// @param authorInOneSplit whether validation pairs are left out whose author, or whose picture's,
///   has a training pair
/// @param pairsPerShard how many pairs a tar holds at most
public record BuildSettings(
        boolean requireHashtag,
        int minimumWords,
        int minimumSide,
        @Nullable Double pictureThreshold,
        int duplicateBits,
        double duplicateSimilarity,
        @Nullable Double duplicateCosine,
        String trainUntil,
        String validationUntil,
        boolean authorInOneSplit,
        int pairsPerShard)
        implements Serializable {
    public BuildSettings {
        check(minimumWords >= 1, "minimumWords", "at least 1", minimumWords);
        check(minimumSide >= 1, "minimumSide", "at least 1", minimumSide);
        if (pictureThreshold != null) {
            check(
                    pictureThreshold >= 0 && pictureThreshold <= 1,
                    "pictureThreshold",
                    "0 to 1",
                    pictureThreshold);
        }
        if (duplicateCosine != null) {
            check(
                    duplicateCosine >= -1 && duplicateCosine <= 1,
                    "duplicateCosine",
                    "-1 to 1",
                    duplicateCosine);
        }
        check(duplicateBits >= 0 && duplicateBits <= 19, "duplicateBits", "0 to 19", duplicateBits);
        check(
                duplicateSimilarity >= -1 && duplicateSimilarity <= 1,
                "duplicateSimilarity",
                "-1 to 1",
                duplicateSimilarity);
        check(pairsPerShard >= 1, "pairsPerShard", "at least 1", pairsPerShard);
        check(
                day("trainUntil", trainUntil).isBefore(day("validationUntil", validationUntil)),
                "validationUntil",
                "a day after trainUntil, " + trainUntil,
                validationUntil);
    }

    /// The paper's dates; numbers that the paper does not give were chosen on phantom posts.
    public static BuildSettings defaults() {
        return new BuildSettings(
                true, 3, 64, null, 18, 0.74, null, "2022-11-15", "2023-01-15", false, 1000);
    }

    /// The first moment after the training posts.
    Instant trainEnd() {
        return end(day("trainUntil", trainUntil));
    }

    /// The first moment after the validation posts.
    Instant validationEnd() {
        return end(day("validationUntil", validationUntil));
    }

    private static Instant end(LocalDate day) {
        return day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private static LocalDate day(String name, String text) {
        try {
            return LocalDate.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    name + ": expected a day such as 2022-11-15, got " + text, e);
        }
    }

    private static void check(boolean holds, String name, String expected, Object value) {
        if (!holds) {
            throw new IllegalArgumentException(name + ": expected " + expected + ", got " + value);
        }
    }
}
