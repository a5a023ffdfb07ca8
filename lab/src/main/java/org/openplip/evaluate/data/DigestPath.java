package org.openplip.evaluate.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.openplip.evaluate.data.DigestPathPatches.Patch;
import org.openplip.image.StoredPicture;

/// DigestPath 2019's colonoscopy tissue: `tissue-train-neg/*.jpg`, and `tissue-train-pos-v1/*.jpg`
/// with `*_mask.jpg`, cut into patches by [DigestPathPatches].
///
/// A patch is malignant where the mask marks at least a threshold of it, benign where it marks
/// nothing or the image has no tumour at all, and left out otherwise. The threshold of the
/// published numbers is not known: one published script has 0.50, the other reads a folder made
/// with 0.30.
///
/// `paper`: benign patches (of negative images first), then malignant ones, in one random order
/// whose first 70 % are for training: patches of one image are on both sides. `clean`: split by
/// slide, as far as names tell slides apart: what is before the first `_` of an image's name.
final class DigestPath {
    private static final Map<String, String> CLASS_NAMES =
            Names.of("benign", "benign", "malignant", "malignant");
    private static final String TEMPLATE = "An H&E image patch of {} tissue.";

    private DigestPath() {}

    /// @param threshold 0.30 or 0.50
    static DataSet read(Path folder, Protocol protocol, double threshold) throws IOException {
        List<Patch> malignant = new ArrayList<>();
        List<Patch> benign = DigestPathPatches.read(folder, DigestPathPatches.NEGATIVES);
        List<Rejected> rejected = new ArrayList<>();
        for (Patch patch : DigestPathPatches.read(folder, DigestPathPatches.POSITIVES)) {
            if (patch.tumour() >= threshold) {
                malignant.add(patch);
            } else if (patch.tumour() == 0) {
                benign.add(patch);
            } else {
                rejected.add(
                        new Rejected(
                                "%s/%d_%d_%d"
                                        .formatted(
                                                patch.slide(),
                                                patch.downsample(),
                                                patch.left(),
                                                patch.top()),
                                Rejected.Rule.LITTLE_TUMOUR,
                                "%s of it is tumour".formatted(patch.tumour())));
            }
        }
        List<Sample> samples = new ArrayList<>();
        add(benign, "benign", samples);
        add(malignant, "malignant", samples);
        return new DataSet(
                "DigestPath, tumour from %.2f".formatted(threshold),
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
                                    "Patches of one image are in training and test, as published.",
                                    "Which threshold of tumour the published numbers have is not"
                                            + " known: 0.30 or 0.50.");
                    case CLEAN ->
                            List.of(
                                    "Split by slide: images whose names are alike up to the first _"
                                            + " are taken for one slide's.");
                },
                DataSet.FILES);
    }

    private static void add(List<Patch> patches, String label, List<Sample> samples) {
        for (int i = 0; i < patches.size(); i++) {
            Patch patch = patches.get(i);
            String name =
                    "%s/%s_downsample=%d_%05d.png"
                            .formatted(label, patch.slide(), patch.downsample(), i);
            StoredPicture picture = StoredPicture.of(patch.picture());
            String slide = patch.slide().split("_", 2)[0];
            samples.add(new Sample(name, picture, label, null, slide, "colon", Split.TRAIN));
        }
    }
}
