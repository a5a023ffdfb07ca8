package org.openplip.openpath;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextCleanerTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "Nice schwannoma #BSTpath #pathology https://t.co/abc?x=1 | Nice schwannoma",
                "@anna_b look: mucin &amp; glands | look: mucin & glands",
                "Ki-67 &lt; 5% and p &gt; 0.05 | Ki-67 < 5% and p > 0.05",
                "Grade 1&ndash;2, 40&#176; &#xB5;m | Grade 1–2, 40° µm",
                "a <b>bold</b> claim<br>next line | a bold claim next line",
                "Signet ring 👩‍🔬 cells 👏🏽🇪🇸 here 1️⃣ | Signet ring cells here",
                "Case of the week (#GIPath) , colon | Case of the week, colon",
                "from path@example.org with care | from with care",
                "see path.example.com/slides/12?q=3 now | see now",
                "@user@mastodon.social agreed, lipoma | agreed, lipoma",
                "C&C of T&A in H&amp;E | C&C of T&A in H&E",
                "“Quoted” text… stays — here | “Quoted” text… stays — here",
                "Loss of β-catenin, 10× | Loss of β-catenin, 10×",
                "full-width ＃tag and ＠name gone | full-width and gone",
                "Tumor - #SurgPath | Tumor",
                "IHC #1: S100 | IHC #1: S100",
            })
    void takesOutWhatIsNoCaption(String text, String caption) {
        assertThat(TextCleaner.clean(text)).isEqualTo(caption);
    }

    @Test
    void joinsLinesAndInvisibleCharacters() {
        assertThat(TextCleaner.clean("  tubular\n\n adeno\u200bma\u00a0\t of colon\u0000 "))
                .isEqualTo("tubular adenoma of colon");
        assertThat(TextCleaner.clean("#a #b @c https://t.co/x 🔬")).isEmpty();
        assertThat(TextCleaner.clean("")).isEmpty();
    }

    @Test
    void cleaningTwiceChangesNothing() throws IOException {
        for (String text :
                List.of(
                        "RT @x: great (#GIPath) case, <i>see</i> www.example.org ?!",
                        "- . , ; : lipoma , ; -",
                        "A & B &lt;3 ( ) [ ]")) {
            String once = TextCleaner.clean(text);
            assertThat(TextCleaner.clean(once)).isEqualTo(once);
        }
    }

    private static final long SEED = 31;

    /// Pieces of what the steps treat, whole and broken.
    private static final String[] PIECES = {
        " ",
        " ",
        " ",
        "a",
        "B",
        "9",
        "_",
        "é",
        "·",
        "е́",
        "\u0301",
        "&",
        "&amp;",
        "&#63;",
        "&#x1F52C;",
        "&#0;",
        "&#99999999;",
        "&#55357;",
        "&nbsp;",
        "&foo;",
        "&lt;b&gt;",
        ";",
        "<",
        ">",
        "<br>",
        "</p >",
        "<!-- x -->",
        "<b ",
        "https://",
        "HTTP:",
        "http",
        "www.",
        "t.co/",
        "a.b-c.org/x?y",
        ".com/",
        "/",
        "//",
        "?",
        "@",
        "@name",
        "＠a",
        "@a@b.c",
        "@a.b",
        "x@y.zz",
        "@@",
        "#",
        "##",
        "#tag",
        "#1",
        "#a1·",
        "＃x",
        "1️⃣",
        "\u20e3",
        "🔬",
        "👩‍🔬",
        "🇪🇸",
        "👏🏽",
        "❓",
        "⁉️",
        "©",
        "™",
        "\u200b",
        "\u00ad",
        "\u202e",
        "\u0000",
        "\u0085",
        "\u00a0",
        "\u2028",
        "\u3000",
        "\n",
        "\r\n",
        "\t",
        "\ud83d",
        "\ude00",
        "\ufffd",
        "\ue000",
        "(",
        ")",
        "( )",
        "[]",
        "[ ]",
        ",",
        ".",
        ":",
        "!",
        "|",
        "–",
        "—",
        "•",
        "-",
        "K",
        "한",
        "ｱ",
        "𝐚",
        "脂肪",
        "RT ",
        "..."
    };

    @Test
    void doesWhatItsDefinitionByExpressionsDoes() {
        System.out.println("TextCleanerTest: seed " + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < 60_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(1, 14); n > 0; n--) {
                text.append(PIECES[random.nextInt(PIECES.length)]);
            }
            String caption = TextCleaner.clean(text.toString());
            assertThat(caption)
                    .as(text.toString())
                    .isEqualTo(CleanerByExpressions.clean(text.toString()));
            int words = 0;
            for (String run : text.toString().split("\\s+")) {
                if (run.codePoints().anyMatch(Character::isLetterOrDigit)) words++;
            }
            assertThat(TextCleaner.words(text.toString())).as(text.toString()).isEqualTo(words);
        }
    }

    @Test
    void questionMarksThatAreEmojiStay() {
        assertThat(TextCleaner.clean("Diagnosis ❓ #GIPath")).isEqualTo("Diagnosis?");
        assertThat(TextCleaner.clean("Benign ⁉️")).isEqualTo("Benign?");
    }

    @Test
    void countsRunsWithALetterOrADigitAsWords() {
        assertThat(TextCleaner.words("H&E stain - 40x, !")).isEqualTo(3);
        assertThat(TextCleaner.words("")).isZero();
    }
}
