package org.openplip.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.openplip.image.RgbImage;

class EpochOrderTest {
    /// Pairs of which picture `p` has `p % 3 + 1` captions.
    private record Captions(List<Integer> pictures) implements PairSource {
        static Captions of(int pictures) {
            List<Integer> all = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                for (int p = 0; p < pictures; p++) if (i <= p % 3) all.add(p);
            }
            return new Captions(all);
        }

        @Override
        public int size() {
            return pictures.size();
        }

        @Override
        public String caption(int i) {
            return "caption " + i;
        }

        @Override
        public String pictureName(int i) {
            return "picture " + pictures.get(i);
        }

        @Override
        public String duplicateGroup(int i) {
            return pictureName(i);
        }

        @Override
        public RgbImage picture(int i) {
            throw new UnsupportedOperationException();
        }
    }

    private static TrainConfig config(boolean oneCaption, TrainConfig.Order order) {
        return TrainConfigs.of(
                c -> {
                    c.epochs = 40;
                    c.batch = 4;
                    c.oneCaptionPerPicture = oneCaption;
                    c.order = order;
                    return c;
                });
    }

    private static int[] pairs(EpochOrder order, long step) {
        return Arrays.stream(order.samples(step)).mapToInt(EpochOrder.Sample::pair).toArray();
    }

    @Test
    void anEpochShowsAPictureOnceWithEachOfItsCaptionsInTurn() {
        Captions pairs = Captions.of(12);
        EpochOrder order = new EpochOrder(pairs, config(true, TrainConfig.Order.SHUFFLED));
        assertThat(order.size()).isEqualTo(12);
        assertThat(order.stepsPerEpoch()).isEqualTo(3);
        Set<Integer> seen = new HashSet<>();
        for (int epoch = 0; epoch < 40; epoch++) {
            Set<Integer> pictures = new HashSet<>();
            for (int step = 3 * epoch; step < 3 * epoch + 3; step++) {
                for (int pair : pairs(order, step)) {
                    seen.add(pair);
                    pictures.add(pairs.pictures.get(pair));
                }
            }
            assertThat(pictures).as("epoch %d", epoch).hasSize(12);
        }
        assertThat(seen).hasSize(pairs.size());
        // Whatever was asked before, a step holds the same.
        int[] later = pairs(order, 77);
        assertThat(pairs(new EpochOrder(pairs, config(true, TrainConfig.Order.SHUFFLED)), 77))
                .isEqualTo(later);
    }

    @Test
    void thePapersOrderIsTheTablesWithTheLastBatch() {
        Captions pairs = Captions.of(5);
        EpochOrder order = new EpochOrder(pairs, config(false, TrainConfig.Order.AS_LISTED));
        assertThat(pairs.size()).isEqualTo(9);
        assertThat(order.stepsPerEpoch()).isEqualTo(3);
        assertThat(order.steps()).isEqualTo(120);
        for (int epoch = 0; epoch < 2; epoch++) {
            assertThat(pairs(order, 3L * epoch)).containsExactly(0, 1, 2, 3);
            assertThat(pairs(order, 3L * epoch + 1)).containsExactly(4, 5, 6, 7);
            assertThat(pairs(order, 3L * epoch + 2)).containsExactly(8);
        }
        int[] shuffled = pairs(new EpochOrder(pairs, config(false, TrainConfig.Order.SHUFFLED)), 0);
        assertThat(Arrays.stream(shuffled).distinct().count()).isEqualTo(4);
    }

    /// `sizes` pairs of each source, by their weights.
    private static PairSource weighted(int[] sizes, double... weights) {
        List<PairSource.Portion> portions = new ArrayList<>();
        for (int i = 0; i < sizes.length; i++) {
            portions.add(new PairSource.Portion(sizes[i], weights[i]));
        }
        List<Integer> pictures = new ArrayList<>();
        for (int i = 0; i < Arrays.stream(sizes).sum(); i++) pictures.add(i);
        return new ForwardingPairs(new Captions(pictures)) {
            @Override
            public List<Portion> portions() {
                return portions;
            }
        };
    }

    private static TrainConfig weightedConfig(TrainConfig.Order order) {
        return TrainConfigs.of(
                c -> {
                    c.epochs = 12;
                    c.batch = 5;
                    c.order = order;
                    return c;
                });
    }

    @Test
    void aWeightSaysHowOftenAnEpochShowsEachPairOfItsSource() {
        // 8 once, 4 two and a half times, 12 a quarter of the time: 8 + 10 + 3.
        PairSource pairs = weighted(new int[] {8, 4, 12}, 1, 2.5, 0.25);
        for (TrainConfig.Order kind : TrainConfig.Order.values()) {
            EpochOrder order = new EpochOrder(pairs, weightedConfig(kind));
            assertThat(order.size()).isEqualTo(21);
            int[] seen = new int[24];
            Set<EpochOrder.Sample> samples = new HashSet<>();
            for (long step = 0; step < order.steps(); step++) {
                for (EpochOrder.Sample sample : order.samples(step)) {
                    seen[sample.pair()]++;
                    // The same pair is changed otherwise each time.
                    assertThat(samples.add(sample)).isTrue();
                }
            }
            if (kind == TrainConfig.Order.AS_LISTED) {
                for (int i = 0; i < 8; i++) assertThat(seen[i]).isEqualTo(12);
                for (int i = 8; i < 12; i++) assertThat(seen[i]).isEqualTo(30);
                for (int i = 12; i < 24; i++) assertThat(seen[i]).isEqualTo(3);
                assertThat(pairs(order, 0)).containsExactly(0, 1, 2, 3, 4);
                assertThat(pairs(order, 2)).containsExactly(10, 11, 8, 9, 10);
                assertThat(pairs(order, 4)).containsExactly(14);
                // The second epoch goes on where the first ended, in each source.
                assertThat(pairs(order, 5 + 3)).containsExactly(9, 10, 11, 15, 16);
            } else {
                assertThat(order.stepsPerEpoch()).isEqualTo(4); // and one sample is left out
                assertThat(Arrays.stream(seen).sum()).isEqualTo(12 * 20);
                for (int i = 12; i < 24; i++) assertThat(seen[i]).isBetween(1, 3);
            }
            // At whichever step one begins.
            long last = order.steps() - 1;
            assertThat(new EpochOrder(pairs, weightedConfig(kind)).samples(last))
                    .isEqualTo(order.samples(last));
        }
    }

    @Test
    void sourcesWithoutWeightsAreShuffledAsOne() {
        TrainConfig config = weightedConfig(TrainConfig.Order.SHUFFLED);
        EpochOrder apart = new EpochOrder(weighted(new int[] {8, 16}, 1, 1), config);
        EpochOrder whole = new EpochOrder(weighted(new int[] {24}, 1), config);
        for (long step = 0; step < whole.steps(); step++) {
            assertThat(apart.samples(step)).isEqualTo(whole.samples(step));
        }
    }

    @Test
    void whatStandsInIsOfTheSameSource() {
        EpochOrder order =
                new EpochOrder(
                        weighted(new int[] {8, 4}, 1, 1),
                        weightedConfig(TrainConfig.Order.SHUFFLED));
        Set<Integer> drawn = new HashSet<>();
        for (int tries = 0; tries < 60; tries++) {
            int first = order.another(new EpochOrder.Sample(3, 0), tries);
            assertThat(first).isBetween(0, 7);
            assertThat(order.another(new EpochOrder.Sample(8, 0), tries)).isBetween(8, 11);
            drawn.add(first);
        }
        assertThat(drawn).hasSize(8);
    }
}
