package org.openplip.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.Json;
import org.openplip.report.Results.ChanceAt;
import org.openplip.report.Results.ClassOf;
import org.openplip.report.Results.ClassScore;
import org.openplip.report.Results.Filter;
import org.openplip.report.Results.Hit;
import org.openplip.report.Results.Measured;
import org.openplip.report.Results.Mistake;
import org.openplip.report.Results.Model;
import org.openplip.report.Results.Query;
import org.openplip.report.Results.RecallAt;
import org.openplip.report.Results.Reference;
import org.openplip.report.Results.RetrievalScore;
import org.openplip.report.Results.Step;
import org.openplip.report.Results.TextToImage;
import org.openplip.report.Results.Training;
import org.openplip.report.Results.ZeroShot;
import org.openplip.report.Results.ZeroShotScore;

/// `report.html`: the results as one page of XHTML that needs no other file and no network, and its
/// figures as SVG and PNG.
public final class ReportPage {
    private static final String PAPER =
            "Huang Z, Bianchi F, Yuksekgonul M, Montine TJ, Zou J. A visual\u2013language foundation"
                    + " model for pathology image analysis using medical Twitter. Nature Medicine"
                    + " 29, 2307\u20132316 (2023).";
    private static final String PAPER_ADDRESS = "https://doi.org/10.1038/s41591-023-02504-3";

    private final Path folder;
    private final Results results;
    private final Thumbnails thumbnails;
    private final StringBuilder out = new StringBuilder(1 << 18);
    private int figures;
    private int tables;
    private int sections;

    private ReportPage(Path folder, Results results) {
        this.folder = folder;
        this.results = results;
        this.thumbnails = new Thumbnails(Path.of(results.data().root()));
    }

    /// Writes `report.html` and `figures/` into `folder` and returns the page's path.
    ///
    /// Pictures are read from `results.data().root()`; one that is gone leaves an empty frame.
    public static Path write(Path folder, Results results) throws IOException {
        ReportPage page = new ReportPage(folder, results);
        page.write();
        Path file = folder.resolve("report.html");
        AtomicFiles.writeString(file, page.out.toString());
        return file;
    }

    private void write() throws IOException {
        out.append(
                """
                <!DOCTYPE html>
                <html xmlns="http://www.w3.org/1999/xhtml" lang="en">
                <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <title>%s</title>
                <style>
                %s</style>
                </head>
                <body>
                """
                        .formatted(text(results.title()), Page.css()));
        header();
        if (results.zeroShot() != null) zeroShot(results.zeroShot());
        if (results.textToImage() != null) textToImage(results.textToImage());
        if (results.training() != null) training(results.training());
        if (results.filter() != null) filter(results.filter());
        leftOut();
        definitions();
        reproduce();
        out.append("</body>\n</html>\n");
    }

    // ---- head ----

    private void header() {
        Results.DataSet data = results.data();
        out.append("<header>\n<h1>").append(text(results.title())).append("</h1>\n");
        out.append(
                "<p class=\"byline sans\">%s pictures of %s \u00b7 %s</p>\n"
                        .formatted(
                                Style.count(data.used()),
                                text(data.name()),
                                text(results.provenance().created())));
        if (data.notice() != null) {
            out.append(
                    "<div class=\"notice sans\" role=\"note\"><p><b>Not real data.</b> %s These numbers say nothing about real pathology.</p></div>\n"
                            .formatted(text(data.notice())));
        }
        out.append("<p class=\"abstract\">").append(summary()).append("</p>\n");
        cards();
        out.append("</header>\n");
        provenance();
    }

    private String summary() {
        StringBuilder line = new StringBuilder();
        ZeroShot zeroShot = results.zeroShot();
        if (zeroShot != null) {
            ZeroShotScore subject = zeroShot.scores().getFirst();
            line.append(
                    "Without a labelled example, by prompts alone, the model put %s held-out pictures"
                            .formatted(Style.count(zeroShot.n())));
            line.append(
                    " into %d classes with a weighted F1 of <b>%s</b> (%s)."
                            .formatted(
                                    zeroShot.classes().size(),
                                    number(subject.weightedF1()),
                                    interval(subject.weightedF1())));
        }
        TextToImage retrieval = results.textToImage();
        if (retrieval != null) {
            RecallAt recall = headline(retrieval.scores().getFirst());
            line.append(
                    " Asked with %s captions, it found the caption\u2019s own picture among the first"
                            .formatted(Style.count(retrieval.queries())));
            line.append(
                    " %d of %s for a share of <b>%s</b> (%s), %s times chance."
                            .formatted(
                                    recall.k(),
                                    Style.count(retrieval.items()),
                                    number(recall.recall()),
                                    interval(recall.recall()),
                                    Style.decimal(recall.foldOverChance(), 1)));
        }
        return line.toString();
    }

    /// Recall at 10 where there is one.
    private static RecallAt headline(RetrievalScore score) {
        return score.recall().stream()
                .filter(recall -> recall.k() == 10)
                .findFirst()
                .orElse(score.recall().getFirst());
    }

    private void cards() {
        out.append("<div class=\"cards\">\n");
        ZeroShot zeroShot = results.zeroShot();
        if (zeroShot != null) {
            List<String> beside = new ArrayList<>();
            for (ZeroShotScore other : baselines(zeroShot.scores())) {
                beside.add(other.model() + " " + number(other.weightedF1()));
            }
            for (Reference reference : zeroShot.references()) {
                beside.add(reference.name() + " " + Style.decimal(reference.weightedF1(), 3));
            }
            card(
                    "Zero-shot weighted F1",
                    zeroShot.scores().getFirst().weightedF1(),
                    3,
                    zeroShot.bootstrap(),
                    beside);
        }
        TextToImage retrieval = results.textToImage();
        if (retrieval != null) {
            RetrievalScore subject = retrieval.scores().getFirst();
            for (int i = 0; i < subject.recall().size(); i++) {
                int at = i;
                RecallAt recall = subject.recall().get(i);
                if (recall.k() == 1) continue;
                List<String> beside = new ArrayList<>();
                beside.add(Style.decimal(recall.foldOverChance(), 1) + "\u00d7 chance");
                for (RetrievalScore other : baselines(retrieval.scores())) {
                    beside.add(other.model() + " " + number(other.recall().get(at).recall()));
                }
                beside.add("chance " + Style.decimal(retrieval.chance().get(i).recall(), 3));
                card(
                        "Text to image, recall at " + recall.k(),
                        recall.recall(),
                        3,
                        retrieval.bootstrap(),
                        beside);
            }
        }
        Filter filter = results.filter();
        JsonNode quality = filter == null ? null : filter.quality();
        if (filter != null && quality != null && quality.path("precision").isNumber()) {
            out.append(
                    """
                    <div class="card"><div class="what">Filter precision / recall</div>\
                    <div class="value">%s\u2009/\u2009%s</div>\
                    <div class="interval">against the posts\u2019 known truth</div>\
                    <div class="beside">%s steps, see section %d</div></div>
                    """
                            .formatted(
                                    Style.decimal(quality.path("precision").asDouble(), 3),
                                    Style.decimal(quality.path("recall").asDouble(), 3),
                                    filter.steps().size(),
                                    1
                                            + (zeroShot == null ? 0 : 1)
                                            + (retrieval == null ? 0 : 1)
                                            + (results.training() == null ? 0 : 1)));
        }
        out.append("</div>\n");
    }

    private void card(
            String what,
            Measured measured,
            int digits,
            Results.Bootstrap bootstrap,
            List<String> beside) {
        out.append(
                """
                <div class="card"><div class="what">%s</div><div class="value">%s</div>\
                <div class="interval">%s\u2009%% CI %s\u2013%s, n\u2009=\u2009%s</div>\
                <div class="beside">%s</div></div>
                """
                        .formatted(
                                text(what),
                                Style.decimal(measured.value(), digits),
                                percent(bootstrap.level()),
                                Style.decimal(measured.low(), digits),
                                Style.decimal(measured.high(), digits),
                                Style.count(measured.n()),
                                text(String.join(" \u00b7 ", beside))));
    }

    private void provenance() {
        Results.Provenance from = results.provenance();
        Results.DataSet data = results.data();
        out.append("<dl class=\"box\">\n");
        for (Model model : results.models()) {
            String hash =
                    model.sha256() == null
                            ? ""
                            : "<br/><code>sha256 %s</code>".formatted(text(model.sha256()));
            entry("model: " + model.name(), "<code>" + text(model.checkpoint()) + "</code>" + hash);
        }
        entry(
                "data",
                "%s, <code>%s</code>%s; %s pictures listed, %s used, %s left out"
                        .formatted(
                                text(data.name()),
                                text(data.path()),
                                data.sha256() == null
                                        ? ""
                                        : "<br/><code>sha256 %s</code>"
                                                .formatted(text(data.sha256())),
                                Style.count(data.listed()),
                                Style.count(data.used()),
                                Style.count(results.leftOut().size())));
        entry(
                "program",
                "OpenPLIP %s, commit <code>%s</code>, Java %s"
                        .formatted(text(from.version()), text(from.commit()), text(from.java())));
        entry("seed", Long.toString(from.seed()));
        entry("made", text(from.created()));
        entry("command", "<code>" + text(from.command()) + "</code>");
        out.append("</dl>\n");
    }

    private void entry(String term, String markup) {
        out.append("<dt>%s</dt><dd>%s</dd>\n".formatted(text(term), markup));
    }

    // ---- zero-shot ----

    private void zeroShot(ZeroShot study) throws IOException {
        section("Zero-shot classification");
        String templates =
                String.join(
                        ", ",
                        study.templates().stream().map(t -> "<q>" + text(t) + "</q>").toList());
        out.append(
                """
                <p>Each class is described by %s, where {} is the class\u2019s name. A picture goes to \
                the class whose prompt is nearest by cosine. No picture of the data was used to choose \
                prompts or classes. Protocol: <code>%s</code>.</p>
                """
                        .formatted(
                                study.templates().size() == 1
                                        ? "the prompt " + templates
                                        : "the mean over the prompts " + templates,
                                text(study.protocol())));
        ZeroShotScore subject = study.scores().getFirst();
        List<String> labels = study.classes().stream().map(ClassOf::label).toList();
        List<String> names = study.classes().stream().map(ClassOf::name).toList();
        figure(
                new ConfusionFigure(labels, names, matrix(subject.confusion())),
                "Zero-shot confusion matrix of the model <i>%s</i>. Counts of pictures; colour is the share of the true class (row)."
                        .formatted(text(subject.model())));

        scoreTable(study);
        List<IntervalFigure.Row> rows = new ArrayList<>();
        for (int c = 0; c < study.classes().size(); c++) {
            List<@Nullable Measured> points = new ArrayList<>();
            for (ZeroShotScore score : study.scores()) points.add(score.perClass().get(c).f1());
            ClassOf of = study.classes().get(c);
            rows.add(new IntervalFigure.Row(of.label(), "n\u2009=\u2009" + of.n(), points));
        }
        figure(
                new IntervalFigure(
                        "class-f1",
                        "F1 of each class with its interval, per model.",
                        study.scores().stream().map(ZeroShotScore::model).toList(),
                        rows),
                "F1 of each class, with %s\u2009%% bootstrap intervals over pictures."
                        .formatted(percent(study.bootstrap().level())));
        classTable(study, subject);
        mistakes(study);
    }

    private static long[][] matrix(List<List<Long>> rows) {
        return rows.stream()
                .map(row -> row.stream().mapToLong(Long::longValue).toArray())
                .toArray(long[][]::new);
    }

    private void scoreTable(ZeroShot study) {
        table(
                "Zero-shot scores with %s\u2009%% bootstrap intervals (%s draws over %s, seed %d), n\u2009=\u2009%s pictures."
                        .formatted(
                                percent(study.bootstrap().level()),
                                Style.count(study.bootstrap().draws()),
                                text(study.bootstrap().unit()),
                                study.bootstrap().seed(),
                                Style.count(study.n())),
                List.of(
                        "model",
                        "weighted F1",
                        "macro F1",
                        "accuracy",
                        "balanced accuracy",
                        "MCC"));
        for (int i = 0; i < study.scores().size(); i++) {
            ZeroShotScore score = study.scores().get(i);
            row(
                    i == 0 ? "subject" : "",
                    text(score.model()),
                    cell(score.weightedF1()),
                    cell(score.macroF1()),
                    cell(score.accuracy()),
                    cell(score.balancedAccuracy()),
                    cell(score.mcc()));
        }
        for (Reference reference : study.references()) {
            row(
                    "reference",
                    text(reference.name()),
                    Style.decimal(reference.weightedF1(), 3),
                    "",
                    Style.decimal(reference.accuracy(), 3),
                    Style.decimal(reference.balancedAccuracy(), 3),
                    Style.decimal(0, 3));
        }
        endTable();
    }

    private void classTable(ZeroShot study, ZeroShotScore subject) {
        table(
                "Each class under the model <i>%s</i>.".formatted(text(subject.model())),
                List.of("class", "!name in the prompt", "n", "precision", "recall", "F1"));
        for (int c = 0; c < study.classes().size(); c++) {
            ClassOf of = study.classes().get(c);
            ClassScore score = subject.perClass().get(c);
            out.append(
                    "<tr><td>%s</td><td class=\"text\">%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n"
                            .formatted(
                                    text(of.label()),
                                    text(of.name()),
                                    Style.count(of.n()),
                                    number(score.precision()),
                                    number(score.recall()),
                                    score.f1() == null ? "\u2013" : cell(score.f1())));
        }
        endTable();
        if (study.classes().stream().anyMatch(c -> c.n() == 0)) {
            out.append(
                    "<p>A class without a picture in the data has no recall and no F1; pictures put into it still count as mistakes of their own class.</p>\n");
        }
    }

    private void mistakes(ZeroShot study) {
        ZeroShotScore subject = study.scores().getFirst();
        long right = 0;
        for (int c = 0; c < subject.confusion().size(); c++) {
            right += subject.confusion().get(c).get(c);
        }
        out.append("<h3>Worst mistakes</h3>\n");
        if (study.mistakes().isEmpty()) {
            out.append("<p>There are none: every picture went to its class.</p>\n");
            return;
        }
        out.append(
                """
                <p>The %d of %s mistakes with the widest margin: how much nearer the picture is to the \
                predicted class\u2019s prompt than to the true one\u2019s.</p>
                <div class="thumbs">
                """
                        .formatted(study.mistakes().size(), Style.count(study.n() - right)));
        for (Mistake mistake : study.mistakes()) {
            out.append(
                    "<div title=\"%s\">%s<span class=\"wrong\">%s</span>, in truth %s<br/>margin %s</div>\n"
                            .formatted(
                                    text(mistake.file()),
                                    picture(mistake.file(), mistake.label()),
                                    text(mistake.predicted()),
                                    text(mistake.label()),
                                    Style.decimal(mistake.margin(), 3)));
        }
        out.append("</div>\n");
    }

    // ---- retrieval ----

    private void textToImage(TextToImage study) throws IOException {
        section("Text-to-image retrieval");
        out.append(
                """
                <p>Every caption ranks all %s pictures by cosine. Protocol <code>%s</code>: only the \
                caption\u2019s own picture is a hit; another picture with the same caption is not. %s of \
                the %s captions are distinct.</p>
                """
                        .formatted(
                                Style.count(study.items()),
                                text(study.protocol()),
                                Style.count(study.distinctCaptions()),
                                Style.count(study.queries())));
        List<BarFigure.Group> groups = new ArrayList<>();
        for (int i = 0; i < study.chance().size(); i++) {
            int at = i;
            ChanceAt chance = study.chance().get(i);
            groups.add(
                    new BarFigure.Group(
                            "recall at " + chance.k(),
                            study.scores().stream()
                                    .map(score -> score.recall().get(at).recall())
                                    .toList(),
                            chance.recall()));
        }
        List<String> models = study.scores().stream().map(RetrievalScore::model).toList();
        figure(
                new BarFigure(
                        "recall", "Recall at each k, per model, beside chance.", models, groups),
                "Share of %s captions whose own picture is among the first k, with %s\u2009%% bootstrap intervals over captions. Dashed: a random order."
                        .formatted(
                                Style.count(study.queries()), percent(study.bootstrap().level())));
        List<String> columns = new ArrayList<>(List.of("model"));
        for (ChanceAt chance : study.chance()) columns.add("recall at " + chance.k());
        for (ChanceAt chance : study.chance()) {
            if (chance.k() > 1) columns.add("fold at " + chance.k());
        }
        columns.add("median rank");
        table(
                "Retrieval with %s\u2009%% bootstrap intervals (%s draws over %s, seed %d), n\u2009=\u2009%s captions. Fold: recall over chance."
                        .formatted(
                                percent(study.bootstrap().level()),
                                Style.count(study.bootstrap().draws()),
                                text(study.bootstrap().unit()),
                                study.bootstrap().seed(),
                                Style.count(study.queries())),
                columns);
        for (int i = 0; i < study.scores().size(); i++) {
            RetrievalScore score = study.scores().get(i);
            List<String> cells = new ArrayList<>();
            cells.add(text(score.model()));
            for (RecallAt recall : score.recall()) cells.add(cell(recall.recall()));
            for (RecallAt recall : score.recall()) {
                if (recall.k() > 1) {
                    cells.add(Style.decimal(recall.foldOverChance(), 1) + "\u00d7");
                }
            }
            Measured median = score.medianRank();
            cells.add(
                    "%s <small>%s\u2013%s</small>"
                            .formatted(
                                    Style.decimal(median.value(), 1),
                                    Style.decimal(median.low(), 1),
                                    Style.decimal(median.high(), 1)));
            row(i == 0 ? "subject" : "", cells.toArray(String[]::new));
        }
        List<String> cells = new ArrayList<>(List.of("chance"));
        for (ChanceAt chance : study.chance()) cells.add(Style.decimal(chance.recall(), 3));
        for (ChanceAt chance : study.chance()) if (chance.k() > 1) cells.add("1.0\u00d7");
        cells.add(Style.decimal(study.chanceMedianRank(), 1));
        row("reference", cells.toArray(String[]::new));
        endTable();
        examples(study);
    }

    private void examples(TextToImage study) {
        if (study.examples().isEmpty()) return;
        out.append(
                """
                <h3>What some captions find</h3>
                <p>Drawn at random with the seed above, not chosen. The caption\u2019s own picture has a \
                green frame.</p>
                """);
        for (Query query : study.examples()) {
            out.append(
                    """
                    <div class="query"><blockquote>%s</blockquote>
                    <p class="rank sans">own picture at rank %s of %s</p>
                    <div class="thumbs">
                    """
                            .formatted(
                                    text(query.caption()),
                                    Style.count(query.rank()),
                                    Style.count(study.items())));
            for (Hit hit : query.hits()) {
                out.append(
                        "<div%s title=\"%s\">%s%s%s</div>\n"
                                .formatted(
                                        hit.own() ? " class=\"own\"" : "",
                                        text(hit.file()),
                                        picture(hit.file(), hit.label() == null ? "" : hit.label()),
                                        Style.decimal(hit.similarity(), 3),
                                        hit.label() == null ? "" : " \u00b7 " + text(hit.label())));
            }
            out.append("</div></div>\n");
        }
    }

    // ---- training and filter ----

    private void training(Training training) throws IOException {
        section("Training");
        if (training.points().isEmpty()) {
            out.append(
                    "<p>The run <code>%s</code> has logged nothing.</p>\n"
                            .formatted(text(training.run())));
            return;
        }
        Results.Point last = training.points().getLast();
        Double loss =
                training.points().reversed().stream()
                        .map(Results.Point::loss)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
        out.append(
                "<p>The run <code>%s</code> logged %s steps up to step %s%s%s.</p>\n"
                        .formatted(
                                text(training.run()),
                                Style.count(training.logged()),
                                Style.count(last.step()),
                                last.epoch() == null
                                        ? ""
                                        : " (epoch %s)".formatted(Style.decimal(last.epoch(), 1)),
                                loss == null
                                        ? ""
                                        : "; its last training loss is " + Style.decimal(loss, 3)));
        figure(
                new CurveFigure(training.points()),
                "Training curve. The loss is the symmetric cross-entropy over the captions and pictures of a batch%s."
                        .formatted(
                                training.points().size() < training.logged()
                                        ? "; %s of %s logged steps are drawn"
                                                .formatted(
                                                        Style.count(training.points().size()),
                                                        Style.count(training.logged()))
                                        : ""));
        if (training.environment() != null) {
            details("The run\u2019s environment", training.environment());
        }
    }

    private void filter(Filter filter) throws IOException {
        section("How the training pairs were filtered");
        List<Step> steps = filter.steps();
        if (!steps.isEmpty()) {
            out.append(
                    "<p>The release <code>%s</code> kept %s of %s%s.</p>\n"
                            .formatted(
                                    text(filter.release()),
                                    counted(steps.getLast().out(), steps.getLast().unit()),
                                    counted(steps.getFirst().in(), steps.getFirst().unit()),
                                    " in " + steps.size() + " steps"));
            figure(
                    new FlowFigure(steps),
                    "What each step of the filter let through (blue) and rejected (light), with the reasons.");
        }
        JsonNode quality = filter.quality();
        if (quality == null) {
            out.append(
                    "<p>The truth about these posts is not known, so the filter\u2019s quality is not measured.</p>\n");
            return;
        }
        out.append(
                "<p>Against the posts\u2019 known truth the filter\u2019s precision is <b>%s</b> (of the pairs kept, the share that a perfect filter keeps) and its recall <b>%s</b> (of the pairs that a perfect filter keeps, the share kept).</p>\n"
                        .formatted(
                                Style.decimal(quality.path("precision").asDouble(), 3),
                                Style.decimal(quality.path("recall").asDouble(), 3)));
        ruleTable(quality.path("rules"));
    }

    /// Whatever numbers the build wrote for each rule: a list of objects that name their `rule`.
    private void ruleTable(JsonNode rules) {
        if (!rules.isArray() || rules.isEmpty()) return;
        List<String> fields = new ArrayList<>();
        for (JsonNode rule : rules) {
            for (Map.Entry<String, JsonNode> field : rule.properties()) {
                if (field.getValue().isNumber() && !fields.contains(field.getKey())) {
                    fields.add(field.getKey());
                }
            }
        }
        List<String> columns = new ArrayList<>(List.of("rule"));
        for (String field : fields) columns.add(words(field));
        table(
                "The filter\u2019s rules against the truth: pairs dropped by the rule and the share of them that are to be dropped (precision); pairs to be dropped for its reason and the share of them dropped by any rule (recall).",
                columns);
        for (JsonNode rule : rules) {
            List<String> cells =
                    new ArrayList<>(List.of(text(words(rule.path("rule").asText("?")))));
            for (String field : fields) {
                JsonNode value = rule.path(field);
                cells.add(
                        value.isIntegralNumber()
                                ? Style.count(value.asLong())
                                : value.isNumber() ? Style.decimal(value.asDouble(), 3) : "\u2013");
            }
            row("", cells.toArray(String[]::new));
        }
        endTable();
    }

    /// `falsePositives` and `near-duplicate` as words.
    private static String words(String name) {
        return name.replaceAll("([a-z])([A-Z])", "$1 $2")
                .replace('_', ' ')
                .replace('-', ' ')
                .toLowerCase(java.util.Locale.ROOT);
    }

    private static String counted(long count, @Nullable String unit) {
        return Style.count(count) + (unit == null ? "" : " " + unit + (count == 1 ? "" : "s"));
    }

    // ---- the rest ----

    private void leftOut() {
        if (results.leftOut().isEmpty()) return;
        section("What was left out");
        table("Listed pictures that are in no number of this report.", List.of("file", "!reason"));
        for (Results.LeftOut leftOut : results.leftOut()) {
            out.append(
                    "<tr><td class=\"text\"><code>%s</code></td><td class=\"text\">%s</td></tr>\n"
                            .formatted(text(leftOut.file()), text(leftOut.reason())));
        }
        endTable();
    }

    private void definitions() {
        section("Definitions");
        out.append("<dl class=\"glossary\">\n");
        if (results.zeroShot() != null) {
            define(
                    "Weighted F1",
                    "The F1 of each class (harmonic mean of precision and recall), averaged with the classes\u2019 shares of the data as weights. The paper\u2019s main number.");
            define("Macro F1", "The same with equal weights.");
            define("Accuracy", "The share of pictures put into their class.");
            define(
                    "Balanced accuracy",
                    "The mean recall of the classes that have pictures in the data.");
            define(
                    "MCC",
                    "Matthews correlation coefficient over all classes: 1 is perfect, 0 what an answer that ignores the picture gets.");
            for (Reference reference : results.zeroShot().references()) {
                define(capital(reference.name()), reference.definition());
            }
        }
        TextToImage retrieval = results.textToImage();
        if (retrieval != null) {
            define(
                    "Recall at k",
                    "The share of captions whose own picture is among the k pictures nearest to the caption. A random order reaches k/N, N being the number of pictures; fold is the recall over that.");
            define(
                    "Median rank",
                    "The median over captions of the place of the caption\u2019s own picture, 1 being first.");
        }
        define(
                "Bootstrap interval",
                "Pictures (or captions) are drawn with replacement, as many as there are, and the number is computed anew, many times; the interval holds the middle share of these. It tells what another sample of the same kind of data might give, not what other data or another training run would.");
        for (Model model : results.models()) {
            if (model.name().equals("untrained")) {
                define(
                        "Untrained",
                        "The same architecture and tokenizer with random weights: what the form of the model gives away before any training.");
            }
        }
        out.append("</dl>\n");
    }

    private void define(String term, String definition) {
        out.append("<dt>%s</dt><dd>%s</dd>\n".formatted(text(term), text(definition)));
    }

    private static String capital(String name) {
        return name.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + name.substring(1);
    }

    private void reproduce() {
        section("How to make this again");
        out.append("<pre>%s</pre>\n".formatted(text(results.provenance().command())));
        details(
                "The resolved configuration",
                Json.MAPPER.valueToTree(results.provenance().config()));
        out.append(
                """
                <p>Every number stands in <code>results.json</code> beside this page, every picture\u2019s \
                prediction in <code>predictions.parquet</code>, every figure as SVG and PNG in \
                <code>figures/</code>.</p>
                <footer>Made with OpenPLIP after: %s <a href="%s">doi:10.1038/s41591-023-02504-3</a>. \
                Not for diagnostic use.</footer>
                """
                        .formatted(text(PAPER), PAPER_ADDRESS));
    }

    // ---- building blocks ----

    private void section(String title) {
        out.append(
                "<h2><span class=\"number\">%d</span>%s</h2>\n".formatted(++sections, text(title)));
    }

    private void figure(Figure figure, String captionMarkup) throws IOException {
        String svg = FigureFiles.write(folder.resolve("figures"), figure);
        out.append(
                """
                <figure id="figure-%s"><div class="paper">%s</div>
                <figcaption><b>Figure %d.</b> %s</figcaption></figure>
                """
                        .formatted(figure.name(), svg, ++figures, captionMarkup));
    }

    /// Opens a table; a column whose name begins with `!` holds text.
    private void table(String captionMarkup, List<String> columns) {
        out.append(
                "<div class=\"scroll\"><table><caption><b>Table %d.</b> %s</caption>\n<thead><tr>"
                        .formatted(++tables, captionMarkup));
        for (String column : columns) {
            boolean words = column.startsWith("!");
            out.append(
                    "<th%s>%s</th>"
                            .formatted(
                                    words ? " class=\"text\"" : "",
                                    text(words ? column.substring(1) : column)));
        }
        out.append("</tr></thead>\n<tbody>\n");
    }

    private void row(String kind, String... cells) {
        out.append(kind.isEmpty() ? "<tr>" : "<tr class=\"" + kind + "\">");
        for (String cell : cells) out.append("<td>").append(cell).append("</td>");
        out.append("</tr>\n");
    }

    private void endTable() {
        out.append("</tbody></table></div>\n");
    }

    private void details(String title, JsonNode json) {
        out.append(
                "<details><summary>%s</summary><pre>%s</pre></details>\n"
                        .formatted(text(title), text(json.toPrettyString())));
    }

    private String picture(String file, String alternative) {
        return thumbnails
                .address(file)
                .map(
                        address ->
                                "<img src=\"%s\" alt=\"%s\"/>"
                                        .formatted(address, text(alternative)))
                .orElse("<span class=\"gone\">no longer there</span>");
    }

    private static <T> List<T> baselines(List<T> scores) {
        return IntStream.range(1, scores.size()).mapToObj(scores::get).toList();
    }

    private static String cell(Measured measured) {
        return "%s<small>%s\u2013%s</small>"
                .formatted(
                        number(measured),
                        Style.decimal(measured.low(), 3),
                        Style.decimal(measured.high(), 3));
    }

    private static String number(Measured measured) {
        return Style.decimal(measured.value(), 3);
    }

    private static String number(@Nullable Double value) {
        return value == null ? "\u2013" : Style.decimal(value, 3);
    }

    private static String interval(Measured measured) {
        return "%s\u2013%s"
                .formatted(Style.decimal(measured.low(), 3), Style.decimal(measured.high(), 3));
    }

    private static String percent(double level) {
        return level * 100 == Math.rint(level * 100)
                ? Long.toString(Math.round(level * 100))
                : Style.decimal(level * 100, 1);
    }

    private static String text(String raw) {
        return Html.escape(raw);
    }
}
