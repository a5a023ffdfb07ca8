package org.openplip.phantom;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// What can be seen in a drawing beside its class, and what its caption may speak of.
///
/// @param density of nuclei, glands or vacuoles, whichever makes the class
/// @param feature something that only this class shows, or [Feature#PLAIN]
public record Attributes(Stain stain, Hue hue, Power power, Density density, Feature feature) {
    /// Optical density of the whole picture.
    public enum Stain {
        PALE,
        STANDARD,
        STRONG
    }

    /// Which of the two dyes prevails.
    public enum Hue {
        BLUISH,
        BALANCED,
        PINKISH
    }

    /// The objective. Scales are closer together than in life (1 : 1.5 : 2.3 in place of 1 : 2 :
    /// 4), so that 224 pixels show a tissue's architecture at each.
    public enum Power {
        X10("10x", "low power", 0.9),
        X20("20x", "medium power", 1.35),
        X40("40x", "high power", 2.1);

        private final String objective;
        private final String words;
        private final double pixelsPerMicron;

        Power(String objective, String words, double pixelsPerMicron) {
            this.objective = objective;
            this.words = words;
            this.pixelsPerMicron = pixelsPerMicron;
        }

        public String objective() {
            return objective;
        }

        public String words() {
            return words;
        }

        double pixelsPerMicron() {
            return pixelsPerMicron;
        }
    }

    /// How close the structures stand.
    public enum Density {
        SPARSE,
        MODERATE,
        CROWDED
    }

    /// Something special in a picture; each belongs to one class.
    public enum Feature {
        PLAIN(null, ""),
        SEPTA(TissueClass.ADI, "with fibrous septa"),
        FAT_VESSELS(TissueClass.ADI, "with small blood vessels"),
        DUST(TissueClass.BACK, "with specks of dust"),
        AIR_BUBBLE(TissueClass.BACK, "with an air bubble"),
        HAIR(TissueClass.BACK, "with a stray fibre"),
        CHOLESTEROL_CLEFTS(TissueClass.DEB, "with cholesterol clefts"),
        GHOSTS(TissueClass.DEB, "with ghost outlines of glands"),
        GERMINAL_CENTRE(TissueClass.LYM, "with a germinal center"),
        STARRY_SKY(TissueClass.LYM, "with tingible body macrophages"),
        SIGNET_RINGS(TissueClass.MUC, "with floating signet ring cells"),
        TUMOUR_STRIPS(TissueClass.MUC, "with floating strips of epithelium"),
        CROSS_CUT(TissueClass.MUS, "with bundles cut across"),
        WIDE_CLEFTS(TissueClass.MUS, "with edematous clefts"),
        LENGTHWISE(TissueClass.NORM, "with crypts cut lengthwise"),
        SURFACE(TissueClass.NORM, "with surface epithelium"),
        INFLAMED(TissueClass.STR, "with inflammatory infiltrate"),
        STROMAL_VESSELS(TissueClass.STR, "with dilated capillaries"),
        MITOSES(TissueClass.TUM, "with mitotic figures"),
        DIRTY_NECROSIS(TissueClass.TUM, "with dirty necrosis"),
        MUCINOUS(TissueClass.TUM, "with mucinous lumens");

        private final @Nullable TissueClass tissue;
        private final String words;

        Feature(@Nullable TissueClass tissue, String words) {
            this.tissue = tissue;
            this.words = words;
        }

        /// As a caption says it, `with ...`; empty for [#PLAIN].
        public String words() {
            return words;
        }

        /// The features that `tissue` may show, [#PLAIN] first.
        public static List<Feature> of(TissueClass tissue) {
            return Arrays.stream(values())
                    .filter(feature -> feature == PLAIN || feature.tissue == tissue)
                    .toList();
        }

        boolean fits(TissueClass shown) {
            return tissue == null || tissue == shown;
        }
    }

    /// Attributes drawn evenly, each by itself.
    static Attributes random(TissueClass tissue, SplittableRandom random) {
        List<Feature> features = Feature.of(tissue);
        return new Attributes(
                pick(Stain.values(), random),
                pick(Hue.values(), random),
                pick(Power.values(), random),
                pick(Density.values(), random),
                features.get(random.nextInt(features.size())));
    }

    private static <T> T pick(T[] values, SplittableRandom random) {
        return values[random.nextInt(values.length)];
    }
}
