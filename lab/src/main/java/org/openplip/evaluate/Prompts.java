package org.openplip.evaluate;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openplip.io.DataException;

/// The prompts of a zero-shot classifier: templates, and the name that each class has in them.
///
/// With several templates a class is described by the mean of its prompts' embeddings, scaled to
/// unit length.
///
/// @param templates each with `{}` where the class's name goes
/// @param names label to name, in the order of the classes
public record Prompts(List<String> templates, Map<String, String> names) {
    /// The template of the paper's code for the Kather colon data.
    public static final String TEMPLATE = "An H&E image patch of {}.";

    private static final Map<String, String> KATHER = new LinkedHashMap<>();

    static {
        KATHER.put("ADI", "adipose tissue");
        KATHER.put("BACK", "background");
        KATHER.put("DEB", "debris");
        KATHER.put("LYM", "lymphocytes");
        KATHER.put("MUC", "mucus");
        KATHER.put("MUS", "smooth muscle");
        KATHER.put("NORM", "normal colon mucosa");
        KATHER.put("STR", "cancer-associated stroma");
        KATHER.put("TUM", "colorectal adenocarcinoma epithelium");
    }

    public Prompts {
        templates = List.copyOf(templates);
        names = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(names));
        if (templates.isEmpty()) throw new IllegalArgumentException("templates: none given");
        for (String template : templates) {
            if (!template.contains("{}")) {
                throw new IllegalArgumentException(
                        "templates: expected {} for the class's name in \"" + template + "\"");
            }
        }
        if (names.isEmpty()) throw new IllegalArgumentException("names: no class given");
        if (new HashSet<>(names.values()).size() < names.size()) {
            throw new IllegalArgumentException("names: two classes have the same name: " + names);
        }
    }

    /// The nine classes of the Kather colon data with the paper's template.
    public static Prompts kather() {
        return new Prompts(List.of(TEMPLATE), KATHER);
    }

    /// Prompts for whatever labels the data have: Kather's nine classes where all labels are among
    /// them, otherwise the labels in sorted order, underscores read as blanks.
    public static Prompts forLabels(List<String> templates, Collection<String> labels) {
        if (KATHER.keySet().containsAll(labels)) return new Prompts(templates, KATHER);
        Map<String, String> names = new LinkedHashMap<>();
        labels.stream()
                .sorted()
                .distinct()
                .forEach(label -> names.put(label, label.replace('_', ' ')));
        return new Prompts(templates, names);
    }

    /// The classes' labels, in order.
    public List<String> labels() {
        return List.copyOf(names.keySet());
    }

    /// Float32 `[classes, width]`, each row of unit length.
    ///
    /// @throws DataException if the model gives numbers that are not finite
    public float[][] embed(Contender contender) throws DataException {
        List<String> texts = new ArrayList<>();
        for (String name : names.values()) {
            for (String template : templates) texts.add(template.replace("{}", name));
        }
        float[][] embedded = Vectors.texts(contender, texts);
        float[][] classes = new float[names.size()][];
        for (int c = 0; c < classes.length; c++) {
            float[] sum = new float[embedded[0].length];
            for (int t = 0; t < templates.size(); t++) {
                float[] prompt = embedded[c * templates.size() + t];
                for (int i = 0; i < sum.length; i++) sum[i] += prompt[i];
            }
            classes[c] = Vectors.unit(sum);
        }
        return classes;
    }
}
