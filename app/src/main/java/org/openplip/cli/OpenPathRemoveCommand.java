package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openplip.index.IndexTakedown;
import org.openplip.io.DataException;
import org.openplip.openpath.IdsOnly;
import org.openplip.openpath.Takedown;
import org.openplip.search.SearchIndex;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `plip openpath remove`: takes something down.
@Command(
        name = "remove",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Take a post, picture, pair or author out of a release.",
        description = {
            "",
            "Removes it from the table, the shards, the lists and the counts, and from the indexes"
                    + " given; removed.jsonl records that, without content. A build into the same"
                    + " folder leaves it out again. A removal that was killed is finished by the"
                    + " next one, or without --id."
        })
final class OpenPathRemoveCommand implements Callable<Integer> {
    @Option(
            names = "--release",
            required = true,
            paramLabel = "DIR",
            description = "what plip openpath build wrote")
    private Path release = Path.of("");

    @Option(
            names = "--id",
            arity = "1..*",
            paramLabel = "ID",
            description = "of a post, an answer, a picture, a pair or an author")
    private List<String> ids = List.of();

    @Option(
            names = "--index",
            arity = "1..*",
            paramLabel = "DIR",
            description = "search indexes that have pictures of the release")
    private List<Path> indexes = List.of();

    @Option(
            names = "--ids-only",
            paramLabel = "DIR",
            description = "write ids, hashes and splits of what is left")
    private @Nullable Path idsOnly;

    @Override
    public Integer call() throws IOException {
        for (Path index : indexes) {
            if (!SearchIndex.exists(index)) throw new DataException(index, "is not a search index");
        }
        Takedown.Plan interrupted = Takedown.unfinished(release);
        if (interrupted != null) remove(interrupted);
        Set<String> wanted = new HashSet<>(ids);
        if (interrupted != null) wanted.removeAll(interrupted.ids());
        if (!wanted.isEmpty()) {
            Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
            remove(Takedown.begin(release, wanted, now));
        } else if (interrupted == null) {
            System.out.println("nothing to remove: no --id, and no removal was interrupted");
        }
        if (idsOnly != null) IdsOnly.write(release, idsOnly);
        return 0;
    }

    /// The indexes first: the plan that says what they hold is gone when the release is done.
    private void remove(Takedown.Plan plan) throws IOException {
        int items = 0;
        for (Path index : indexes) items += IndexTakedown.remove(index, plan);
        Takedown.finish(release, plan);
        long rejected = plan.counts().values().stream().mapToLong(Takedown.Counts::rejected).sum();
        String line =
                "removed %s: %d pairs, %d rows of rejected.parquet"
                        .formatted(String.join(", ", plan.ids()), plan.keys().size(), rejected);
        System.out.println(
                indexes.isEmpty()
                        ? line
                        : line + ", %d items of %d indexes".formatted(items, indexes.size()));
    }
}
