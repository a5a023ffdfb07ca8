package org.openplip.openpath;

import com.jerolba.carpet.CarpetWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.openpath.filter.PictureFilter;
import org.openplip.openpath.filter.PictureScorer;
import org.openplip.openpath.flow.Decoder;
import org.openplip.openpath.flow.Engine;
import org.openplip.openpath.flow.LocalEngine;
import org.openplip.openpath.flow.Row;
import org.openplip.report.Leak;
import org.openplip.report.LeakPage;

/// Builds a release of OpenPath from archived posts, in the order of the paper's Fig. 1a, with
/// duplicates and copies of evaluation pictures taken out before the split by time.
///
///     lines ─► posts: not a repost, not sensitive, hashtag, English, with a photo or an answer
///           ─► texts: of each post, and of the answer with most likes among those that name
///                     pathology; no question, long enough, no evaluation caption
///           ─► pictures of posts that have a text: readable, pathology, not an evaluation
///                     picture, not seen before
///           ─► pairs of each text with each picture of its post ─► split by time ─► release
///
/// Two posts' texts of one picture are not both kept, a post's and its answer's are. Everything
/// that does not go on is a row of `rejected.parquet` and a count in `flow.json`.
///
/// Memory does not grow with the posts, but by some 200 bytes with each pair. The same inputs and
/// settings give the same bytes, whatever engine runs the stages. A build that was killed goes on
/// when it is started again, from what is in `work/`; until the manifest is there, the folder is
/// not a release.
public final class OpenPathBuild {
    /// Makes the engine of a build.
    @FunctionalInterface
    public interface EngineMaker {
        /// @param work a folder of the engine's own, whose content stems from the same inputs,
        ///   settings and program; it is removed in the end
        Engine open(Path work) throws IOException;
    }

    private final BuildConfig config;
    private final List<String> posts;
    private final List<EvaluationSet.Sample> samples;
    private final Set<String> takenDown;
    private final Path work;
    private final Progress progress;
    private final BuildRecord.Filter filter;
    private final @Nullable String checkpoint;
    private final int embeddingWidth;

    private OpenPathBuild(BuildConfig config, Progress progress, PictureScorer scorer)
            throws IOException {
        this.config = config;
        this.progress = progress;
        posts = config.posts().stream().map(file -> file.toAbsolutePath().toString()).toList();
        samples = config.exclude().stream().flatMap(set -> set.samples().stream()).toList();
        takenDown = new TreeSet<>(Takedown.ids(config.out()));
        work = config.out().toAbsolutePath().resolve(ReleaseFiles.WORK);
        PictureFilter judge = scorer.filter();
        Double threshold = config.settings().pictureThreshold();
        filter =
                new BuildRecord.Filter(
                        judge.features(),
                        threshold == null ? judge.threshold() : threshold,
                        judge.card());
        checkpoint = scorer.checkpoint();
        embeddingWidth = scorer.width();
    }

    /// Builds the release that `config` asks for on this machine.
    ///
    /// @throws DataException if an input file or folder is missing; what is wrong within them is
    ///   rejected and counted instead
    public static BuildSummary run(BuildConfig config, Progress progress) throws IOException {
        return run(
                config,
                progress,
                work -> new LocalEngine(work, LocalEngine.Settings.of(config.threads()), progress));
    }

    /// Builds the release that `config` asks for with an engine of the caller's choice. All files
    /// must be seen by the engine's workers under the same absolute paths.
    public static BuildSummary run(BuildConfig config, Progress progress, EngineMaker maker)
            throws IOException {
        for (Path file : config.posts()) {
            if (!Files.isRegularFile(file)) throw new DataException(file, "is missing");
        }
        OpenPathBuild build;
        try (PictureScorer scorer =
                PictureScorer.open(
                        config.pictureFilter(),
                        config.model(),
                        config.settings().duplicateCosine() != null)) {
            build = new OpenPathBuild(config, progress, scorer);
        }
        Release.remove(config.out());
        List<BuildRecord.Input> inputs = BuildOrigin.inputs(config);
        BuildOrigin.keepWorkOf(config, inputs, build.takenDown, build.checkpoint, build.work);
        BuildSummary summary;
        try (Engine engine = maker.open(build.work.resolve("engine"));
                LocalEngine local =
                        new LocalEngine(
                                build.work.resolve("local"),
                                LocalEngine.Settings.of(config.threads()),
                                progress)) {
            summary = build.build(engine, local, inputs);
        }
        AtomicFiles.deleteTree(build.work);
        return summary;
    }

    private BuildSummary build(Engine engine, LocalEngine local, List<BuildRecord.Input> inputs)
            throws IOException {
        BuildSettings settings = config.settings();
        List<String> gone = List.copyOf(takenDown);
        String filterFile = absolute(config.pictureFilter());
        String model = absolute(config.model());
        Engine.Table evaluation =
                engine.map(
                        "evaluation pictures",
                        List.of(
                                engine.rows("evaluation files", LookAtEvaluation.source(samples))
                                        .channel(LookAtEvaluation.PICTURES)),
                        new LookAtEvaluation(
                                filterFile, settings.duplicateCosine() == null ? null : model));
        String known = evaluationFile(engine, evaluation);

        Engine.Table judged =
                engine.lines("posts", config.posts(), new JudgeLines(posts, settings, gone));
        Engine.Table once =
                engine.group("ids", List.of(judged.channel(JudgeLines.POSTS)), new FirstOfId());
        Engine.Table conversations =
                engine.group(
                        "conversations",
                        List.of(once.channel(FirstOfId.TEXTS)),
                        new Conversations(known));
        Engine.Table looked =
                engine.map(
                        "pictures",
                        List.of(conversations.channel(Conversations.PHOTOS)),
                        new LookAt(posts, settings, gone, filterFile, model, known));

        Engine.Table distinct =
                local.rows(
                        "distinct",
                        out -> {
                            try (Engine.Cursor rows =
                                    engine.sorted(
                                            List.of(
                                                    conversations.channel(Conversations.SHOWN),
                                                    looked.channel(LookAt.LOOKED)))) {
                                Distinct.run(rows, settings, embeddingWidth, work, out);
                            }
                        });
        try (Release.Writer release = Release.create(config.out(), settings.pairsPerShard())) {
            Engine.Table pairs = pairs(local, distinct, release);
            ReleaseContents contents = release.finishPairs();
            FlowCounts counts =
                    rejections(
                            engine,
                            List.of(evaluation, judged, once, conversations, looked),
                            local,
                            List.of(distinct, pairs));
            List<FlowStep> flow = flow(local, distinct, counts, contents.pairs());
            FilterQuality quality = FilterQuality.measure(config.posts(), config.out());
            if (quality != null) quality.write(config.out().resolve(ReleaseFiles.QUALITY));
            BuildRecord record = record(inputs, quality);
            Json.write(config.out().resolve(ReleaseFiles.BUILD), record);
            leaks(engine, conversations, looked, record.notice());
            ReleaseFiles.describe(config.out(), record, flow, contents);
            release.finish(flow);
            return new BuildSummary(
                    contents.pairs(),
                    contents.all().train(),
                    contents.all().validation(),
                    counts.rows(),
                    flow,
                    quality);
        }
    }

    private static @Nullable String absolute(@Nullable Path path) {
        return path == null ? null : path.toAbsolutePath().toString();
    }

    /// Writes what the workers must know of the evaluation sets.
    private String evaluationFile(Engine engine, Engine.Table evaluation) throws IOException {
        Path file = work.resolve("evaluation");
        try (Engine.Cursor prints =
                engine.sorted(List.of(evaluation.channel(LookAtEvaluation.PRINTS)))) {
            EvaluationFile.write(file, samples, prints);
        }
        return file.toString();
    }

    /// Writes the shards and the table of pairs; the table that comes back holds what was left out.
    private Engine.Table pairs(LocalEngine local, Engine.Table distinct, Release.Writer release)
            throws IOException {
        // Shards are always written from the start.
        AtomicFiles.deleteTree(work.resolve("local/pairs"));
        return local.rows(
                "pairs",
                out -> {
                    try (Engine.Cursor kept =
                                    local.sorted(List.of(distinct.channel(Distinct.KEPT)));
                            Engine.Cursor copies =
                                    local.sorted(List.of(distinct.channel(Distinct.COPIES)));
                            Progress.Task task = progress.begin("writing shards", -1)) {
                        new Pairing(posts, config.settings(), takenDown, release, out)
                                .run(kept, copies, task);
                    } catch (DataException e) {
                        // A picture is not what it was: all must be looked at again.
                        AtomicFiles.deleteTree(work);
                        throw e;
                    }
                });
    }

    /// Writes the table of rejections, in one order whatever made them, and counts them.
    private FlowCounts rejections(
            Engine engine, List<Engine.Table> tables, LocalEngine local, List<Engine.Table> locals)
            throws IOException {
        FlowCounts counts = new FlowCounts();
        try (Engine.Cursor these = engine.sorted(rejected(tables));
                Engine.Cursor those = local.sorted(rejected(locals))) {
            AtomicFiles.write(
                    config.out().resolve(ReleaseFiles.REJECTED),
                    bytes -> {
                        try (CarpetWriter<Rejection> table =
                                ParquetTable.writer(bytes, Rejection.class)) {
                            Row one = next(these);
                            Row other = next(those);
                            while (one != null || other != null) {
                                boolean first =
                                        other == null || (one != null && one.compareTo(other) <= 0);
                                Row row = Objects.requireNonNull(first ? one : other);
                                if (first) one = next(these);
                                else other = next(those);
                                Rejection rejection = RejectionRow.decode(row);
                                table.write(rejection);
                                counts.add(rejection);
                            }
                        }
                    });
        }
        return counts;
    }

    private static @Nullable Row next(Engine.Cursor rows) {
        return rows.hasNext() ? rows.next() : null;
    }

    private static List<Engine.Rows> rejected(List<Engine.Table> tables) {
        return tables.stream().map(table -> table.channel(RejectionRow.CHANNEL)).toList();
    }

    private List<FlowStep> flow(
            LocalEngine local, Engine.Table distinct, FlowCounts counts, long pairs)
            throws IOException {
        long[] totals = new long[3];
        try (Engine.Cursor rows = local.sorted(List.of(distinct.channel(Distinct.TOTALS)))) {
            while (rows.hasNext()) {
                Row row = rows.next();
                totals[row.key()[0]] = new Decoder(row.value()).int64();
            }
        }
        return counts.steps(
                samples.size(),
                totals[Distinct.PICTURES],
                totals[Distinct.TEXTS],
                totals[Distinct.ANSWERS],
                pairs);
    }

    private void leaks(
            Engine engine, Engine.Table conversations, Engine.Table looked, String notice)
            throws IOException {
        try (Engine.Cursor rows =
                engine.sorted(
                        List.of(
                                conversations.channel(Conversations.LEAKS),
                                looked.channel(LookAt.LEAKS)))) {
            LeakPage.write(
                    config.out().resolve(ReleaseFiles.LEAKS),
                    notice,
                    new Iterator<Leak>() {
                        @Override
                        public boolean hasNext() {
                            return rows.hasNext();
                        }

                        @Override
                        public Leak next() {
                            return LeakRow.decode(rows.next());
                        }
                    });
        }
    }

    private BuildRecord record(List<BuildRecord.Input> inputs, @Nullable FilterQuality quality)
            throws IOException {
        String notice = "";
        for (Path file : config.posts()) {
            Path world = file.resolveSibling("world.json");
            if (Files.isRegularFile(world)) {
                notice = Json.read(world).path("notice").asText(notice);
            }
        }
        return new BuildRecord(
                config.settings(),
                inputs,
                notice,
                BuildRules.of(config.settings(), takenDown).all().stream()
                        .map(rule -> new BuildRecord.RuleText(rule.name(), rule.describe()))
                        .toList(),
                filter,
                checkpoint,
                samples.size(),
                samples.stream().filter(sample -> sample.caption() != null).count(),
                quality);
    }
}
