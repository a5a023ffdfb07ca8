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
                for (int pair : order.pairs(step)) {
                    seen.add(pair);
                    pictures.add(pairs.pictures.get(pair));
                }
            }
            assertThat(pictures).as("epoch %d", epoch).hasSize(12);
        }
        assertThat(seen).hasSize(pairs.size());
        // Whatever was asked before, a step holds the same.
        int[] later = order.pairs(77);
        assertThat(new EpochOrder(pairs, config(true, TrainConfig.Order.SHUFFLED)).pairs(77))
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
            assertThat(order.pairs(3L * epoch)).containsExactly(0, 1, 2, 3);
            assertThat(order.pairs(3L * epoch + 1)).containsExactly(4, 5, 6, 7);
            assertThat(order.pairs(3L * epoch + 2)).containsExactly(8);
        }
        int[] shuffled = new EpochOrder(pairs, config(false, TrainConfig.Order.SHUFFLED)).pairs(0);
        assertThat(Arrays.stream(shuffled).distinct().count()).isEqualTo(4);
    }
}
