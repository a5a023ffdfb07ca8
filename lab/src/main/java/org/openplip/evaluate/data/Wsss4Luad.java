package org.openplip.evaluate.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.openplip.image.StoredPicture;

/// WSSS4LUAD's training pictures: `1.training/*.png` of lung adenocarcinoma, whose names end with
/// `[tumour, stroma, normal]`, each 0 or 1. `tumor` where the first is 1, else `normal`.
///
/// `paper`: what does not begin as a PNG is skipped; one random order whose first 70 % are for
/// training, tumour before normal; at 224 pixels, with the published cut (see [PaperSize]). The
/// published order before that was the file system's, so that the split differs from theirs.
/// `clean`: split by slide, which is what names have before the first `-`.
final class Wsss4Luad {
    private static final Map<String, String> CLASS_NAMES =
            Names.of("tumor", "tumor", "normal", "normal");
    private static final String TEMPLATE = "An H&E image patch of {} tissue.";
    private static final Pattern NAME =
            Pattern.compile("([^-]+)-.*\\[([01]), ([01]), ([01])]\\.png");
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    private Wsss4Luad() {}

    static DataSet read(Path folder, Protocol protocol) throws IOException {
        Path training = ClassFolders.find(folder, "1.training");
        if (Files.isDirectory(training.resolve("1.training"))) {
            training = training.resolve("1.training");
        }
        List<Sample> samples = new ArrayList<>();
        List<Rejected> rejected = new ArrayList<>();
        for (Path file : ClassFolders.list(training)) {
            String name = file.getFileName().toString();
            Matcher parts = NAME.matcher(name);
            if (!parts.matches()) {
                rejected.add(
                        new Rejected(
                                name,
                                Rejected.Rule.BAD_NAME,
                                "expected SLIDE-X-Y-[tumour, stroma, normal].png"));
            } else if (!isPng(file)) {
                rejected.add(
                        new Rejected(name, Rejected.Rule.NOT_A_PICTURE, "does not begin as a PNG"));
            } else {
                String label = parts.group(2).equals("1") ? "tumor" : "normal";
                StoredPicture picture = StoredPicture.of(file);
                samples.add(
                        new Sample(
                                name,
                                protocol == Protocol.PAPER ? new PaperSize(picture) : picture,
                                label,
                                null,
                                parts.group(1),
                                "lung",
                                Split.TRAIN));
            }
        }
        return new DataSet(
                "WSSS4LUAD",
                folder,
                folder,
                protocol,
                CLASS_NAMES,
                TEMPLATE,
                switch (protocol) {
                    case PAPER -> PaperSplit.of(samples, List.copyOf(CLASS_NAMES.keySet()));
                    case CLEAN -> GroupedSplit.of(samples);
                },
                rejected,
                switch (protocol) {
                    case PAPER ->
                            List.of(
                                    "The split is drawn from files in the order of their names; the"
                                            + " published one from the file system's order, which is"
                                            + " not known.",
                                    "Pictures that are not square are cut where the published code"
                                            + " cut them: beside the middle.",
                                    "Patches of one slide are in training and test, as published.");
                    case CLEAN -> List.of("Split by slide: what names have before the first -.");
                },
                DataSet.FILES);
    }

    /// Whether the file begins with a PNG's signature and header, which is as far as the published
    /// code looked.
    private static boolean isPng(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] start = in.readNBytes(16);
            if (start.length < 16) return false;
            for (int i = 0; i < PNG.length; i++) if (start[i] != PNG[i]) return false;
            return new String(start, 12, 4, StandardCharsets.ISO_8859_1).equals("IHDR");
        }
    }
}
