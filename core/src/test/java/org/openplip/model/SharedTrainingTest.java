package org.openplip.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openplip.tensor.Members;
import org.openplip.tensor.Peers;
import org.openplip.tensor.ProcessGroup;
import org.openplip.tensor.Scope;

/// Real processes that share batches, each beside one that has the whole batches.
class SharedTrainingTest {
    private static final ClipConfig SMALL =
            new ClipConfig(
                    ClipConfig.Vision.of(16, 3, 2, 8, 4), ClipConfig.Text.of(8, 2, 2, 20, 6), 8);

    // An epsilon above the rounding errors: AdamW would make steps of them where a gradient is
    // truly
    // zero, as that of a key's bias.
    private static final AdamWSettings OPTIMISER =
            new AdamWSettings(0.9, 0.98, 1e-4, 0.2, AdamWSettings.Decayed.EVERYTHING, 1);
    private static final double RATE = 1e-3;

    @FunctionalInterface
    private interface Model {
        Clip load() throws IOException;
    }

    /// Takes the same steps in the group and alone, and says how they differ.
    public static final class Member {
        public static void main(String[] args) throws Exception {
            try (ProcessGroup group = Members.join(args);
                    Scope _ = Scope.open()) {
                for (ContrastiveLoss loss : ContrastiveLoss.values()) {
                    compare(group, loss, () -> Clip.load(TinyClip.folder()), 24, 1, 1);
                    compare(group, loss, () -> Clip.random(SMALL, 3), 49, 2, 5);
                }
            }
        }

        private static void compare(
                Peers peers, ContrastiveLoss loss, Model model, int pairs, int parts, int steps)
                throws Exception {
            ClipTrainer.Settings settings =
                    Training.of(
                            t -> {
                                t.loss = loss;
                                t.leaveOutSame = true;
                                t.averageDecay = 0.5;
                                t.optimiser = OPTIMISER;
                                return t;
                            });
            try (Clip clip = model.load();
                    Clip same = model.load();
                    ClipTrainer alone = new ClipTrainer(clip, settings);
                    ClipTrainer shared = new ClipTrainer(same, settings, peers)) {
                double lossError = 0;
                double gradientError = 0;
                for (int step = 0; step < steps; step++) {
                    PairBatch.Part whole = Training.pairs(clip.config(), pairs, step);
                    int context = clip.config().text().context();
                    // The last pair, of the last process, has the first one's caption.
                    System.arraycopy(whole.ids(), 0, whole.ids(), (pairs - 1) * context, context);
                    whole.groups()[pairs - 2] = whole.groups()[1];
                    PairBatch share = share(whole, peers, parts);
                    double expected = alone.step(PairBatch.of(whole), RATE).loss();
                    double actual = shared.step(share, RATE).loss();
                    lossError = Math.max(lossError, Math.abs(actual / expected - 1));
                    if (step == 0) gradientError = gradientError(shared, alone);
                }
                double weightError = 0;
                int bits = 0;
                for (String name : clip.parameters().keySet()) {
                    float[] a = shared.result().parameter(name).floats();
                    float[] e = alone.result().parameter(name).floats();
                    for (int i = 0; i < e.length; i++) {
                        weightError = Math.max(weightError, Math.abs((double) a[i] - e[i]));
                    }
                    bits = 31 * bits + Arrays.hashCode(a);
                }
                System.out.println(
                        String.join(
                                " ",
                                loss.name(),
                                "" + lossError,
                                "" + gradientError,
                                "" + weightError,
                                "" + bits));
            }
        }

        /// The length of the difference of all gradients, relative to that of the expected ones.
        private static double gradientError(ClipTrainer actual, ClipTrainer expected) {
            double difference = 0;
            double length = 0;
            for (String name : expected.trained().keySet()) {
                float[] a = Objects.requireNonNull(actual.gradient(name), name);
                float[] e = Objects.requireNonNull(expected.gradient(name), name);
                for (int i = 0; i < e.length; i++) {
                    difference += ((double) a[i] - e[i]) * ((double) a[i] - e[i]);
                    length += (double) e[i] * e[i];
                }
            }
            return Math.sqrt(difference / length);
        }

        /// This process's pairs: the last has what is left over.
        private static PairBatch share(PairBatch.Part whole, Peers peers, int parts) {
            int n = whole.groups().length;
            int each = n / peers.size();
            int from = peers.rank() * each;
            int to = peers.rank() == peers.size() - 1 ? n : from + each;
            PairBatch.Part[] all = new PairBatch.Part[parts];
            for (int i = 0; i < parts; i++) {
                int first = from + (to - from) * i / parts;
                int end = from + (to - from) * (i + 1) / parts;
                int sample = whole.pixels().length / n;
                int context = whole.ids().length / n;
                all[i] =
                        new PairBatch.Part(
                                Arrays.copyOfRange(whole.pixels(), first * sample, end * sample),
                                Arrays.copyOfRange(whole.ids(), first * context, end * context),
                                Arrays.copyOfRange(whole.groups(), first, end));
            }
            return PairBatch.of(all);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void processesThatShareABatchTakeTheStepOfOneThatHasItWhole(int size) throws Exception {
        List<List<String>> said = Members.run(Member.class, size);
        System.out.printf("%d processes: %s%n", size, said.getFirst());
        for (List<String> lines : said) {
            assertThat(lines).as("%s", said).hasSize(4);
            for (int i = 0; i < 4; i++) {
                String[] line = lines.get(i).split(" ");
                assertThat(Double.parseDouble(line[1])).as("loss").isLessThan(1e-5);
                assertThat(Double.parseDouble(line[2])).as("gradients").isLessThan(1e-6);
                assertThat(Double.parseDouble(line[3])).as("weights").isLessThan(1e-5);
                // All processes have come to the same bits.
                assertThat(line[4]).isEqualTo(said.getFirst().get(i).split(" ")[4]);
            }
        }
    }
}
