package org.openplip.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// What the pages share: the head of an XHTML page with its styles inside.
final class Page {
    private Page() {}

    static String head(String title, String notice) throws IOException {
        StringBuilder out = new StringBuilder();
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
                <header>
                <h1>%s</h1>
                """
                        .formatted(Html.escape(title), css(), Html.escape(title)));
        if (!notice.isEmpty()) {
            out.append(
                    "<div class=\"notice sans\" role=\"note\"><p><b>Not real data.</b> %s</p></div>\n"
                            .formatted(Html.escape(notice)));
        }
        return out.append("</header>\n").toString();
    }

    static String css() throws IOException {
        try (InputStream in = Page.class.getResourceAsStream("report.css")) {
            if (in == null) throw new IllegalStateException("report.css is not on the class path");
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
