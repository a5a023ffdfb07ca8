package org.openplip.phantom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.openplip.image.ImageDecoder;
import org.openplip.image.RgbImage;
import org.openplip.phantom.Attributes.Density;
import org.openplip.phantom.Attributes.Feature;
import org.openplip.phantom.Attributes.Hue;
import org.openplip.phantom.Attributes.Power;
import org.openplip.phantom.Attributes.Stain;

class PhantomTissueTest {
    private static final long SEED = 77;

    @Test
    void drawsTheSameForTheSameSeed() {
        Attributes plain = plain(Stain.STANDARD, Hue.BALANCED);
        for (TissueClass tissue : TissueClass.values()) {
            byte[] first = PhantomTissue.draw(tissue, plain, 5).pixels();
            assertThat(PhantomTissue.draw(tissue, plain, 5).pixels()).isEqualTo(first);
            assertThat(PhantomTissue.draw(tissue, plain, 6).pixels()).isNotEqualTo(first);
        }
    }

    @Test
    void refusesAFeatureOfAnotherClass() {
        Attributes mitoses =
                new Attributes(Stain.PALE, Hue.BLUISH, Power.X10, Density.SPARSE, Feature.MITOSES);
        assertThat(PhantomTissue.draw(TissueClass.TUM, mitoses, 1).width()).isEqualTo(224);
        assertThatThrownBy(() -> PhantomTissue.draw(TissueClass.ADI, mitoses, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("attributes: MITOSES is no feature of ADI");
    }

    @Test
    void showsStainAndHueInEveryStainedClass() {
        for (TissueClass tissue : TissueClass.values()) {
            if (tissue == TissueClass.BACK) continue;
            double[] pale = opticalDensity(tissue, Stain.PALE, Hue.BALANCED);
            double[] standard = opticalDensity(tissue, Stain.STANDARD, Hue.BALANCED);
            double[] strong = opticalDensity(tissue, Stain.STRONG, Hue.BALANCED);
            assertThat(standard[1]).as("%s", tissue).isBetween(1.2 * pale[1], 2.2 * pale[1]);
            assertThat(strong[1]).as("%s", tissue).isBetween(1.1 * standard[1], 2 * standard[1]);
            double[] blue = opticalDensity(tissue, Stain.STANDARD, Hue.BLUISH);
            double[] pink = opticalDensity(tissue, Stain.STANDARD, Hue.PINKISH);
            // Haematoxylin takes red as well as green, eosin hardly any red.
            assertThat(blue[0] / blue[1]).as("%s", tissue).isGreaterThan(1.15 * pink[0] / pink[1]);
        }
    }

    /// Five nearest neighbours on simple descriptions of 60 + 15 drawings of each class: gradients
    /// and colours together find the class, the mean colour does not.
    @Test
    void differsInStructureRatherThanInColour() throws Exception {
        System.out.println("PhantomTissueTest: seed " + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        List<double[]> structure = new ArrayList<>();
        List<double[]> colour = new ArrayList<>();
        List<Integer> truth = new ArrayList<>();
        TissueClass[] classes = TissueClass.values();
        for (int i = 0; i < 75; i++) {
            for (int label = 0; label < classes.length; label++) {
                TissueClass tissue = classes[label];
                Attributes attributes = Attributes.random(tissue, random);
                Picture picture = Picture.Tissue.random(tissue, attributes, random);
                RgbImage image = ImageDecoder.decode(picture.bytes(), "drawing");
                structure.add(describe(image));
                colour.add(means(image));
                truth.add(label);
            }
        }
        double byStructure = accuracy(structure, truth, 60 * 9);
        double byColour = accuracy(colour, truth, 60 * 9);
        System.out.printf(
                "PhantomTissueTest: 5-NN accuracy %.3f, by mean colour %.3f, chance 0.111%n",
                byStructure, byColour);
        assertThat(byStructure).isGreaterThan(0.78);
        assertThat(byColour).isLessThan(0.6);
    }

    @Test
    void captionsNameTheClassAndNothingFalse() {
        SplittableRandom random = new SplittableRandom(SEED);
        int asPrompt = 0;
        for (int i = 0; i < 4000; i++) {
            TissueClass tissue = Captions.pick(TissueClass.values(), random);
            Attributes attributes = Attributes.random(tissue, random);
            String caption = Captions.of(tissue, attributes, random);
            String lower = caption.toLowerCase(Locale.ROOT);
            assertThat(
                            Stream.concat(Stream.of(tissue.term()), tissue.synonyms().stream())
                                    .anyMatch(lower::contains))
                    .as(caption)
                    .isTrue();
            for (Power power : Power.values()) {
                if (power == attributes.power()) continue;
                assertThat(lower).doesNotContain(power.objective()).doesNotContain(power.words());
            }
            if (attributes.stain() != Stain.PALE) assertThat(lower).doesNotContain("lightly");
            if (attributes.stain() != Stain.STRONG) assertThat(lower).doesNotContain("strongly");
            if (attributes.hue() != Hue.PINKISH) assertThat(lower).doesNotContain("pink");
            if (attributes.hue() != Hue.BLUISH) assertThat(lower).doesNotContain("blu");
            assertThat(caption).doesNotContain("?").doesNotContain("  ").doesNotContain("..");
            if (caption.equals("An H&E image patch of " + tissue.term() + ".")) asPrompt++;
        }
        assertThat(asPrompt).isBetween(120, 800);
    }

    @Test
    void drawsAContactSheet() {
        RgbImage sheet = ContactSheet.draw(3, 1);
        assertThat(sheet.width()).isGreaterThan(700);
        assertThat(sheet.height()).isGreaterThan(9 * 168);
    }

    private static Attributes plain(Stain stain, Hue hue) {
        return new Attributes(stain, hue, Power.X20, Density.MODERATE, Feature.PLAIN);
    }

    /// The mean of -ln(value / 255) in red, green, blue over three drawings.
    private static double[] opticalDensity(TissueClass tissue, Stain stain, Hue hue) {
        double[] sum = new double[3];
        for (int seed = 0; seed < 3; seed++) {
            byte[] pixels = PhantomTissue.draw(tissue, plain(stain, hue), seed).pixels();
            for (int i = 0; i < pixels.length; i++) {
                sum[i % 3] -= Math.log(((pixels[i] & 0xff) + 1) / 256.0);
            }
        }
        return sum;
    }

    private static double[] means(RgbImage image) {
        double[] means = new double[3];
        byte[] pixels = image.pixels();
        for (int i = 0; i < pixels.length; i++) means[i % 3] += pixels[i] & 0xff;
        return means;
    }

    /// Histograms of the colours, and of the gradients' sizes and directions at three scales; the
    /// directions sorted, so that turning does not count.
    private static double[] describe(RgbImage image) {
        int n = image.width() / 2;
        byte[] pixels = image.pixels();
        double[] grey = new double[n * n];
        double[] colours = new double[24];
        for (int y = 0; y < n; y++) {
            for (int x = 0; x < n; x++) {
                for (int c = 0; c < 3; c++) {
                    int sum = 0;
                    for (int k = 0; k < 4; k++) {
                        int i = (2 * y + k / 2) * image.width() + 2 * x + k % 2;
                        sum += pixels[3 * i + c] & 0xff;
                    }
                    colours[8 * c + sum / 128] += 1;
                    grey[y * n + x] += sum / 3060.0;
                }
            }
        }
        double[] all = Arrays.copyOf(colours, colours.length + 3 * 16);
        int at = colours.length;
        for (int scale = 1; scale <= 4; scale *= 2) {
            double[] directions = new double[9];
            double[] sizes = new double[6];
            double total = 1e-9;
            for (int y = scale; y < n - scale; y++) {
                for (int x = scale; x < n - scale; x++) {
                    double dx = grey[y * n + x + scale] - grey[y * n + x - scale];
                    double dy = grey[(y + scale) * n + x] - grey[(y - scale) * n + x];
                    double size = Math.hypot(dx, dy);
                    double turn = Math.atan2(dy, dx) / Math.PI;
                    directions[Math.min(8, (int) ((turn < 0 ? turn + 1 : turn) * 9))] += size;
                    sizes[Math.min(5, (int) (size * 8))]++;
                    total += size;
                }
            }
            Arrays.sort(directions);
            for (double direction : directions) all[at++] = direction / total;
            for (double size : sizes) all[at++] = size;
            all[at++] = total;
        }
        for (int i = 0; i < all.length; i++) all[i] = Math.sqrt(all[i]);
        return all;
    }

    private static double accuracy(List<double[]> rows, List<Integer> truth, int known) {
        int width = rows.getFirst().length;
        double[] spread = new double[width];
        for (int j = 0; j < width; j++) {
            int column = j;
            double mean = rows.stream().mapToDouble(row -> row[column]).average().orElseThrow();
            spread[j] =
                    1e-9
                            + rows.stream()
                                    .mapToDouble(row -> Math.pow(row[column] - mean, 2))
                                    .average()
                                    .orElseThrow();
        }
        int right = 0;
        for (int i = known; i < rows.size(); i++) {
            double[] query = rows.get(i);
            double[] away = new double[known];
            for (int k = 0; k < known; k++) {
                for (int j = 0; j < width; j++) {
                    away[k] += Math.pow(rows.get(k)[j] - query[j], 2) / spread[j];
                }
            }
            List<Integer> nearest =
                    IntStream.range(0, known)
                            .boxed()
                            .sorted(Comparator.comparingDouble(k -> away[k]))
                            .limit(5)
                            .map(truth::get)
                            .toList();
            int best = nearest.getFirst();
            for (int label : nearest) {
                if (votes(nearest, label) > votes(nearest, best)) best = label;
            }
            if (truth.get(i).equals(best)) right++;
        }
        return right / (double) (rows.size() - known);
    }

    private static long votes(List<Integer> labels, int label) {
        return labels.stream().filter(other -> other.equals(label)).count();
    }
}
