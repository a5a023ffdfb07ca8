package org.openplip.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openplip.openpath.acquire.Acquisition;
import org.openplip.openpath.acquire.AcquisitionSummary;
import org.openplip.openpath.acquire.BlueskySource;
import org.openplip.openpath.acquire.MastodonSource;
import org.openplip.openpath.acquire.PostSource;
import org.openplip.openpath.acquire.XSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `plip openpath acquire`: posts from X, Bluesky, Mastodon or archives into one folder.
@Command(
        name = "acquire",
        mixinStandardHelpOptions = true,
        header = "Bring posts from X, Bluesky, Mastodon or archives.",
        description = {
            "",
            "Several sources may go into one folder. Its posts.jsonl, each post once, is what"
                    + " openpath build reads; left-out.jsonl says what is missing and why;"
                    + " counts.json counts by source and hashtag. A command that was stopped goes"
                    + " on where it was when it is given again; given later, it brings what is new."
        },
        synopsisSubcommandLabel = "SOURCE",
        commandListHeading = "%nSources:%n",
        subcommands = {
            AcquireCommand.X.class,
            AcquireCommand.Bluesky.class,
            AcquireCommand.Mastodon.class,
            AcquireCommand.Archive.class
        })
final class AcquireCommand {

    /// A day or a time in ISO 8601; a day is its beginning in UTC.
    static final class TimeConverter implements ITypeConverter<Instant> {
        @Override
        public Instant convert(String text) {
            try {
                return text.contains("T")
                        ? OffsetDateTime.parse(text).toInstant()
                        : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
            } catch (DateTimeException _) {
                throw new TypeConversionException(
                        "expected 2022-11-16 or 2022-11-16T08:00:00Z, got " + text);
            }
        }
    }

    /// Where to, and which hashtags to count by.
    static final class Target {
        @Option(
                names = "--out",
                required = true,
                paramLabel = "DIR",
                description = "the folder; what is there stays")
        private Path out = Path.of("");

        @Option(
                names = "--hashtag",
                arity = "1..*",
                paramLabel = "TAG",
                description = "hashtags without # (default: the paper's 32)")
        private List<String> hashtags = List.of();

        Acquisition open() throws IOException {
            return Acquisition.open(
                    out,
                    hashtags.isEmpty() ? Acquisition.paperHashtags() : hashtags,
                    new TerminalProgress(System.err));
        }

        /// Counts what is there and says so.
        void finish(Acquisition acquisition) throws IOException {
            AcquisitionSummary summary = acquisition.count();
            System.out.printf(
                    "%s: %d posts, %d of them replies; %d left out with reasons%n",
                    out.resolve("posts.jsonl"),
                    summary.posts(),
                    summary.repliesBySource().values().stream().mapToLong(n -> n).sum(),
                    summary.leftOut().values().stream().mapToLong(n -> n).sum());
        }
    }

    /// What to search for, and the search itself.
    static final class Search {
        @Option(
                names = "--since",
                converter = TimeConverter.class,
                paramLabel = "TIME",
                description = "posts from this day or time on (default: all)")
        private @Nullable Instant since;

        @Option(
                names = "--until",
                converter = TimeConverter.class,
                paramLabel = "TIME",
                description = "posts before this day or time (default: now)")
        private @Nullable Instant until;

        @Option(
                names = "--replies",
                negatable = true,
                defaultValue = "true",
                fallbackValue = "true",
                description = "the answers to posts with pictures too (default)")
        private boolean replies;

        void run(Target target, PostSource source) throws IOException, InterruptedException {
            try (source;
                    Acquisition acquisition = target.open()) {
                acquisition.search(source, since, until);
                if (replies) acquisition.replies(source);
                target.finish(acquisition);
            }
        }
    }

    /// `plip openpath acquire x`.
    @Command(
            name = "x",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            header = "Search X, or look up posts by their ids.",
            description = {
                "",
                "This uses the network. X charges for posts that are read. The bearer token of an"
                        + " app is taken from the environment, X_BEARER_TOKEN. Posts without"
                        + " pictures and reposts are not asked for."
            })
    static final class X implements Callable<Integer> {
        @Spec private CommandSpec spec = CommandSpec.create();
        @Mixin private Target target = new Target();
        @Mixin private Search search = new Search();

        @Option(
                names = "--recent",
                description = "search the last 7 days rather than all that X has")
        private boolean recent;

        @Option(
                names = "--ids",
                paramLabel = "FILE",
                description =
                        "look up these posts rather than search: a list, or a table with their ids"
                                + " or links, such as the released OpenPath")
        private @Nullable Path ids;

        @Option(
                names = "--server",
                paramLabel = "URL",
                description = "another than https://api.x.com")
        private URI server = XSource.SERVER;

        @Override
        public Integer call() throws IOException, InterruptedException {
            String token = System.getenv("X_BEARER_TOKEN");
            if (token == null || token.isBlank()) {
                throw new CommandLine.ParameterException(
                        spec.commandLine(),
                        "X_BEARER_TOKEN: expected the bearer token of an app of X, got nothing");
            }
            XSource source = XSource.open(server, token.strip(), recent);
            if (ids == null) {
                search.run(target, source);
                return 0;
            }
            try (source;
                    Acquisition acquisition = target.open()) {
                acquisition.lookUp(source, ids);
                target.finish(acquisition);
            }
            return 0;
        }
    }

    /// `plip openpath acquire bluesky`.
    @Command(
            name = "bluesky",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            header = "Search Bluesky.",
            description = {
                "",
                "This uses the network. The account that searches is taken from the environment:"
                        + " BLUESKY_HANDLE and BLUESKY_APP_PASSWORD. Without, Bluesky seldom lets"
                        + " search. Authors who ask not to be shown to the public are left out."
            })
    static final class Bluesky implements Callable<Integer> {
        @Mixin private Target target = new Target();
        @Mixin private Search search = new Search();

        @Option(
                names = "--server",
                paramLabel = "URL",
                description = "another than https://bsky.social, where the account is")
        private @Nullable URI server;

        @Override
        public Integer call() throws IOException, InterruptedException {
            String handle = System.getenv("BLUESKY_HANDLE");
            String password = System.getenv("BLUESKY_APP_PASSWORD");
            BlueskySource.Login login =
                    handle == null || password == null
                            ? null
                            : new BlueskySource.Login(handle, password);
            URI usual = login == null ? BlueskySource.PUBLIC_SERVER : BlueskySource.SERVER;
            search.run(target, BlueskySource.open(server == null ? usual : server, login));
            return 0;
        }
    }

    /// `plip openpath acquire mastodon`.
    @Command(
            name = "mastodon",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            header = "Read the hashtags of a Mastodon server.",
            description = {
                "",
                "This uses the network. A server knows its own posts and those that reached it."
                        + " Some want a token, taken from the environment: MASTODON_TOKEN. Authors"
                        + " who ask not to be indexed are left out."
            })
    static final class Mastodon implements Callable<Integer> {
        @Mixin private Target target = new Target();
        @Mixin private Search search = new Search();

        @Option(
                names = "--server",
                required = true,
                paramLabel = "URL",
                description = "such as https://med-mastodon.com")
        private URI server = URI.create("");

        @Override
        public Integer call() throws IOException, InterruptedException {
            search.run(target, MastodonSource.open(server, System.getenv("MASTODON_TOKEN")));
            return 0;
        }
    }

    /// `plip openpath acquire archive`.
    @Command(
            name = "archive",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            header = "Read posts that were archived on disk.",
            description = {
                "",
                "Pages of the X API v2 (.json), posts or pages a line (.jsonl, .ndjson), the zip"
                        + " that X gives to an account's owner, or folders of these. No network."
            })
    static final class Archive implements Callable<Integer> {
        @Mixin private Target target = new Target();

        @Parameters(arity = "1..*", paramLabel = "PATH", description = "files or folders")
        private List<Path> paths = List.of();

        @Override
        public Integer call() throws IOException {
            try (Acquisition acquisition = target.open()) {
                for (Path path : paths) acquisition.archive(path);
                target.finish(acquisition);
            }
            return 0;
        }
    }
}
