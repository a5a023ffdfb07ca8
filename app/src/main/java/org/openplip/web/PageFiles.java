package org.openplip.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/// The page's files by address. The list is fixed: no request can name another file.
final class PageFiles {
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record PageFile(byte[] bytes, String contentType) {}

    private static final Map<String, String> TYPES =
            Map.of(
                    "html", "text/html; charset=utf-8",
                    "css", "text/css; charset=utf-8",
                    "js", "text/javascript; charset=utf-8",
                    "svg", "image/svg+xml");
    private static final String[] NAMES = {
        "about.js",
        "api.js",
        "colormap.js",
        "dom.js",
        "hits.js",
        "icon.svg",
        "main.js",
        "search.js",
        "slides.js",
        "style.css",
        "theme.js"
    };

    /// Addresses that the page itself tells apart.
    private static final String[] PAGES = {"/", "/slides", "/about"};

    private PageFiles() {}

    static Map<String, PageFile> byAddress() {
        Map<String, PageFile> files = new LinkedHashMap<>();
        PageFile index = read("index.html");
        for (String page : PAGES) files.put(page, index);
        for (String name : NAMES) files.put("/" + name, read(name));
        return files;
    }

    private static PageFile read(String name) {
        try (InputStream in = PageFiles.class.getResourceAsStream("/web/" + name)) {
            if (in == null) throw new IllegalStateException("missing from the jar: web/" + name);
            String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
            if (type == null) throw new IllegalStateException("no content type for " + name);
            return new PageFile(in.readAllBytes(), type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
