package org.openplip.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;

/// `leaks.html`: what was too near to an evaluation set, beside what it is near to; one page of
/// XHTML that needs no other file.
public final class LeakPage {
    /// Two thumbnails are some 10 kB.
    private static final int MOST_PICTURES = 2000;

    private static final String ROW = "<tr data-ids=\"";

    private LeakPage() {}

    /// Writes the page. Each leak is one line of the file, so that one can be taken out.
    public static void write(Path file, String notice, List<Leak> leaks) throws IOException {
        Thumbnails thumbnails = new Thumbnails(Path.of(""));
        StringBuilder out = new StringBuilder();
        out.append(Page.head("OpenPath: leaks of evaluation sets", notice));
        out.append(
                "<p class=\"abstract\">%s</p>\n"
                        .formatted(
                                leaks.isEmpty()
                                        ? "Nothing that was looked at is near to an evaluation set,"
                                                + " or none was given."
                                        : "What is on the left was left out of training and"
                                                + " validation, as it is a copy of, or too near to,"
                                                + " what is on the right."));
        out.append("<table class=\"leaks\"><thead><tr><th>left out</th><th class=\"text\"></th>");
        out.append("<th class=\"text\">evaluation set</th><th class=\"text\"></th></tr></thead>");
        out.append("<tbody>\n");
        for (int i = 0; i < leaks.size(); i++) {
            Leak leak = leaks.get(i);
            boolean shown = i < MOST_PICTURES;
            out.append(
                    "%s%s\"><td>%s</td><td class=\"text\"><b>%s</b> (%s)<br/>%s<br/><small>%s</small></td><td>%s</td><td class=\"text\"><b>%s</b><br/>%s</td></tr>%n"
                            .formatted(
                                    ROW,
                                    line(String.join(" ", leak.ids())),
                                    shown ? picture(thumbnails, leak.picture()) : "",
                                    line(leak.ids().getFirst()),
                                    line(leak.place()),
                                    line(leak.text()),
                                    line(leak.why()),
                                    shown ? picture(thumbnails, leak.evaluationPicture()) : "",
                                    line(leak.evaluation()),
                                    line(leak.evaluationText())));
        }
        out.append("</tbody></table>\n</body>\n</html>\n");
        AtomicFiles.writeString(file, out.toString());
    }

    /// Whether a line of the page is the leak of one of some ids.
    public static boolean isOf(String line, Set<String> ids) {
        if (!line.startsWith(ROW)) return false;
        String of = line.substring(ROW.length(), line.indexOf('"', ROW.length()));
        return List.of(of.split(" ")).stream().anyMatch(ids::contains);
    }

    private static String line(String text) {
        return Html.escape(text.replaceAll("\\s+", " "));
    }

    private static String picture(Thumbnails thumbnails, @Nullable Path file) {
        if (file == null) return "";
        return thumbnails
                .address(file.toAbsolutePath().toString())
                .map(address -> "<img alt=\"\" src=\"%s\"/>".formatted(address))
                .orElse("");
    }
}
