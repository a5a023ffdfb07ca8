package org.openplip.openpath;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.openplip.io.AtomicFiles;

/// The files of a release beside its table, its shards and its manifest.
final class ReleaseFiles {
    static final String PAIRS = "pairs.parquet";
    static final String SHARDS = "shards";
    static final String FLOW = "flow.json";
    static final String REJECTED = "rejected.parquet";
    static final String QUALITY = "quality.json";
    static final String BUILD = "build.json";
    static final String DATA_CARD = "datacard.md";
    static final String PAGE = "openpath.html";
    static final String LEAKS = "leaks.html";
    static final String MANIFEST = "manifest.spdx.json";
    static final String REMOVED = "removed.jsonl";

    /// What a build keeps while it runs, to go on from; no part of a release.
    static final String WORK = "work";

    /// What a removal is about to do; there only until it is done.
    static final String REMOVAL = "removal.json";

    /// What a new release removes of an older one; what was taken down stays on record.
    static final List<String> OF_A_BUILD =
            List.of(FLOW, PAIRS, REJECTED, QUALITY, BUILD, DATA_CARD, PAGE, LEAKS, MANIFEST);

    private ReleaseFiles() {}

    /// Writes the data card and the page.
    static void describe(
            Path folder, BuildRecord record, List<FlowStep> flow, ReleaseContents contents)
            throws IOException {
        AtomicFiles.writeString(folder.resolve(DATA_CARD), DataCard.write(record, flow, contents));
        ReleasePage.write(folder.resolve(PAGE), record, flow, contents);
    }
}
