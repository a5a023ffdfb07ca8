package org.openplip.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The expected values are those of `html.unescape` in CPython 3.11.
class HtmlEntitiesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    H&amp;E                | H&E
                    H&E                    | H&E
                    H&ampE                 | H&E
                    &amp;lt;               | &lt;
                    &ltb&gtx               | <b>x
                    5&#181;m               | 5µm
                    5&#181m                | 5µm
                    5&#xB5;m               | 5µm
                    5&#Xb5 m               | 5µ m
                    &micro;m &microm       | µm µm
                    &alpha;-SMA            | α-SMA
                    &alpha-SMA             | &alpha-SMA
                    &notin; &notit; &not   | ∉ ¬it; ¬
                    &fjlig;                | fj
                    &unknown;              | &unknown;
                    &#128;&#150;&#x99;     | €–™
                    &#xD800;&#x110000;&#0; | ���
                    a&#1;b&#xFFFE;c        | abc
                    &#; &#x; & &;          | &#; &#x; & &;
                    &CounterClockwiseContourIntegral; | ∳
                    &amp&amp;&             | &&&
                    """)
    void readsReferencesAsPythonDoes(String text, String expected) {
        assertThat(HtmlEntities.unescape(text)).isEqualTo(expected);
    }

    @Test
    void leavesTextWithoutReferencesAlone() {
        assertThat(HtmlEntities.unescape("")).isEmpty();
        assertThat(HtmlEntities.unescape("plain 😀")).isEqualTo("plain 😀");
    }
}
