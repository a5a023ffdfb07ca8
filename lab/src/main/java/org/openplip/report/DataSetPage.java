package org.openplip.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.openplip.io.AtomicFiles;
import org.openplip.report.Results.Step;

/// `openpath.html`: how a data set came about and what is in it, after Fig. 1 of the paper; one
/// page of XHTML that needs no other file.
public final class DataSetPage {
    /// @param notice what people must know about the pictures; empty for none
    /// @param authors of captions, where they are known
    /// @param trainUntil the last day of training, `2022-11-15`
    /// @param inputs each with its hash
    /// @param hashtags pairs of each; a pair counts for each hashtag of its post
    /// @param months in order, without those that have no pair
    public record DataSet(
            String notice,
            long pairs,
            long train,
            long pictures,
            long posts,
            long authors,
            String trainUntil,
            String validationUntil,
            List<String> inputs,
            List<Step> flow,
            List<Source> sources,
            List<Hashtag> hashtags,
            List<Month> months) {}

    /// @param name `post`, `reply` or `web`
    /// @param words how many captions have a number of words; at least one
    public record Source(String name, SortedMap<Integer, Long> words) {
        public Source {
            words = Collections.unmodifiableSortedMap(new TreeMap<>(words));
        }

        /// How many captions there are.
        long captions() {
            return words.values().stream().mapToLong(Long::longValue).sum();
        }

        /// The least number of words that a share of the captions does not exceed. Of 3, 4, 5 and 9
        /// words the median (0.5) is 4.
        double quantile(double share) {
            long enough = (long) Math.ceil(share * captions());
            long seen = 0;
            for (Map.Entry<Integer, Long> entry : words.entrySet()) {
                seen += entry.getValue();
                if (seen >= enough) return entry.getKey();
            }
            return words.lastKey();
        }
    }

    /// @param name without `#`
    public record Hashtag(String name, long posts, long replies) {}

    /// @param month `2022-11`
    public record Month(String month, long train, long validation) {}

    private final DataSet data;
    private final StringBuilder out = new StringBuilder();
    private int figures;

    private DataSetPage(DataSet data) {
        this.data = data;
    }

    /// Writes the page.
    public static void write(Path file, DataSet data) throws IOException {
        DataSetPage page = new DataSetPage(data);
        page.write();
        AtomicFiles.writeString(file, page.out.toString());
    }

    private void write() throws IOException {
        out.append(Page.head("OpenPath: how this data set came about", data.notice));
        long in = data.flow.isEmpty() ? 0 : data.flow.getFirst().in();
        out.append(
                "<p class=\"abstract\">Of <b>%s</b> lines of posts, <b>%s</b> pairs of a picture and a caption were kept: %s pictures of %s posts, with captions by %s authors. Everything else is on record with the rule and the reason.</p>\n"
                        .formatted(
                                Style.count(in),
                                Style.count(data.pairs),
                                Style.count(data.pictures),
                                Style.count(data.posts),
                                Style.count(data.authors)));
        out.append("<div class=\"cards\">\n");
        card("Training pairs", Style.count(data.train), "until " + data.trainUntil);
        card(
                "Validation pairs",
                Style.count(data.pairs - data.train),
                "until " + data.validationUntil);
        for (Source source : data.sources) {
            card(
                    "From " + plural(source.name),
                    Style.count(source.captions()),
                    "median %s words a caption".formatted(Style.decimal(source.quantile(0.5), 0)));
        }
        out.append("</div>\n");
        figure(
                new FlowFigure(data.flow),
                "The steps in order. Blue went on, light red was left out; the reasons stand beside. Units change on the way: lines, posts, answers, texts, pictures, pairs.");
        if (!data.hashtags.isEmpty()) {
            figure(
                    new HashtagFigure(data.hashtags),
                    "Pairs of each hashtag. A pair counts for each hashtag of the post that shows the picture.");
        }
        if (!data.sources.isEmpty()) {
            figure(
                    new WordsFigure(data.sources),
                    "Density of words per caption after cleaning; dashed, the median of each source.");
        }
        if (!data.months.isEmpty()) {
            figure(
                    new MonthsFigure(data.months),
                    "Pairs by the month of the post. Training ends with %s, validation with %s."
                            .formatted(
                                    Html.escape(data.trainUntil),
                                    Html.escape(data.validationUntil)));
        }
        out.append("<footer>Made from ");
        out.append(Html.escape(String.join("; ", data.inputs)));
        out.append(
                ". The numbers are those of flow.json and pairs.parquet; how each rule decides is in datacard.md. After Huang et al., Nature Medicine 29, 2307\u20132316 (2023), Fig. 1.</footer>\n");
        out.append("</body>\n</html>\n");
    }

    static String plural(String source) {
        return switch (source) {
            case "reply" -> "replies";
            case "web" -> "web pages";
            default -> source + "s";
        };
    }

    private void card(String what, String value, String beside) {
        out.append(
                """
                <div class="card"><div class="what">%s</div><div class="value">%s</div>\
                <div class="beside">%s</div></div>
                """
                        .formatted(Html.escape(what), Html.escape(value), Html.escape(beside)));
    }

    private void figure(Figure figure, String captionMarkup) {
        out.append(
                """
                <figure id="figure-%s"><div class="paper">%s</div>
                <figcaption><b>Figure %d.</b> %s</figcaption></figure>
                """
                        .formatted(
                                figure.name(), FigureFiles.svg(figure), ++figures, captionMarkup));
    }
}
