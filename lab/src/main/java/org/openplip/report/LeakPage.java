package org.openplip.report;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
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
    public static void write(Path file, String notice, Iterator<Leak> leaks) throws IOException {
        AtomicFiles.write(
                file,
                out -> {
                    Writer page = new OutputStreamWriter(out, StandardCharsets.UTF_8);
                    write(page, notice, leaks);
                    page.flush();
                });
    }

    private static void write(Writer out, String notice, Iterator<Leak> leaks) throws IOException {
        Thumbnails thumbnails = new Thumbnails(Path.of(""));
        out.append(Page.head("OpenPath: leaks of evaluation sets", notice));
        out.append(
                "<p class=\"abstract\">%s</p>\n"
                        .formatted(
                                leaks.hasNext()
                                        ? "What is on the left was left out of training and"
                                                + " validation, as it is a copy of, or too near to,"
                                                + " what is on the right."
                                        : "Nothing that was looked at is near to an evaluation set,"
                                                + " or none was given."));
        out.append("<table class=\"leaks\"><thead><tr><th>left out</th><th class=\"text\"></th>");
        out.append("<th class=\"text\">evaluation set</th><th class=\"text\"></th></tr></thead>");
        out.append("<tbody>\n");
        for (int i = 0; leaks.hasNext(); i++) {
            Leak leak = leaks.next();
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
