package org.openplip.openpath;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What to build a release from, and where.
///
/// @param posts files of posts as JSON lines; pictures lie relative to them
/// @param out the release folder; a release there is replaced
/// @param exclude evaluation sets of which no copy may get into the release
/// @param pictureFilter a file that [org.openplip.openpath.filter.PictureFilter#write] made; null
///   for the one that ships
/// @param model the checkpoint whose embeddings the picture filter judges and duplicates are found
///   by; null for none
/// @param threads how many decode pictures and judge texts; the output does not depend on it
public record BuildConfig(
        List<Path> posts,
        Path out,
        List<EvaluationSet> exclude,
        @Nullable Path pictureFilter,
        @Nullable Path model,
        int threads,
        BuildSettings settings) {
    public BuildConfig {
        posts = List.copyOf(posts);
        exclude = List.copyOf(exclude);
        if (posts.isEmpty())
            throw new IllegalArgumentException("posts: expected at least one file");
        if (settings.duplicateCosine() != null && model == null) {
            throw new IllegalArgumentException("duplicateCosine: needs a checkpoint, got none");
        }
        if (threads < 1) {
            throw new IllegalArgumentException("threads: expected at least 1, got " + threads);
        }
    }

    /// Default settings, the shipped filter, and as many threads as there are processors.
    public static BuildConfig of(List<Path> posts, Path out, List<EvaluationSet> exclude) {
        return new BuildConfig(
                posts,
                out,
                exclude,
                null,
                null,
                Runtime.getRuntime().availableProcessors(),
                BuildSettings.defaults());
    }
}
