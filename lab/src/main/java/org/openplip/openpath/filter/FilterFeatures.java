package org.openplip.openpath.filter;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;

/// What a [PictureFilter] looks at: numbers that a picture is turned into, and what the linear
/// model makes of them.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = FilterFeatures.ColourAndTexture.class, name = "colour_and_texture"),
    @JsonSubTypes.Type(value = FilterFeatures.Embedding.class, name = "embedding")
})
public sealed interface FilterFeatures {
    /// How many numbers a picture is turned into.
    int size();

    /// How many inputs the linear model has.
    default int inputs() {
        return size();
    }

    /// The linear model's inputs, float32 `[inputs()]`: standardised features, and what else there
    /// is.
    ///
    /// @param features float32 `[size()]`
    default float[] inputs(float[] features, double[] mean, double[] deviation) {
        float[] inputs = new float[inputs()];
        for (int i = 0; i < features.length; i++) {
            inputs[i] = (float) ((features[i] - mean[i]) / deviation[i]);
        }
        return inputs;
    }

    /// Colour and texture, which need no checkpoint. The linear model sees the standardised
    /// features, cut at 5 deviations, and their squares less 1.
    ///
    /// @param names of the numbers, in their order
    record ColourAndTexture(List<String> names) implements FilterFeatures {
        private static final float LARGEST = 5;

        public ColourAndTexture {
            names = List.copyOf(names);
        }

        /// Those that this program computes.
        static ColourAndTexture current() {
            return new ColourAndTexture(PictureFeatures.NAMES);
        }

        @Override
        public int size() {
            return names.size();
        }

        @Override
        public int inputs() {
            return 2 * size();
        }

        @Override
        public float[] inputs(float[] features, double[] mean, double[] deviation) {
            float[] inputs = FilterFeatures.super.inputs(features, mean, deviation);
            for (int i = 0; i < features.length; i++) {
                float z = Math.clamp(inputs[i], -LARGEST, LARGEST);
                inputs[i] = z;
                inputs[features.length + i] = z * z - 1;
            }
            return inputs;
        }
    }

    /// The embedding of unit length by a checkpoint.
    ///
    /// @param model what the checkpoint was called, for people
    /// @param sha256 of its weights, as [org.openplip.Checkpoint#sha256] tells
    record Embedding(String model, String sha256, int width) implements FilterFeatures {
        @Override
        public int size() {
            return width;
        }
    }
}
