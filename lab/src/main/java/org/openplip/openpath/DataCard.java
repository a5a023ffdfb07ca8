package org.openplip.openpath;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.openplip.metrics.Calibration;
import org.openplip.openpath.filter.FilterCard;
import org.openplip.openpath.filter.FilterFeatures;

/// Writes `datacard.md`: what a release is, where it comes from, and how it was made. The same
/// release has the same card.
final class DataCard {
    private DataCard() {}

    static String write(BuildRecord record, List<FlowStep> flow, ReleaseContents contents) {
        BuildSettings settings = record.settings();
        String notice = record.notice();
        FilterQuality quality = record.quality();
        StringBuilder card = new StringBuilder();
        card.append("# OpenPath: pairs of a pathology picture and a caption\n\n");
        if (!notice.isEmpty()) {
            card.append("> **").append(notice).append("** Made to test and to show the program; ");
            card.append("nothing here says anything about medicine.\n\n");
        }
        card.append(
                """
                Pictures of pathology from public posts, each with a text that says what it shows, for \
                training models of pictures and language. Built by OpenPLIP after Huang et al., \
                "A visual-language foundation model for pathology image analysis using medical \
                Twitter", Nature Medicine 29, 2307-2316 (2023).

                """);
        card.append("## Contents\n\n| source | train | validation |\n| --- | ---: | ---: |\n");
        contents.sources()
                .forEach(
                        (source, of) ->
                                card.append(
                                        "| %s | %d | %d |%n"
                                                .formatted(source, of.train(), of.validation())));
        card.append(
                "| all | %d | %d |%n%n"
                        .formatted(contents.all().train(), contents.all().validation()));
        card.append(
                "%d different pictures of %d posts"
                        .formatted(contents.pictures(), contents.posts()));
        if (contents.pairs() > 0) {
            card.append(
                    ", %s to %s; %d words a caption in the median"
                            .formatted(
                                    day(contents.first()),
                                    day(contents.last()),
                                    contents.all().medianWords()));
        }
        card.append(".\n\n");
        card.append(
                """
                `pairs.parquet` has a row for each pair; `shards/` has the pictures as WebDataset \
                (`KEY.jpg`, `KEY.txt`, `KEY.json`); `rejected.parquet` has a row for everything that \
                was left out, with the rule and the reason; `flow.json` has the count at every step; \
                `openpath.html` draws it; `leaks.html` shows what was too near to an evaluation set; \
                `manifest.spdx.json` has every file's SHA-256. `plip openpath why ID` says of any \
                post, picture or pair what became of it and why.

                JPEG files are passed on byte for byte, with whatever metadata they carry; other \
                formats were encoded as JPEG of quality 95.

                ## Source

                """);
        for (BuildRecord.Input input : record.inputs()) {
            card.append(
                    "- `%s`, %d bytes, SHA-256 `%s`%n"
                            .formatted(input.name(), input.bytes(), input.sha256()));
        }
        card.append("\n## Counts\n\n| step | of | in | out | rejected |\n");
        card.append("| --- | --- | ---: | ---: | --- |\n");
        for (FlowStep step : flow) {
            String rejected =
                    step.rejected().entrySet().stream()
                            .map(entry -> entry.getKey() + " " + entry.getValue())
                            .collect(Collectors.joining(", "));
            card.append(
                    "| %s | %s | %d | %d | %s |%n"
                            .formatted(step.step(), step.unit(), step.in(), step.out(), rejected));
        }
        card.append("\n## Rules\n\n");
        for (BuildRecord.RuleText rule : record.rules()) {
            card.append("- `%s`: %s%n".formatted(rule.name(), rule.describe()));
        }
        card.append(
                """
                - `most_likes`: of the answers to a post that name pathology, the one with most likes
                - captions: mentions, hashtags, links, e-mail addresses, HTML and emoji are removed, \
                entities decoded, white space joined
                - `readable`: a picture file that decodes, at least %d pixels on its short side
                - `pathology`: probability of showing tissue at least %s by a model of %s; see below
                - `test_leak`, `duplicate`: the same file, the same pixels, or at most %d of 64 bits of \
                the perceptual hash different and a similarity of the fine structure of at least %s; \
                %sof duplicates, the picture of the earliest post stays
                - `caption_leak`: the words of an evaluation caption, or at least %s of all three words \
                in a row that the two have in common (Jaccard); captions of at least %d words; \
                compared with %d captions
                - `split`: by the time of the post that shows the picture; train until %s, validation \
                until %s (UTC); all pictures of a post and all its duplicates are in one split; web rows are in train; %s
                """
                        .formatted(
                                settings.minimumSide(),
                                record.pictureFilter().threshold(),
                                features(record.pictureFilter().features()),
                                settings.duplicateBits(),
                                settings.duplicateSimilarity(),
                                settings.duplicateCosine() == null
                                        ? ""
                                        : "or a cosine of embeddings of at least %s by the checkpoint with SHA-256 `%s`; "
                                                .formatted(
                                                        settings.duplicateCosine(),
                                                        record.checkpoint()),
                                CaptionLeaks.LEAST_JACCARD,
                                CaptionLeaks.FEWEST_WORDS,
                                record.evaluationCaptions(),
                                settings.trainUntil(),
                                settings.validationUntil(),
                                settings.authorInOneSplit()
                                        ? "validation pairs of authors with a training pair are out"
                                        : "an author may be in both"));
        pictureFilter(card, record.pictureFilter());
        if (quality != null) {
            card.append("\n## Measured against the truth of the posts\n\n");
            card.append(
                    String.format(
                            Locale.ROOT,
                            "Precision %.4f and recall %.4f of %d pairs kept and %d that a perfect"
                                    + " filter keeps.%n%n",
                            quality.precision(),
                            quality.recall(),
                            quality.kept(),
                            quality.expected()));
            card.append("| rule | dropped | precision | meant for it | recall |\n");
            card.append("| --- | ---: | ---: | ---: | ---: |\n");
            for (FilterQuality.RuleQuality rule : quality.rules()) {
                card.append(
                        String.format(
                                Locale.ROOT,
                                "| %s | %d | %.4f | %d | %.4f |%n",
                                rule.rule(),
                                rule.dropped(),
                                rule.precision(),
                                rule.expected(),
                                rule.recall()));
            }
            card.append("\n| copies | told by | dropped | precision |\n");
            card.append("| --- | --- | ---: | ---: |\n");
            for (FilterQuality.KindQuality kind : quality.kinds()) {
                card.append(
                        String.format(
                                Locale.ROOT,
                                "| %s | %s | %d | %.4f |%n",
                                kind.rule(),
                                kind.kind(),
                                kind.dropped(),
                                kind.precision()));
            }
        }
        card.append(
                """

                ## Licence and ethics

                %s Each row of `pairs.parquet` has the author's name at the source, the link and the \
                licence, where they were known, for credit.

                To take something down: `plip openpath remove --release DIR --id ID`, for a post, a \
                picture, a pair or an author. It goes from shards, table and counts, stays on record \
                in `removed.jsonl` without content, and is not built in again.

                Posts and pictures belong to those who made them; this release gives no right to them, \
                and what a platform's terms allow must be asked of the platform. Share ids and links \
                rather than texts and pictures, and remove what its author has removed. Captions have \
                no names of accounts, but post and author ids lead to people, and texts and pictures \
                may hold what identifies a patient or a place: do not try to find out. Captions are \
                opinions of their authors and not diagnoses. Hashtags, language and the habits of one \
                platform decide what is here: organs, stains and countries are not represented evenly. \
                Models trained on this are for research and not for care.

                ## How to build it again

                With the same files and settings, `plip openpath build` gives the same bytes.

                """
                        .formatted(licences(contents)));
        card.append("```toml\n");
        card.append("require_hashtag = %s%n".formatted(settings.requireHashtag()));
        card.append("minimum_words = %d%n".formatted(settings.minimumWords()));
        card.append("minimum_side = %d%n".formatted(settings.minimumSide()));
        card.append("picture_threshold = %s%n".formatted(record.pictureFilter().threshold()));
        card.append("duplicate_bits = %d%n".formatted(settings.duplicateBits()));
        card.append("duplicate_similarity = %s%n".formatted(settings.duplicateSimilarity()));
        if (settings.duplicateCosine() != null) {
            card.append("duplicate_cosine = %s%n".formatted(settings.duplicateCosine()));
        }
        card.append("train_until = \"%s\"%n".formatted(settings.trainUntil()));
        card.append("validation_until = \"%s\"%n".formatted(settings.validationUntil()));
        card.append("author_in_one_split = %s%n".formatted(settings.authorInOneSplit()));
        card.append("pairs_per_shard = %d%n".formatted(settings.pairsPerShard()));
        card.append("```\n");
        return card.toString();
    }

    private static String features(FilterFeatures features) {
        return switch (features) {
            case FilterFeatures.ColourAndTexture _ -> "colour and texture";
            case FilterFeatures.Embedding made ->
                    "embeddings by the checkpoint %s, SHA-256 `%s`"
                            .formatted(made.model(), made.sha256());
        };
    }

    private static void pictureFilter(StringBuilder card, BuildRecord.Filter filter) {
        FilterCard fitted = filter.card();
        card.append("\n## Picture filter\n\n");
        card.append(
                """
                Logistic regression over %s, fitted on %d pictures of pathology and %d others (%s). \
                Each was judged by a model that was fitted and calibrated without it; probabilities, \
                precision and threshold hold where as many pictures show pathology. Intervals are \
                Clopper and Pearson's at 95 %%.

                | | |
                | --- | --- |
                """
                        .formatted(
                                features(filter.features()),
                                fitted.pathology(),
                                fitted.other(),
                                fitted.pictures()));
        row(card, "area under the ROC curve", "%.5f", fitted.auc());
        row(card, "Brier score", "%.5f", fitted.brier());
        row(card, "expected calibration error, 10 bins", "%.5f", fitted.calibrationError());
        row(
                card,
                "threshold for a precision of %s (one-sided lower bound, 95 %%)"
                        .formatted(fitted.askedPrecision()),
                "%.4f",
                fitted.threshold());
        row(card, "precision there", fitted.precision());
        row(card, "recall of pathology there", fitted.recall());
        row(card, "other pictures left out there", fitted.otherLeftOut());
        card.append("\n| probability | pictures | mean probability | pathology |\n");
        card.append("| --- | ---: | ---: | ---: |\n");
        for (Calibration.Bin bin : fitted.reliability()) {
            if (bin.n() == 0) continue;
            card.append(
                    String.format(
                            Locale.ROOT,
                            "| %.1f to %.1f | %d | %.4f | %.4f |%n",
                            bin.low(),
                            bin.high(),
                            bin.n(),
                            bin.meanProbability(),
                            (double) bin.happened() / bin.n()));
        }
    }

    private static void row(StringBuilder card, String name, String format, double value) {
        card.append("| %s | %s |%n".formatted(name, String.format(Locale.ROOT, format, value)));
    }

    private static void row(StringBuilder card, String name, FilterCard.Share share) {
        card.append(
                String.format(
                        Locale.ROOT,
                        "| %s | %.4f (%.4f to %.4f) of %d |%n",
                        name,
                        share.value(),
                        share.low(),
                        share.high(),
                        share.n()));
    }

    private static String licences(ReleaseContents contents) {
        return "Licences stated by the sources, in pairs: "
                + contents.licences().entrySet().stream()
                        .map(
                                entry ->
                                        (entry.getKey().isEmpty() ? "none stated" : entry.getKey())
                                                + " "
                                                + entry.getValue())
                        .collect(Collectors.joining(", "))
                + ".";
    }

    private static String day(Instant instant) {
        return instant.toString().substring(0, 10);
    }
}
