package org.openplip.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openplip.evaluate.EvaluationConfig;
import org.openplip.evaluate.EvaluationSettings;
import org.openplip.index.IndexBuild;
import org.openplip.index.IndexSettings;
import org.openplip.index.PictureSource;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.openpath.BuildConfig;
import org.openplip.openpath.BuildSettings;
import org.openplip.openpath.BuildSummary;
import org.openplip.openpath.EvaluationSet;
import org.openplip.openpath.OpenPathBuild;
import org.openplip.openpath.Release;
import org.openplip.report.Results;
import org.openplip.tensor.Peers;
import org.openplip.train.TrainConfig;
import org.openplip.train.TrainRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `plip quickstart`: the whole line on phantoms.
@Command(
        name = "quickstart",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "See the whole line at work on phantoms, in minutes.",
        description = {
            "",
            "Draws a world of posts, builds the data set, trains a small CLIP from nothing, measures"
                    + " it, indexes the held-out pictures and a real slide, and serves the search"
                    + " page. Stopped half-way, the same command goes on where it was.",
            "",
            "With --model the checkpoint given is measured, indexed and served, and nothing is"
                    + " trained."
        })
final class QuickstartCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--dir",
            defaultValue = "quickstart",
            paramLabel = "DIR",
            description = "where everything goes (default: ${DEFAULT-VALUE})")
    private Path dir = Path.of("");

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            converter = CheckpointConverter.class,
            description =
                    "use this checkpoint in place of training one: a folder, a file, or the name of"
                            + " a model that plip pull fetched")
    private @Nullable Path model;

    @Option(names = "--no-serve", description = "end before the page")
    private boolean noServe;

    @Option(
            names = "--port",
            defaultValue = "8080",
            paramLabel = "N",
            description = "of the page; 0 takes any free one (default: ${DEFAULT-VALUE})")
    private int port;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "of the world and of the training, in place of the recipe's")
    private @Nullable Long seed;

    @Mixin private RecipeOption recipe = new RecipeOption();

    /// `summary.json`: settings, then the results of each stage as it ends.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Summary(
            String notice,
            Settings settings,
            @Nullable FilterResult filter,
            @Nullable ZeroShotResult zeroShot,
            @Nullable TextToImageResult textToImage,
            Map<String, Double> seconds) {

        static Summary empty(Settings settings) {
            return new Summary(
                    "Measured on procedural drawings, not tissue: these numbers show that the line"
                            + " works, and say nothing about pathology.",
                    settings,
                    null,
                    null,
                    null,
                    Map.of());
        }

        Summary with(FilterResult result) {
            return new Summary(notice, settings, result, zeroShot, textToImage, seconds);
        }

        Summary with(
                @Nullable ZeroShotResult zeroShotResult,
                @Nullable TextToImageResult textToImageResult) {
            return new Summary(
                    notice, settings, filter, zeroShotResult, textToImageResult, seconds);
        }

        Summary with(String stage, double stageSeconds) {
            Map<String, Double> more = new LinkedHashMap<>(seconds);
            more.put(stage, Math.round(10 * stageSeconds) / 10.0);
            return new Summary(notice, settings, filter, zeroShot, textToImage, more);
        }
    }

    /// What the run was asked for; another call must ask for the same to go on.
    ///
    /// @param model the checkpoint that was given; else there is `train`
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Settings(
            @Nullable String model,
            PhantomCommand.Settings phantom,
            BuildSettings openpath,
            @Nullable TrainConfig train,
            EvaluationSettings evaluate,
            IndexSettings index) {}

    record FilterResult(double precision, double recall) {}

    /// @param untrained of the model before its training; absent where none was trained
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ZeroShotResult(
            double weightedF1,
            double low,
            double high,
            @Nullable Double untrained,
            double chance,
            int n) {}

    /// @param untrainedAt10 of the model before its training; absent where none was trained
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record TextToImageResult(
            double recallAt10,
            double low,
            double high,
            @Nullable Double untrainedAt10,
            double chanceAt10,
            double recallAt50,
            @Nullable Double untrainedAt50,
            double chanceAt50,
            int n) {}

    /// `summary.json` as it grows, a stage at a time.
    private static final class Log {
        private final Path file;
        private final int stages;
        private Summary summary;
        private int stage;

        private Log(Path file, Summary summary) {
            this.file = file;
            this.summary = summary;
            this.stages = summary.settings.train == null ? 4 : 5;
        }

        /// Goes on with what is in the folder, or begins anew.
        static Log open(Path file, Settings settings) throws IOException {
            if (!Files.exists(file)) {
                Log log = new Log(file, Summary.empty(settings));
                Json.write(file, log.summary);
                return log;
            }
            Summary before = Json.read(file, Summary.class);
            if (!before.settings.equals(settings)) {
                throw new DataException(
                        file, "is of a run with other settings; choose another folder with --dir");
            }
            return new Log(file, before);
        }

        void stage(String name, Stage work) throws IOException, InterruptedException {
            stage++;
            Double before = summary.seconds.get(name);
            if (before != null) {
                System.out.printf("%d/%d %-9s done before (%.0f s)%n", stage, stages, name, before);
                return;
            }
            long started = System.nanoTime();
            String line = work.run();
            double seconds = (System.nanoTime() - started) / 1e9;
            summary = summary.with(name, seconds);
            Json.write(file, summary);
            System.out.printf("%d/%d %-9s %s (%.0f s)%n", stage, stages, name, line, seconds);
        }
    }

    /// One stage: does its work and says in a line what came of it.
    private interface Stage {
        String run() throws IOException, InterruptedException;
    }

    private final Progress progress = new TerminalProgress(System.err);

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path world = dir.resolve("world");
        Path release = dir.resolve("release");
        Path run = dir.resolve("run");
        Path evaluation = dir.resolve("evaluation");
        Path index = dir.resolve("index");
        Settings settings = settings();
        Log log = Log.open(dir.resolve("summary.json"), settings);
        System.out.println(
                "OpenPLIP quick start, into " + dir + ". All pictures but the slide are drawings.");

        log.stage("phantom", () -> PhantomCommand.write(settings.phantom, world, progress));
        log.stage("openpath", () -> build(log, settings.openpath, world, release));
        TrainConfig training = settings.train;
        if (training != null) log.stage("train", () -> train(training, release, run));
        Path used = model == null ? run.resolve("final") : model;
        Evaluated evaluated =
                model == null
                        ? new Evaluated(
                                used,
                                run.resolve("initial"),
                                run,
                                "A small CLIP trained on phantoms")
                        : new Evaluated(used, null, null, model + " on phantoms");
        log.stage(
                "evaluate",
                () -> evaluate(log, settings.evaluate, world, release, evaluated, evaluation));
        log.stage("index", () -> index(settings.index, world, used, index));

        System.out.println("Report:  " + evaluation.resolve("report.html"));
        System.out.println("Summary: " + dir.resolve("summary.json"));
        if (!noServe) ServeCommand.serve(used, index, port);
        return 0;
    }

    private Settings settings() throws IOException {
        PhantomCommand.Settings phantom = recipe.table("phantom", PhantomCommand.Settings.class);
        TrainConfig train = model == null ? recipe.table("train", TrainConfig.class) : null;
        if (seed != null) {
            phantom = new PhantomCommand.Settings(phantom.posts(), phantom.heldoutPerClass(), seed);
            if (train != null) train = train.withSeed(seed);
        }
        return new Settings(
                model == null ? null : model.toAbsolutePath().toString(),
                phantom,
                recipe.table("openpath", BuildSettings.class),
                train,
                recipe.table("evaluate", EvaluationSettings.class),
                recipe.table("index", IndexSettings.class));
    }

    private String build(Log log, BuildSettings settings, Path world, Path release)
            throws IOException {
        BuildSummary built =
                OpenPathBuild.run(
                        new BuildConfig(
                                List.of(world.resolve("posts.jsonl")),
                                release,
                                List.of(EvaluationSet.folder(world.resolve("heldout"))),
                                null,
                                null,
                                Runtime.getRuntime().availableProcessors(),
                                settings),
                        progress);
        if (built.quality() != null) {
            log.summary =
                    log.summary.with(
                            new FilterResult(
                                    built.quality().precision(), built.quality().recall()));
        }
        return built.line();
    }

    private String train(TrainConfig config, Path release, Path run)
            throws IOException, InterruptedException {
        try (Release data = Release.open(release)) {
            return TrainCommand.line(
                    TrainRun.run(config, null, data, null, run, Peers.none(), progress));
        }
    }

    /// What is measured.
    ///
    /// @param baseline the model before its training, if it was trained here, and `run` with it
    private record Evaluated(
            Path model, @Nullable Path baseline, @Nullable Path run, String title) {}

    private String evaluate(
            Log log,
            EvaluationSettings settings,
            Path world,
            Path release,
            Evaluated evaluated,
            Path out)
            throws IOException {
        Results results =
                EvaluateCommand.evaluate(
                        evaluated.model,
                        evaluated.baseline,
                        new EvaluationConfig(
                                world.resolve("heldout.csv"),
                                out,
                                evaluated.run,
                                release,
                                evaluated.title,
                                settings),
                        "plip "
                                + String.join(
                                        " ", spec.commandLine().getParseResult().originalArgs()),
                        progress);
        log.summary = log.summary.with(zeroShot(results), textToImage(results));
        return EvaluateCommand.line(results);
    }

    private static @Nullable ZeroShotResult zeroShot(Results results) {
        Results.ZeroShot study = results.zeroShot();
        if (study == null) return null;
        Results.Measured trained = study.scores().get(0).weightedF1();
        return new ZeroShotResult(
                trained.value(),
                trained.low(),
                trained.high(),
                study.scores().size() < 2 ? null : study.scores().get(1).weightedF1().value(),
                study.references().getFirst().weightedF1(),
                trained.n());
    }

    private static @Nullable TextToImageResult textToImage(Results results) {
        Results.TextToImage study = results.textToImage();
        if (study == null) return null;
        Results.Measured at10 = recall(study, 0, 10);
        boolean untrained = study.scores().size() > 1;
        return new TextToImageResult(
                at10.value(),
                at10.low(),
                at10.high(),
                untrained ? recall(study, 1, 10).value() : null,
                chance(study, 10),
                recall(study, 0, 50).value(),
                untrained ? recall(study, 1, 50).value() : null,
                chance(study, 50),
                at10.n());
    }

    private static Results.Measured recall(Results.TextToImage study, int model, int k) {
        return study.scores().get(model).recall().stream()
                .filter(at -> at.k() == k)
                .findFirst()
                .orElseThrow()
                .recall();
    }

    private static double chance(Results.TextToImage study, int k) {
        return study.chance().stream().filter(at -> at.k() == k).findFirst().orElseThrow().recall();
    }

    private String index(IndexSettings settings, Path world, Path used, Path out)
            throws IOException {
        LeftOutList leftOut = new LeftOutList();
        return IndexBuild.write(
                        used,
                        out,
                        List.of(PictureSource.table(world.resolve("heldout.csv"))),
                        List.of(
                                RecipeOption.home()
                                        .resolve("data")
                                        .resolve("CMU-1-Small-Region.svs")),
                        settings,
                        leftOut::add,
                        progress)
                .toString();
    }
}
