package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.security.Security;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.openplip.openpath.fetch.FetchSettings;
import org.openplip.openpath.fetch.FetchSummary;
import org.openplip.openpath.fetch.PictureFetch;
import org.openplip.openpath.fetch.Waits;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `plip openpath fetch`: the pictures that posts show.
@Command(
        name = "fetch",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Fetch the pictures of posts.",
        description = {
            "",
            "This uses the network. Writes the pictures by the SHA-256 of their bytes, posts.jsonl"
                    + " (the posts with the pictures' paths: what openpath build takes) and"
                    + " fetch.jsonl, which says of each address what came of it and why.",
            "",
            "Pictures whose owner forbids it (X-Robots-Tag: noai, noimageai, noindex, noimageindex"
                    + " or none), what is no picture by its bytes, and addresses that are not public"
                    + " are not taken. A fetch that was stopped goes on when the same command is"
                    + " given again; what failed for now is then asked for again (exit code 1 says"
                    + " that there is such)."
        })
final class FetchCommand implements Callable<Integer> {
    private static final FetchSettings DEFAULTS = FetchSettings.defaults();

    @Option(
            names = "--posts",
            arity = "1..*",
            required = true,
            paramLabel = "FILE",
            description = "posts as JSON lines, X API v2 field names")
    private List<Path> posts = List.of();

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "the folder of the pictures, of posts.jsonl and of fetch.jsonl")
    private Path out = Path.of("");

    @Option(
            names = "--connections",
            paramLabel = "N",
            description = "requests at once, over all hosts (default: ${DEFAULT-VALUE})")
    private int connections = DEFAULTS.connections();

    @Option(
            names = "--per-host",
            paramLabel = "N",
            description = "requests at once to one host (default: ${DEFAULT-VALUE})")
    private int perHost = DEFAULTS.perHost();

    @Option(
            names = "--pause",
            paramLabel = "MS",
            description =
                    "milliseconds between the starts of two requests to one host (default:"
                            + " ${DEFAULT-VALUE})")
    private long pause = DEFAULTS.pause().toMillis();

    @Option(
            names = "--refresh",
            description =
                    "ask again for pictures that are there, by their ETag; those that were taken"
                            + " back or are forbidden now go from the posts")
    private boolean refresh;

    @Option(
            names = "--allow-private",
            description = "ask addresses that are not public too, such as 127.0.0.1")
    private boolean allowPrivate;

    @Override
    public Integer call() throws IOException, InterruptedException {
        // For the life of the process, so that a host that was found to be public stays where it
        // was: the client looks it up again by itself.
        Security.setProperty("networkaddress.cache.ttl", "-1");
        FetchSettings settings =
                new FetchSettings(
                        connections,
                        perHost,
                        Duration.ofMillis(pause),
                        DEFAULTS.patience(),
                        DEFAULTS.hostFailures(),
                        DEFAULTS.hostRest(),
                        DEFAULTS.largestPicture(),
                        DEFAULTS.exchangeLimit(),
                        allowPrivate);
        FetchSummary summary =
                PictureFetch.run(
                        posts,
                        out,
                        settings,
                        refresh,
                        Waits.real(),
                        new TerminalProgress(System.err));
        System.out.printf(
                "%d pictures: %d kept, %d rejected%s, %d failed for now%s; %d asked for%n",
                summary.pictures(),
                summary.kept(),
                sum(summary.rejected()),
                reasons(summary.rejected()),
                sum(summary.failed()),
                reasons(summary.failed()),
                summary.asked());
        return summary.failed().isEmpty() ? 0 : 1;
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    private static String reasons(Map<String, Long> counts) {
        if (counts.isEmpty()) return "";
        return counts.entrySet().stream()
                .map(count -> count.getValue() + " " + count.getKey())
                .collect(Collectors.joining(", ", " (", ")"));
    }
}
