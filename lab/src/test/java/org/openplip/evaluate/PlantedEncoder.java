package org.openplip.evaluate;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.openplip.Embeddings;
import org.openplip.evaluate.ImageTextEncoder.Outcome.Embedded;
import org.openplip.evaluate.ImageTextEncoder.Outcome.Unreadable;
import org.openplip.image.StoredPicture;

/// An encoder whose space is planted: a direction for each class name and one for each picture, so
/// that the outcome of an evaluation is known beforehand.
///
/// A picture is `CLASS/name.png`; its embedding is its class's direction, its own, and noise. A
/// text's embedding is the sum of the directions of the class names and picture names in it.
final class PlantedEncoder implements ImageTextEncoder {
    private static final int WIDTH = 256;

    private final ClassNames classes;
    private final List<String> pictureNames;
    private final double noise;

    PlantedEncoder(ClassNames classes, List<String> pictureNames, double noise) {
        this.classes = classes;
        this.pictureNames = pictureNames;
        this.noise = noise;
    }

    /// Gives every picture and text a direction of its own that tells nothing.
    static ImageTextEncoder random(long seed) {
        return of((file, _) -> direction(seed + ":" + file), text -> direction(seed + "/" + text));
    }

    /// Gives every picture and text the same embedding.
    static ImageTextEncoder constant() {
        return of((_, _) -> direction("same"), _ -> direction("same"));
    }

    /// Gives numbers that are not finite for one picture.
    static ImageTextEncoder broken(ImageTextEncoder encoder, String name) {
        return new ImageTextEncoder() {
            @Override
            public float[][] texts(List<String> texts) {
                return encoder.texts(texts);
            }

            @Override
            public void images(List<StoredPicture> pictures, Consumer<Outcome> outcomes) {
                int[] row = {0};
                encoder.images(
                        pictures,
                        outcome -> {
                            boolean here = pictures.get(row[0]++).file().endsWith(name);
                            outcomes.accept(
                                    here ? new Embedded(new float[] {Float.NaN, 1}) : outcome);
                        });
            }
        };
    }

    private interface Picture {
        float[] embed(Path file, String label);
    }

    private static ImageTextEncoder of(
            Picture picture, java.util.function.Function<String, float[]> text) {
        return new ImageTextEncoder() {
            @Override
            public float[][] texts(List<String> texts) {
                return texts.stream().map(text).toArray(float[][]::new);
            }

            @Override
            public void images(List<StoredPicture> pictures, Consumer<Outcome> outcomes) {
                for (StoredPicture each : pictures) {
                    outcomes.accept(outcome(each.file(), picture));
                }
            }
        };
    }

    private static Outcome outcome(Path file, Picture picture) {
        try {
            if (!Files.isRegularFile(file)) return new Unreadable("is missing");
            if (Files.size(file) == 0) return new Unreadable("is empty");
            return new Embedded(
                    picture.embed(file, file.getName(file.getNameCount() - 2).toString()));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static float[] direction(String name) {
        Random random = new Random(name.hashCode() * 2654435761L);
        float[] vector = new float[WIDTH];
        for (int i = 0; i < WIDTH; i++) vector[i] = (float) random.nextGaussian();
        return Embeddings.unitLength(vector);
    }

    private static void add(float[] sum, float[] vector, double weight) {
        for (int i = 0; i < WIDTH; i++) sum[i] += (float) (vector[i] * weight);
    }

    @Override
    public float[][] texts(List<String> texts) {
        List<float[]> rows = new ArrayList<>();
        for (String text : texts) {
            float[] sum = new float[WIDTH];
            for (String name : classes.names().values()) {
                if (text.contains(name)) add(sum, direction(name), 1);
            }
            for (String name : pictureNames) {
                if (text.contains(name)) add(sum, direction(name), 1);
            }
            rows.add(Embeddings.unitLength(sum));
        }
        return rows.toArray(float[][]::new);
    }

    @Override
    public void images(List<StoredPicture> pictures, Consumer<Outcome> outcomes) {
        for (StoredPicture picture : pictures) {
            outcomes.accept(
                    outcome(
                            picture.file(),
                            (path, label) -> {
                                String name = path.getFileName().toString().replace(".png", "");
                                float[] sum = new float[WIDTH];
                                add(sum, direction(classes.names().getOrDefault(label, label)), 1);
                                add(sum, direction(name), 0.6);
                                add(sum, direction("noise " + path.getFileName()), noise);
                                return Embeddings.unitLength(sum);
                            }));
        }
    }
}
