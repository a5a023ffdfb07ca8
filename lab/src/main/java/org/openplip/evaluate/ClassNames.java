package org.openplip.evaluate;

import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.openplip.Prompts;
import org.openplip.io.DataException;

/// The classes of a test set and what each is called in a prompt.
///
/// @param names label to name, in the order of the classes
public record ClassNames(Map<String, String> names) {
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

    public ClassNames {
        names = Collections.unmodifiableMap(new LinkedHashMap<>(names));
        if (names.isEmpty()) throw new IllegalArgumentException("names: no class given");
        if (new HashSet<>(names.values()).size() < names.size()) {
            throw new IllegalArgumentException("names: two classes have the same name: " + names);
        }
    }

    /// The nine classes of the Kather colon data.
    public static ClassNames kather() {
        return new ClassNames(KATHER);
    }

    /// Names for whatever labels the data have: Kather's nine classes where all labels are among
    /// them, otherwise the labels in sorted order, underscores read as blanks.
    public static ClassNames forLabels(Collection<String> labels) {
        if (KATHER.keySet().containsAll(labels)) return new ClassNames(KATHER);
        Map<String, String> names = new LinkedHashMap<>();
        labels.stream()
                .sorted()
                .distinct()
                .forEach(label -> names.put(label, label.replace('_', ' ')));
        return new ClassNames(names);
    }

    /// The names that a recipe gives, or, where it gives none, those for the labels of `listed`.
    ///
    /// @throws DataException if a label has no name
    public static ClassNames of(TestSet listed, @Nullable Map<String, String> given)
            throws DataException {
        if (given == null) return forLabels(listed.labels());
        Set<String> unnamed = new TreeSet<>(listed.labels());
        unnamed.removeAll(given.keySet());
        if (!unnamed.isEmpty()) {
            throw new DataException(
                    listed.source(), "has labels that the prompts do not name: " + unnamed);
        }
        return new ClassNames(given);
    }

    /// The classes' labels, in order.
    public List<String> labels() {
        return List.copyOf(names.keySet());
    }

    /// Float32 `[classes, width]`, each row of unit length.
    ///
    /// @throws DataException if the model gives numbers that are not finite
    float[][] embed(Prompts prompts, Contender contender) throws DataException {
        return prompts.classes(Vectors.texts(contender, prompts.sentences(names.values())));
    }
}
