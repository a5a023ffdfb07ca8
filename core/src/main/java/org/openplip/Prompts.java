package org.openplip;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// The sentences that a class's name is put into before it is embedded.
///
/// With several templates (an ensemble) a class is described by the mean of its sentences'
/// embeddings, each of unit length, scaled to unit length again (CLIP, section 3.1.4).
///
/// @param templates at least one, each with `{}` where the name goes
public record Prompts(List<String> templates) {
    private static final String PLACE = "{}";

    public Prompts {
        templates = List.copyOf(templates);
        if (templates.isEmpty()) throw new IllegalArgumentException("templates: none given");
        for (String template : templates) {
            if (!template.contains(PLACE)) {
                throw new IllegalArgumentException(
                        "templates: expected {} for the class's name in \"" + template + "\"");
            }
        }
    }

    /// Such as `Prompts.of("An H&E image patch of {} tissue.")`.
    public static Prompts of(String... templates) {
        return new Prompts(List.of(templates));
    }

    /// The sentences of all `names`, those of a name in the order of the templates beside each
    /// other: `[names * templates]`.
    public List<String> sentences(Collection<String> names) {
        List<String> sentences = new ArrayList<>();
        for (String name : names) {
            for (String template : templates) sentences.add(template.replace(PLACE, name));
        }
        return sentences;
    }

    /// Embeddings of the names, float32 `[names, width]`, each of unit length.
    ///
    /// @param embeddings of their [#sentences], `[names * templates, width]`
    public float[][] classes(float[][] embeddings) {
        int each = templates.size();
        if (embeddings.length % each != 0) {
            throw new IllegalArgumentException(
                    "embeddings: expected a multiple of %d, got %d"
                            .formatted(each, embeddings.length));
        }
        float[][] classes = new float[embeddings.length / each][];
        for (int c = 0; c < classes.length; c++) {
            float[] sum = new float[embeddings[c * each].length];
            for (int t = 0; t < each; t++) {
                float[] sentence = Embeddings.unitLength(embeddings[c * each + t]);
                for (int i = 0; i < sum.length; i++) sum[i] += sentence[i];
            }
            classes[c] = Embeddings.unitLength(sum);
        }
        return classes;
    }
}
