package org.openplip.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.jerolba.carpet.CarpetReader;
import com.jerolba.carpet.FieldMatchingStrategy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.DataException;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.report.Results;
import org.openplip.report.Results.LeftOut;
import org.openplip.report.Results.Measured;
import org.openplip.report.Results.RecallAt;
import org.openplip.report.Results.ZeroShotScore;

class EvaluationRunTest {
    private static final Origin ORIGIN = new Origin("plip evaluate <x> & y", "0.1.0", "abc123");

    @TempDir Path folder;

    private static Contender planted(PlantedWorld world, double noise) {
        return new Contender(
                "trained",
                "run/final",
                "00ff",
                new PlantedEncoder(ClassNames.kather(), world.pictureNames(), noise));
    }

    private static Contender untrained() {
        return new Contender("untrained", "random", null, PlantedEncoder.random(7));
    }

    private EvaluationConfig config(Path data, @Nullable Map<String, String> classNames) {
        return new EvaluationConfig(
                data,
                folder.resolve("out"),
                null,
                null,
                null,
                new EvaluationSettings(
                        List.of(ClassNames.TEMPLATE),
                        classNames,
                        List.of(1, 10, 50),
                        200,
                        0.95,
                        3,
                        6,
                        12));
    }

    private Results measure(Path data, Contender... contenders) throws IOException {
        return EvaluationRun.measure(config(data, null), List.of(contenders), ORIGIN);
    }

    private Results run(Path data, Contender... contenders) throws IOException {
        return EvaluationRun.run(config(data, null), List.of(contenders), ORIGIN, Progress.none());
    }

    private static void assertOne(Measured measured, int n) {
        assertThat(measured.value()).isCloseTo(1, within(1e-12));
        assertThat(measured.low()).isCloseTo(1, within(1e-12));
        assertThat(measured.high()).isCloseTo(1, within(1e-12));
        assertThat(measured.n()).isEqualTo(n);
    }

    private static <T> T present(@Nullable T value) {
        assertThat(value).isNotNull();
        if (value == null) throw new AssertionError();
        return value;
    }

    @Test
    void perfectModelReachesOneEverywhereAndUntrainedStaysAtChance() throws IOException {
        PlantedWorld world = PlantedWorld.write(folder, 20);
        Results results = measure(world.table(), planted(world, 0), untrained());

        Results.ZeroShot zeroShot = present(results.zeroShot());
        assertThat(zeroShot.n()).isEqualTo(180);
        assertOne(zeroShot.scores().getFirst().weightedF1(), 180);
        assertThat(zeroShot.scores().getFirst().mcc().value()).isCloseTo(1, within(1e-12));
        assertThat(zeroShot.mistakes()).isEmpty();
        ZeroShotScore random = zeroShot.scores().get(1);
        assertThat(random.accuracy().value()).isBetween(0.03, 0.22);
        assertThat(random.accuracy().low()).isLessThan(random.accuracy().value());
        assertThat(zeroShot.references().getFirst().weightedF1()).isCloseTo(1 / 9.0, within(1e-12));

        Results.TextToImage retrieval = present(results.textToImage());
        assertThat(retrieval.scores().getFirst().recall())
                .extracting(RecallAt::k, r -> r.recall().value(), RecallAt::foldOverChance)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(1, 1.0, 180.0),
                        org.assertj.core.groups.Tuple.tuple(10, 1.0, 18.0),
                        org.assertj.core.groups.Tuple.tuple(50, 1.0, 3.6));
        assertThat(retrieval.scores().getFirst().medianRank().value()).isEqualTo(1);
        assertThat(retrieval.chance().get(1).recall()).isEqualTo(10 / 180.0);
        assertThat(retrieval.scores().get(1).recall().get(1).recall().value()).isLessThan(0.15);
        assertThat(retrieval.distinctCaptions()).isEqualTo(180);
        assertThat(results.leftOut()).isEmpty();
    }

    @Test
    void constantModelPutsEverythingIntoTheFirstClass() throws IOException {
        PlantedWorld world = PlantedWorld.write(folder, 3);
        Results results =
                measure(
                        world.folder().resolve("heldout"),
                        new Contender("constant", "none", null, PlantedEncoder.constant()));
        ZeroShotScore score = present(results.zeroShot()).scores().getFirst();
        for (List<Long> row : score.confusion()) {
            assertThat(row).containsExactly(3L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L);
        }
        // The first class: precision 1/9, recall 1, F1 0.2; all others 0.
        assertThat(score.weightedF1().value()).isCloseTo(0.2 / 9, within(1e-12));
        assertThat(score.accuracy().value()).isCloseTo(1 / 9.0, within(1e-12));
        assertThat(score.mcc().value()).isZero();
        assertThat(results.textToImage()).isNull();
    }

    @Test
    void theSameSeedGivesTheSameNumbers() throws IOException {
        PlantedWorld world = PlantedWorld.write(folder, 6);
        Results first = measure(world.table(), planted(world, 1.2), untrained());
        Results second = measure(world.table(), planted(world, 1.2), untrained());
        assertThat(second.zeroShot()).isEqualTo(first.zeroShot());
        assertThat(second.textToImage()).isEqualTo(first.textToImage());
    }

    @Test
    void resultsFileHoldsWhatWasReturned() throws IOException {
        PlantedWorld world = PlantedWorld.write(folder, 4);
        Results results = run(world.table(), planted(world, 1.2), untrained());
        Results read = Results.read(folder.resolve("out/results.json"));
        assertThat(Json.MAPPER.writeValueAsString(read))
                .isEqualTo(Json.MAPPER.writeValueAsString(results));
        assertThat(read.zeroShot()).isEqualTo(results.zeroShot());
        assertThat(read.textToImage()).isEqualTo(results.textToImage());
        assertThat(results.models().getFirst().sha256()).isEqualTo("00ff");
        assertThat(results.data().sha256()).hasSize(64);
    }

    @Test
    void predictionsHoldOneRowPerPictureAndModel() throws IOException {
        PlantedWorld world = PlantedWorld.write(folder, 4);
        Results results = run(world.table(), planted(world, 1.5), untrained());
        List<Prediction> rows =
                new CarpetReader<>(
                                folder.resolve("out/predictions.parquet").toFile(),
                                Prediction.class)
                        .withFieldMatchingStrategy(FieldMatchingStrategy.SNAKE_CASE)
                        .toList();
        assertThat(rows).hasSize(72);
        List<Prediction> trained =
                rows.stream().filter(row -> row.model().equals("trained")).toList();
        long right =
                trained.stream()
                        .filter(row -> present(row.predicted()).equals(row.label()))
                        .count();
        assertThat(right / 36.0)
                .isEqualTo(present(results.zeroShot()).scores().getFirst().accuracy().value());
        long found = trained.stream().filter(row -> present(row.captionRank()) <= 10).count();
        assertThat(found / 36.0)
                .isCloseTo(
                        present(results.textToImage())
                                .scores()
                                .getFirst()
                                .recall()
                                .get(1)
                                .recall()
                                .value(),
                        within(1e-12));
        assertThat(trained.getFirst().similarities()).hasSize(9);
    }

    @Test
    void unreadablePicturesAreLeftOutForEveryModelAndCounted() throws IOException {
        PlantedWorld world = PlantedWorld.write(folder, 2);
        Files.write(folder.resolve("heldout/ADI/pic-0000.png"), new byte[0]);
        Files.delete(folder.resolve("heldout/TUM/pic-8001.png"));
        Contender broken =
                new Contender(
                        "broken",
                        "b",
                        null,
                        PlantedEncoder.broken(PlantedEncoder.random(1), "pic-3000.png"));
        Results results = run(world.table(), planted(world, 0), broken);
        assertThat(results.data().listed()).isEqualTo(18);
        assertThat(results.data().used()).isEqualTo(15);
        assertThat(results.leftOut())
                .containsExactly(
                        new LeftOut("heldout/ADI/pic-0000.png", "is empty"),
                        new LeftOut(
                                "heldout/LYM/pic-3000.png",
                                "broken embeds it to numbers that are not finite"),
                        new LeftOut("heldout/TUM/pic-8001.png", "is missing"));
        assertThat(present(results.textToImage()).items()).isEqualTo(15);
        assertThat(Files.readString(folder.resolve("out/report.html"))).contains("is missing");
    }

    @Test
    void noReadablePictureIsAClearError() throws IOException {
        PlantedWorld world = PlantedWorld.write(folder, 1);
        for (String label : ClassNames.kather().labels()) {
            try (var files = Files.list(folder.resolve("heldout").resolve(label))) {
                for (Path file : files.toList()) Files.write(file, new byte[0]);
            }
        }
        assertThatThrownBy(() -> run(world.table(), planted(world, 0)))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "%s: none of the 9 pictures can be used; the first, heldout/ADI/pic-0000.png: is empty",
                        world.table());
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void classWithoutAPictureHasNoF1AndDoesNotCount() throws IOException {
        PlantedWorld world = PlantedWorld.write(folder, 2);
        try (var files = Files.list(folder.resolve("heldout/MUS"))) {
            for (Path file : files.toList()) Files.delete(file);
        }
        Results results = measure(folder.resolve("heldout"), planted(world, 0));
        Results.ZeroShot zeroShot = present(results.zeroShot());
        assertThat(zeroShot.n()).isEqualTo(16);
        assertThat(zeroShot.classes()).hasSize(9);
        assertThat(zeroShot.scores().getFirst().weightedF1().value()).isCloseTo(1, within(1e-12));
        assertThat(zeroShot.scores().getFirst().balancedAccuracy().value()).isEqualTo(1);
        assertThat(zeroShot.scores().getFirst().perClass().get(5).f1()).isNull();
        assertThat(zeroShot.classes().get(5).n()).isZero();
    }

    @Test
    void singleSampleGivesDefinedNumbers() throws IOException {
        PlantedWorld world = PlantedWorld.write(folder, 1);
        Path table = folder.resolve("one.csv");
        Files.writeString(
                table, "image,label,caption\nheldout/LYM/pic-3000.png,LYM,lymphocytes pic-3000\n");
        Results results = measure(table, planted(world, 0), untrained());
        assertOne(present(results.zeroShot()).scores().getFirst().weightedF1(), 1);
        Results.TextToImage retrieval = present(results.textToImage());
        assertThat(retrieval.chance()).containsExactly(new Results.ChanceAt(1, 1));
        assertThat(retrieval.scores().getFirst().recall().getFirst().recall().value()).isOne();
    }

    @Test
    void labelsThatThePromptsDoNotNameAreAnError() throws IOException {
        PlantedWorld world = PlantedWorld.write(folder, 1);
        EvaluationConfig config = config(world.table(), Map.of("ADI", "fat", "TUM", "tumour"));
        assertThatThrownBy(
                        () ->
                                EvaluationRun.run(
                                        config,
                                        List.of(planted(world, 0)),
                                        ORIGIN,
                                        Progress.none()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("[BACK, DEB, LYM, MUC, MUS, NORM, STR]");
    }

    @Test
    void phantomWorldsAreMarkedAsDrawings() throws IOException {
        PlantedWorld world = PlantedWorld.write(folder, 1);
        Files.writeString(
                folder.resolve("world.json"), "{\"notice\": \"All pictures are drawings.\"}");
        Results fromTable = run(world.table(), planted(world, 0));
        assertThat(fromTable.data().notice()).isEqualTo("All pictures are drawings.");
        Results fromFolder = run(folder.resolve("heldout"), planted(world, 0));
        assertThat(fromFolder.data().notice()).isEqualTo("All pictures are drawings.");
        assertThat(Files.readString(folder.resolve("out/report.html")))
                .contains("These numbers say nothing about real pathology.");
    }

    @Test
    void resumedTrainingCountsEachStepOnceAndPassesOverACutLine() throws IOException {
        Path run = Files.createDirectories(folder.resolve("run"));
        Files.writeString(
                run.resolve("metrics.jsonl"),
                """
                {"step":10,"epoch":0.1,"loss":4.0,"learning_rate":1e-5,"logit_scale":14.3}
                {"step":20,"epoch":0.2,"loss":3.9,"logit_scale":14.2}
                {"step":20,"epoch":0.2,"loss":3.5,"logit_scale":14.1}
                {"step":20,"epoch":0.2,"validation_loss":3.7}
                {"step":30,"epo""");
        Results.Training training = TrainingLog.read(run);
        assertThat(training.logged()).isEqualTo(2);
        assertThat(training.points().get(1).loss()).isEqualTo(3.5);
        assertThat(training.points().get(1).validationLoss()).isEqualTo(3.7);
        assertThat(training.points().get(1).learningRate()).isNull();

        Files.writeString(run.resolve("metrics.jsonl"), "{\"step\":1,\"loss\":1}\n{\"loss\":2}\n");
        assertThatThrownBy(() -> TrainingLog.read(run))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("line 2");
    }

    @Test
    void twoContendersOfOneNameAreRefused() throws IOException {
        PlantedWorld world = PlantedWorld.write(folder, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(world.table(), planted(world, 0), planted(world, 1)));
    }
}
