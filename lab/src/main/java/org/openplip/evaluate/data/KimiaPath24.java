package org.openplip.evaluate.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// KIMIA Path24C's test part: `Test-patches/LABEL/*.jpg`, 1000 x 1000 pixels of 24 slides, each of
/// which is a class. For image-to-image retrieval; all of it is the test. `paper`: at 224 pixels.
final class KimiaPath24 {
    private KimiaPath24() {}

    static DataSet read(Path folder, Protocol protocol) throws IOException {
        Path root = ClassFolders.find(folder, "Test-patches");
        List<Sample> samples = new ArrayList<>();
        List<Rejected> rejected = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        for (Path classFolder : ClassFolders.list(root)) {
            if (!Files.isDirectory(classFolder)) continue;
            String label = classFolder.getFileName().toString();
            labels.add(label);
            ClassFolders.add(
                    folder, classFolder, label, null, Split.TEST, "jpe?g", samples, rejected);
        }
        List<String> names = new ArrayList<>();
        for (String label : labels) {
            names.add(label);
            names.add("slide " + label);
        }
        return new DataSet(
                "KIMIA Path24C",
                folder,
                folder,
                protocol,
                Names.of(names.toArray(String[]::new)),
                null,
                switch (protocol) {
                    case PAPER ->
                            samples.stream().map(s -> s.with(new PaperSize(s.picture()))).toList();
                    case CLEAN -> samples;
                },
                rejected,
                switch (protocol) {
                    case PAPER ->
                            List.of(
                                    "The published code stored the resized pictures as JPEG once"
                                            + " more; that loss is not repeated.");
                    case CLEAN -> List.of();
                },
                DataSet.FILES);
    }
}
