package org.openplip.evaluate;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.openplip.Prompts;
import org.openplip.evaluate.data.DataSet;
import org.openplip.evaluate.data.Kather;
import org.openplip.evaluate.data.Sample;
import org.openplip.io.DataException;

/// The classes of a test set and what each is called in a prompt.
///
/// @param names label to name, in the order of the classes
public record ClassNames(Map<String, String> names) {
    /// The template of the paper's code for the Kather colon data.
    public static final String TEMPLATE = Kather.TEMPLATE;

    public ClassNames {
        names = Collections.unmodifiableMap(new LinkedHashMap<>(names));
        if (names.isEmpty()) throw new IllegalArgumentException("names: no class given");
        if (new HashSet<>(names.values()).size() < names.size()) {
            throw new IllegalArgumentException("names: two classes have the same name: " + names);
        }
    }

    /// The nine classes of the Kather colon data.
    public static ClassNames kather() {
        return new ClassNames(Kather.CLASS_NAMES);
    }

    /// The names that a recipe gives, or, where it gives none, those of the data set.
    ///
    /// @throws DataException if a picture's label has no name
    public static ClassNames of(DataSet listed, @Nullable Map<String, String> given)
            throws DataException {
        if (given == null) return new ClassNames(listed.classNames());
        Set<String> unnamed = new TreeSet<>();
        for (Sample sample : listed.samples()) {
            if (sample.label() != null) unnamed.add(sample.label());
        }
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
