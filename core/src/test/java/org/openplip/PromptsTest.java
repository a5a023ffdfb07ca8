package org.openplip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class PromptsTest {
    @Test
    void everyNameGoesIntoEveryTemplate() {
        assertThat(Prompts.of("{}", "a {} of {}").sentences(List.of("fat", "$1")))
                .containsExactly("fat", "a fat of fat", "$1", "a $1 of $1");
    }

    @Test
    void aClassIsTheMeanOfItsSentencesDirections() {
        // By hand: directions (1, 0) and (0, 1), mean (1, 1) / 2, whatever the lengths.
        float[][] classes =
                Prompts.of("{}", "a {}").classes(new float[][] {{5, 0}, {0, 0.1f}, {0, 2}, {0, 3}});
        assertThat(classes).hasNumberOfRows(2);
        assertThat(classes[0][0]).isCloseTo((float) Math.sqrt(0.5), within(1e-7f));
        assertThat(classes[0][1]).isCloseTo((float) Math.sqrt(0.5), within(1e-7f));
        assertThat(classes[1]).containsExactly(0, 1);
    }

    @Test
    void aTemplateMustHaveAPlaceForTheName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Prompts.of("{}", "tissue"))
                .withMessageContaining("{}")
                .withMessageContaining("\"tissue\"");
        assertThatIllegalArgumentException().isThrownBy(Prompts::of);
    }
}
