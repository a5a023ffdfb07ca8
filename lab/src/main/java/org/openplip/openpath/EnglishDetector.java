package org.openplip.openpath;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import opennlp.tools.langdetect.Language;
import opennlp.tools.langdetect.LanguageDetectorME;
import opennlp.tools.langdetect.LanguageDetectorModel;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;

/// Says whether a caption is in English. Captions are a few words long and full of Latin and Greek
/// ("Interface dermatitis"), where a language detector alone is lost: OpenNLP's gives a fifth of
/// the English sentences in the tests to Latin, Waray or Romanian. So its odds are only a part:
///
///     score = ln(p(English) / largest p of the other languages clinicians post in)
///           + 0.5 for each English word, at most 4    (function words, everyday words of a case)
///           - 1.0 for each function word of another language, at most 4
///           - 1.0 when letters with accents or umlauts occur
///           + 1.5 when the source says English, - 1.5 when it says another language
///
/// English when the score is at least -0.1: a doubt is settled for English, which is what most posts
/// with these hashtags are in. A text of which more than half of the letters are not
/// Latin is never English. Of a text without letters nothing is known: it passes here and falls to
/// the rule for length.
///
/// Safe for use by several threads.
public final class EnglishDetector {
    static final String DESCRIPTION =
            "OpenNLP's language model (langdetect-183), a list of function words and the source's"
                    + " own guess, summed";

    /// Whether a text is taken for English, and the sum that says so.
    record Guess(boolean english, String why) {}

    private static final double PER_ENGLISH_WORD = 0.5;
    private static final double PER_FOREIGN_WORD = 1.0;
    private static final double FOREIGN_LETTERS = 1.0;
    private static final double SOURCE_SAYS = 1.5;
    private static final int MOST_WORDS = 4;
    private static final double LEAST_SCORE = -0.1;

    /// Codes with which X says that it knows no language.
    private static final Set<String> NO_LANGUAGE =
            Set.of("und", "zxx", "art", "qam", "qct", "qht", "qme", "qst");

    private static final Set<String> OTHER_LANGUAGES =
            Set.of(
                    "ara", "cat", "ces", "cmn", "dan", "deu", "ell", "fin", "fra", "hin", "hun",
                    "ind", "ita", "jpn", "kor", "nld", "nob", "pol", "por", "ron", "rus", "spa",
                    "swe", "tur", "vie");

    private static final Set<String> ENGLISH_WORDS =
            words(
                    """
                    about above after again all also an and another any are around as at back be
                    been before below between both but by can case cases cell cells classic deep
                    does edge every example features few find found for from good great had has
                    have he her here high his how image images into is it its just large left like
                    look looks low many more most my new next nice not of old on one only or other
                    our out over patient pattern picture positive power rather right seen she
                    should show showing shows side slide slides small some such than that the their
                    them then there these they this those though through to today two under view
                    was we were what when where which while who why will with within without year
                    you your
                    """);

    private static final Set<String> FOREIGN_WORDS =
            words(
                    """
                    al bei com con da dan das dari das de del della delle dem den der des di do
                    dos du e een ein eine einem einer einen el em en es et från gli het il im ini
                    la las le les lo los med mit muy na nach nello nella och op para per por que
                    se su sua suo uma um un una und une van ve von voor w y yang z zum zur è à ao
                    au aux avec dans est für ist nicht pour sur bir ile bu için jest nie och av
                    """);

    // English itself uses these: de novo, en bloc, en face, in situ, do, se.
    private static final Set<String> SHARED_WORDS = words("de do en e se es per al");

    private static final Pattern NOT_A_WORD = Pattern.compile("[^\\p{L}\\p{M}']+");

    private final LanguageDetectorModel model;

    private EnglishDetector(LanguageDetectorModel model) {
        this.model = model;
    }

    /// The detector with the model on the class path; loading takes about a second.
    public static EnglishDetector load() throws IOException {
        String name = "/langdetect-183.bin";
        try (InputStream in = LanguageDetectorModel.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new DataException(
                        name, null, "is not on the class path (opennlp-models-langdetect)", null);
            }
            return new EnglishDetector(new LanguageDetectorModel(in));
        }
    }

    /// Whether `caption` is in English.
    ///
    /// @param caption cleaned: names, hashtags and links are of no language
    /// @param lang the source's own guess as a BCP 47 tag, or null
    Guess guess(String caption, @Nullable String lang) {
        long letters = caption.codePoints().filter(Character::isLetter).count();
        if (letters == 0) return new Guess(true, "no letters");
        long latin =
                caption.codePoints()
                        .filter(Character::isLetter)
                        .filter(c -> Character.UnicodeScript.of(c) == Character.UnicodeScript.LATIN)
                        .count();
        // Greek letters alone (α, β) are few; a text in Greek is not.
        if (2 * latin <= letters) return new Guess(false, "not in Latin letters");

        double english = 0;
        double other = 0;
        String otherName = "";
        for (Language language : new LanguageDetectorME(model).predictLanguages(caption)) {
            if (language.getLang().equals("eng")) {
                english = language.getConfidence();
            } else if (OTHER_LANGUAGES.contains(language.getLang())
                    && language.getConfidence() > other) {
                other = language.getConfidence();
                otherName = language.getLang();
            }
        }
        int englishWords = 0;
        int foreignWords = 0;
        for (String word : NOT_A_WORD.split(caption.toLowerCase(Locale.ROOT))) {
            if (ENGLISH_WORDS.contains(word)) englishWords++;
            if (FOREIGN_WORDS.contains(word) && !SHARED_WORDS.contains(word)) foreignWords++;
        }
        double score =
                Math.log((english + 1e-6) / (other + 1e-6))
                        + PER_ENGLISH_WORD * Math.min(englishWords, MOST_WORDS)
                        - PER_FOREIGN_WORD * Math.min(foreignWords, MOST_WORDS);
        boolean foreignLetters =
                caption.codePoints()
                        .anyMatch(c -> c > 0x7f && Character.isLetter(c) && !isGreek(c));
        if (foreignLetters) score -= FOREIGN_LETTERS;
        if (lang != null && !NO_LANGUAGE.contains(lang)) {
            score += lang.equals("en") || lang.startsWith("en-") ? SOURCE_SAYS : -SOURCE_SAYS;
        }
        return new Guess(
                score >= LEAST_SCORE,
                String.format(
                        Locale.ROOT,
                        "score %.2f, likest other language %s, source says %s",
                        score,
                        otherName,
                        lang == null ? "nothing" : lang));
    }

    private static boolean isGreek(int codePoint) {
        return codePoint == 'µ'
                || Character.UnicodeScript.of(codePoint) == Character.UnicodeScript.GREEK;
    }

    private static Set<String> words(String text) {
        return Set.copyOf(java.util.Arrays.asList(text.strip().split("\\s+")));
    }
}
