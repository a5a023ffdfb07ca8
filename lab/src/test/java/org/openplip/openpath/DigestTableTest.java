package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DigestTableTest {
    @Test
    void holdsWhatAMapHolds() {
        Random random = new Random(3);
        DigestTable table = new DigestTable();
        Map<String, Integer> map = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            String text = "post " + random.nextInt(9000);
            assertThat(table.add(text, i)).isEqualTo(map.putIfAbsent(text, i) == null);
        }
        assertThat(table.size()).isEqualTo(map.size());
        for (int i = 0; i < 9100; i++) {
            String text = "post " + i;
            assertThat(table.number(text)).isEqualTo(map.getOrDefault(text, -1));
            assertThat(table.contains(text)).isEqualTo(map.containsKey(text));
        }
    }
}
