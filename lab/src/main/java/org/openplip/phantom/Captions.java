package org.openplip.phantom;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.openplip.phantom.Attributes.Density;
import org.openplip.phantom.Attributes.Feature;

/// English captions that say what a drawing shows, worded as people caption posts of pathology. A
/// caption names the class and a random part of the attributes; nothing in it is false.
final class Captions {
    private Captions() {}

    /// A caption of one sentence or two, five words or more, without a question mark.
    static String of(TissueClass tissue, Attributes attributes, SplittableRandom random) {
        String caption;
        do {
            caption = compose(tissue, attributes, random);
        } while (caption.split(" ").length < 5);
        return caption;
    }

    private static String compose(
            TissueClass tissue, Attributes attributes, SplittableRandom random) {
        String name =
                random.nextInt(10) < 6
                        ? tissue.term()
                        : pick(tissue.synonyms().toArray(new String[0]), random);
        Feature feature = attributes.feature();
        boolean says = feature != Feature.PLAIN && random.nextInt(10) < 9;
        String shown = says ? " " + feature.words() : "";
        if (tissue == TissueClass.BACK) return ofGlass(name, shown, random);
        String look = random.nextInt(10) < 7 ? look(attributes, random) : "";
        String density =
                random.nextInt(10) < 6 ? density(tissue, attributes.density(), random) : "";
        boolean power = random.nextInt(10) < 7;
        String objective =
                random.nextBoolean() ? attributes.power().objective() : attributes.power().words();
        String comma = density.isEmpty() ? "" : ", " + density;
        String at = power ? ", " + objective : "";
        return switch (random.nextInt(9)) {
            case 0 -> "An H&E image patch of " + name + ".";
            case 1 -> "An H&E image patch of " + name + shown + comma + at + ".";
            case 2 ->
                    capital(spaced(look, power ? objective : "", "H&E view of ") + name)
                            + shown
                            + comma
                            + ".";
            case 3 ->
                    capital((power ? objective + ": " : "H&E: ") + spaced(look, name))
                            + shown
                            + comma
                            + ".";
            case 4 ->
                    "This "
                            + spaced(look, "section shows ")
                            + name
                            + shown
                            + comma
                            + (power ? " (" + objective + ")" : "")
                            + ".";
            case 5 ->
                    capital(name)
                            + shown
                            + comma
                            + (power ? " at " + objective : "")
                            + ", "
                            + spaced(look, "H&E stain.");
            case 6 ->
                    "H&E histology of "
                            + name
                            + shown
                            + "."
                            + (density.isEmpty() ? "" : " " + capital(density) + ".")
                            + (power ? " " + capital(objective) + "." : "");
            case 7 ->
                    capital(spaced(look, "micrograph: "))
                            + name
                            + shown
                            + (power ? " seen at " + objective : "")
                            + comma
                            + ".";
            default ->
                    "Here we see "
                            + name
                            + shown
                            + comma
                            + ". "
                            + capital(spaced(look, "H&E"))
                            + at
                            + ".";
        };
    }

    private static String ofGlass(String name, String shown, SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> "An H&E image patch of " + name + ".";
            case 1 -> "An H&E image patch of " + name + shown + ", no tissue here.";
            case 2 -> "Nothing but " + name + shown + " on this H&E slide.";
            default -> capital(name) + shown + " beside the section, no tissue in view.";
        };
    }

    /// What a reply says that names what it sees.
    static String reply(TissueClass tissue, Attributes attributes, SplittableRandom random) {
        String name =
                random.nextBoolean()
                        ? tissue.term()
                        : pick(tissue.synonyms().toArray(new String[0]), random);
        String shown = attributes.feature().words();
        String what = shown.isEmpty() ? name : name + " " + shown;
        return pick(
                new String[] {
                    "Agree, this is " + what + ", confirmed on the biopsy.",
                    "I see " + what + ", and would report it with the carcinoma staging.",
                    "Typical " + what + " next to the tumor.",
                    capital(what) + ", in my view, in a resection for adenocarcinoma.",
                    "Looks like " + what + " to me, the lymphoma is elsewhere.",
                    "We had the same: " + what + ", no sign of metastasis."
                },
                random);
    }

    private static String look(Attributes attributes, SplittableRandom random) {
        String stain =
                switch (attributes.stain()) {
                    case PALE ->
                            pick(
                                    new String[] {"pale", "lightly stained", "faintly stained"},
                                    random);
                    case STANDARD -> random.nextInt(3) == 0 ? "well stained" : "";
                    case STRONG ->
                            pick(
                                    new String[] {"strongly stained", "deeply stained", "dark"},
                                    random);
                };
        String hue =
                switch (attributes.hue()) {
                    case BLUISH -> pick(new String[] {"bluish", "blue-purple"}, random);
                    case BALANCED -> "";
                    case PINKISH -> pick(new String[] {"pinkish", "pink"}, random);
                };
        if (stain.isEmpty() || hue.isEmpty()) return stain + hue;
        return switch (random.nextInt(3)) {
            case 0 -> stain;
            case 1 -> hue;
            default -> stain + ", " + hue;
        };
    }

    private static String density(TissueClass tissue, Density density, SplittableRandom random) {
        boolean sparse = density == Density.SPARSE;
        if (density == Density.MODERATE) return "";
        String[] words =
                switch (tissue) {
                    case ADI ->
                            sparse
                                    ? new String[] {"large adipocytes", "big empty vacuoles"}
                                    : new String[] {"small adipocytes", "small crowded vacuoles"};
                    case BACK -> new String[] {""};
                    case DEB ->
                            sparse
                                    ? new String[] {"little nuclear dust", "sparse nuclear dust"}
                                    : new String[] {"much nuclear dust", "dense nuclear dust"};
                    case LYM ->
                            sparse
                                    ? new String[] {"loosely arranged", "sparse"}
                                    : new String[] {"densely crowded", "tightly packed"};
                    case MUC ->
                            sparse
                                    ? new String[] {"thin and watery", "few floating cells"}
                                    : new String[] {"thick strands", "many floating cells"};
                    case MUS ->
                            sparse
                                    ? new String[] {"few nuclei", "sparse nuclei"}
                                    : new String[] {"many nuclei", "crowded nuclei"};
                    case NORM ->
                            sparse
                                    ? new String[] {"widely spaced crypts", "few crypts"}
                                    : new String[] {"closely packed crypts", "crowded crypts"};
                    case STR ->
                            sparse
                                    ? new String[] {"few fibroblasts", "sparsely cellular"}
                                    : new String[] {"many fibroblasts", "densely cellular"};
                    case TUM ->
                            sparse
                                    ? new String[] {"large glands", "glands set apart"}
                                    : new String[] {"back-to-back glands", "small crowded glands"};
                };
        return pick(words, random);
    }

    private static String spaced(String... words) {
        List<String> present = new ArrayList<>();
        for (String word : words) if (!word.isEmpty()) present.add(word);
        return String.join(" ", present);
    }

    static String capital(String text) {
        return text.isEmpty()
                ? text
                : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }

    static <T> T pick(T[] choices, SplittableRandom random) {
        return choices[random.nextInt(choices.length)];
    }
}
