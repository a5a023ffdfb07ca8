package org.openplip.openpath.fetch;

import java.nio.file.Path;
import java.util.List;
import org.openplip.io.Progress;

/// A fetch in a process of its own, which a test can kill.
final class FetchInChild {
    private FetchInChild() {}

    public static void main(String[] arguments) throws Exception {
        PictureFetch.run(
                List.of(Path.of(arguments[0])),
                Path.of(arguments[1]),
                PictureFetchTest.SETTINGS,
                false,
                Waits.real(),
                Progress.none());
    }
}
