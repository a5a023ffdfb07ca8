package org.openplip.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.openplip.io.Json;
import org.openplip.report.Results.ChanceAt;
import org.openplip.report.Results.ClassOf;
import org.openplip.report.Results.ClassScore;
import org.openplip.report.Results.Hit;
import org.openplip.report.Results.Measured;
import org.openplip.report.Results.Mistake;
import org.openplip.report.Results.Model;
import org.openplip.report.Results.Point;
import org.openplip.report.Results.Query;
import org.openplip.report.Results.RecallAt;
import org.openplip.report.Results.Reference;
import org.openplip.report.Results.RetrievalScore;
import org.openplip.report.Results.Step;
import org.openplip.report.Results.ZeroShotScore;

/// Made-up results of the size that a quickstart gives.
final class SampleResults {
    private static final List<String> LABELS =
            List.of("ADI", "BACK", "DEB", "LYM", "MUC", "MUS", "NORM", "STR", "TUM");
    private static final List<String> NAMES =
            List.of(
                    "adipose tissue",
                    "background",
                    "debris",
                    "lymphocytes",
                    "mucus",
                    "smooth muscle",
                    "normal colon mucosa",
                    "cancer-associated stroma",
                    "colorectal adenocarcinoma epithelium");

    private SampleResults() {}

    static Results full(Path root) throws IOException {
        for (int i = 0; i < 12; i++) picture(root.resolve("p" + i + ".png"), i);
        return new Results(
                Results.FORMAT,
                "Zero-shot classification and retrieval on a made-up test set",
                new Results.Provenance(
                        "2026-01-01T12:00:00Z",
                        "plip evaluate --model quickstart/run/final --data quickstart/world/heldout.csv --out quickstart/evaluation",
                        "0.1.0",
                        "abc1234",
                        "25.0.3",
                        1,
                        Map.of("draws", 1000, "level", 0.95, "recall_at", List.of(1, 10, 50))),
                new Results.DataSet(
                        "world/heldout.csv",
                        "quickstart/world/heldout.csv",
                        root.toString(),
                        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                        451,
                        450,
                        "All pictures are procedural drawings, not tissue."),
                List.of(
                        new Model(
                                "trained",
                                "quickstart/run/final",
                                "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"),
                        new Model(
                                "untrained",
                                "the same configuration, random weights, seed 1",
                                null)),
                zeroShot(),
                textToImage(),
                training(),
                filter(),
                List.of(new Results.LeftOut("heldout/TUM/broken.jpg", "is truncated")));
    }

    private static void picture(Path file, int seed) throws IOException {
        BufferedImage image = new BufferedImage(96, 96, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        Random random = new Random(seed);
        g.setColor(new Color(0xf3dbe8));
        g.fillRect(0, 0, 96, 96);
        for (int i = 0; i < 60; i++) {
            g.setColor(
                    Color.getHSBColor(0.72f + seed * 0.02f, 0.5f, 0.45f + random.nextFloat() / 2));
            int side = 4 + random.nextInt(10);
            g.fillOval(random.nextInt(96), random.nextInt(96), side, side);
        }
        g.dispose();
        ImageIO.write(image, "png", file.toFile());
    }

    private static Measured around(double value, int n) {
        double half = Math.sqrt(value * (1 - value) / n) * 1.96;
        return new Measured(value, Math.max(0, value - half), Math.min(1, value + half), n);
    }

    private static ZeroShotScore score(String model, Measured weighted, double right, long seed) {
        Random random = new Random(seed);
        List<List<Long>> confusion = new ArrayList<>();
        List<ClassScore> classes = new ArrayList<>();
        for (int row = 0; row < 9; row++) {
            long[] counts = new long[9];
            long own =
                    right > 0.5
                            ? Math.round(50 * Math.min(1, right + random.nextGaussian() * 0.09))
                            : 0;
            if (row == 8 && right > 0.5) own = 41;
            counts[row] = own;
            for (long i = own; i < 50; i++) {
                int near =
                        right > 0.5
                                ? Math.clamp(row + random.nextInt(5) - 2L, 0, 8)
                                : random.nextInt(3);
                counts[near]++;
            }
            List<Long> list = new ArrayList<>();
            for (long count : counts) list.add(count);
            confusion.add(list);
            double recall = counts[row] / 50.0;
            classes.add(
                    new ClassScore(
                            LABELS.get(row),
                            50,
                            recall == 0 ? null : Math.min(1, recall + 0.03),
                            recall,
                            around(Math.min(1, recall), 50)));
        }
        return new ZeroShotScore(
                model,
                weighted,
                around(weighted.value() - 0.002, 450),
                around(right, 450),
                around(right, 450),
                around(Math.max(0.004, (right - 0.111) / 0.889), 450),
                classes,
                confusion);
    }

    private static Results.ZeroShot zeroShot() {
        List<ClassOf> classes = new ArrayList<>();
        for (int i = 0; i < 9; i++) classes.add(new ClassOf(LABELS.get(i), NAMES.get(i), 50));
        List<Mistake> mistakes = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            mistakes.add(
                    new Mistake(
                            "p" + i + ".png",
                            LABELS.get(i % 9),
                            LABELS.get((i + 4) % 9),
                            0.41 - 0.02 * i));
        }
        return new Results.ZeroShot(
                "paper",
                List.of("An H&E image patch of {}."),
                classes,
                450,
                new Results.Bootstrap(1000, 0.95, 1, "pictures"),
                List.of(
                        score("trained", new Measured(0.873, 0.842, 0.901, 450), 0.872, 4),
                        score("untrained", new Measured(0.081, 0.06, 0.104, 450), 0.12, 5)),
                List.of(
                        new Reference(
                                "chance", "A fair die over the 9 classes.", 0.111, 0.111, 0.111),
                        new Reference(
                                "majority",
                                "Every picture is put into the class that most pictures belong to.",
                                0.022,
                                0.111,
                                0.111)),
                mistakes);
    }

    private static RetrievalScore retrieval(
            String model, double one, Measured ten, double fifty, double median) {
        return new RetrievalScore(
                model,
                List.of(
                        new RecallAt(1, around(one, 450), one * 450),
                        new RecallAt(10, ten, ten.value() * 45),
                        new RecallAt(50, around(fifty, 450), fifty * 9)),
                new Measured(median, median * 0.9, median * 1.12, 450));
    }

    private static Results.TextToImage textToImage() {
        List<Query> examples = new ArrayList<>();
        String[] captions = {
            "Sheets of pleomorphic epithelial cells in fused glands, invasive adenocarcinoma",
            "<script>alert('x')</script> & more",
            "Dense small round blue cells, reactive infiltrate",
            "Signet ring adipocytes, thin septa"
        };
        for (int q = 0; q < captions.length; q++) {
            List<Hit> hits = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                hits.add(
                        new Hit(
                                "p" + (i + q) + ".png",
                                LABELS.get((8 + q + (i > 3 ? 1 : 0)) % 9),
                                0.71 - 0.03 * i,
                                i == 2 * q));
            }
            examples.add(
                    new Query(captions[q], "p" + 3 * q + ".png", q < 3 ? 1 + 2 * q : 61, hits));
        }
        return new Results.TextToImage(
                "paper",
                450,
                450,
                437,
                new Results.Bootstrap(1000, 0.95, 1, "captions"),
                List.of(
                        retrieval(
                                "trained", 0.091, new Measured(0.412, 0.368, 0.455, 450), 0.83, 14),
                        retrieval(
                                "untrained",
                                0.002,
                                new Measured(0.024, 0.011, 0.038, 450),
                                0.118,
                                221)),
                List.of(
                        new ChanceAt(1, 1 / 450.0),
                        new ChanceAt(10, 10 / 450.0),
                        new ChanceAt(50, 50 / 450.0)),
                225.5,
                examples);
    }

    private static Results.Training training() {
        List<Point> points = new ArrayList<>();
        Random random = new Random(2);
        for (int step = 5; step <= 900; step += 5) {
            double loss = 0.9 + 3.9 * Math.exp(-step / 220.0) + random.nextGaussian() * 0.05;
            boolean validated = step % 100 == 0;
            points.add(
                    new Point(
                            step,
                            step / 90.0,
                            loss,
                            5e-4,
                            14.3 + 12 * (1 - Math.exp(-step / 500.0)),
                            140.0,
                            validated ? loss + 0.25 : null,
                            validated ? 0.5 * (1 - Math.exp(-step / 300.0)) : null));
        }
        ObjectNode environment = Json.MAPPER.createObjectNode();
        environment.put("device", "cpu").put("seed", 1).put("commit", "abc1234");
        return new Results.Training("quickstart/run", 180, points, environment);
    }

    private static Results.Filter filter() throws IOException {
        JsonNode quality =
                Json.MAPPER.readTree(
                        """
                        {"precision": 0.971, "recall": 0.944, "rules": [
                          {"rule": "language", "dropped": 313, "precision": 0.962, "expected": 322, "recall": 0.934},
                          {"rule": "near_duplicate", "dropped": 90, "precision": 0.978, "expected": 96, "recall": 0.917}]}
                        """);
        return new Results.Filter(
                "quickstart/release",
                List.of(
                        new Step("read", "line", 6012, 6000, Map.of("not JSON", 12L)),
                        new Step(
                                "hashtag",
                                "post",
                                6000,
                                5480,
                                Map.of("no pathology hashtag", 520L)),
                        new Step(
                                "post-rules",
                                "post",
                                5480,
                                3720,
                                Map.of(
                                        "retweet",
                                        700L,
                                        "sensitive",
                                        210L,
                                        "not English",
                                        520L,
                                        "question",
                                        330L)),
                        new Step("pairing", "pair", 5100, 5100, Map.of()),
                        new Step(
                                "pictures",
                                "pair",
                                5100,
                                4010,
                                Map.of(
                                        "not pathology",
                                        600L,
                                        "exact duplicate",
                                        220L,
                                        "near duplicate",
                                        180L,
                                        "unreadable",
                                        14L,
                                        "too small",
                                        40L,
                                        "missing",
                                        20L,
                                        "leaked",
                                        16L))),
                quality);
    }
}
