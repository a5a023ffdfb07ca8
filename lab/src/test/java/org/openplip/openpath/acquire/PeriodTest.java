package org.openplip.openpath.acquire;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.openplip.openpath.IdSet;

class PeriodTest {
    private static Period period(int from, int to) {
        return new Period(Instant.ofEpochSecond(from), Instant.ofEpochSecond(to));
    }

    @Test
    void leavesWhatNoOtherCovers() {
        Random random = new Random(7);
        for (int round = 0; round < 500; round++) {
            BitSet expected = new BitSet();
            int from = random.nextInt(20);
            int to = random.nextInt(40);
            if (from < to) expected.set(from, to);
            List<Period> others = new ArrayList<>();
            for (int i = random.nextInt(5); i > 0; i--) {
                int start = random.nextInt(40);
                int end = start + 1 + random.nextInt(10);
                others.add(period(start, end));
                expected.clear(start, end);
            }
            BitSet left = new BitSet();
            for (Period part : period(from, to).without(others)) {
                int start = (int) part.since().getEpochSecond();
                int end = (int) part.until().getEpochSecond();
                assertThat(left.get(start, end).isEmpty()).isTrue();
                left.set(start, end);
            }
            assertThat(left).isEqualTo(expected);
        }
    }

    @Test
    void anIdSetIsASet() {
        IdSet ids = new IdSet();
        Set<String> oracle = new HashSet<>();
        Random random = new Random(3);
        for (int i = 0; i < 50_000; i++) {
            String id = String.valueOf(random.nextInt(20_000));
            assertThat(ids.contains(id)).isEqualTo(oracle.contains(id));
            assertThat(ids.add(id)).isEqualTo(oracle.add(id));
        }
        assertThat(ids.size()).isEqualTo(oracle.size());
    }
}
