package org.openplip.openpath;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import opennlp.tools.langdetect.LanguageDetectorModel;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;

/// Says whether a caption is in English. Captions are a few words long and full of Latin and Greek
/// ("Interface dermatitis"), where a language detector alone is lost: OpenNLP's gives a fifth of
/// the English sentences in the tests to Latin, Waray or Romanian. So its odds are only a part:
///
///     score = ln(p(English) / largest p of the other languages clinicians post in)
///           + 0.5 for each English word, at most 4    (function words, words of a case)
///           - 1.0 for each function word of another language, at most 4
///           - 1.0 when letters with accents or umlauts occur
///           + 1.5 when the source says English, - 1.5 when it says another language
///
/// Where the source says English, the words give 1.5 or more and there are no accents, the odds are
/// not asked for. A text with accents that fails is judged again without names (after `Dr.`) and what English has
/// borrowed (`café au lait`, `Sjögren`). English when the score is at least -0.1: a doubt is settled for English, which is what most posts
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
    ///
    /// @param score the sum, or NaN where the letters alone decide
    /// @param other the likest other language
    /// @param lang the source's guess
    record Guess(boolean english, double score, String other, @Nullable String lang) {
        /// What decided.
        String why() {
            if (Double.isNaN(score)) return english ? "no letters" : "not in Latin letters";
            return String.format(
                    Locale.ROOT,
                    "score %.2f, likest other language %s, source says %s",
                    score,
                    other,
                    lang == null ? "nothing" : lang);
        }
    }

    private static final double PER_ENGLISH_WORD = 0.5;
    private static final double PER_FOREIGN_WORD = 1.0;
    private static final double FOREIGN_LETTERS = 1.0;
    private static final double SOURCE_SAYS = 1.5;
    private static final int MOST_WORDS = 4;
    private static final double LEAST_SCORE = -0.1;

    /// Three English words more than others.
    private static final double CLEAR_WORDS = 1.5;

    /// Codes with which X says that it knows no language.
    private static final Set<String> NO_LANGUAGE =
            Set.of("und", "zxx", "art", "qam", "qct", "qht", "qme", "qst");

    /// Those in Latin letters: where most letters are, the odds of the others mean nothing.
    private static final Set<String> OTHER_LANGUAGES =
            Set.of(
                    "cat", "ces", "dan", "deu", "fin", "fra", "hun", "ind", "ita", "nld", "nob",
                    "pol", "por", "ron", "spa", "swe", "tur", "vie");

    private static final Set<String> ENGLISH_WORDS =
            list(
                    """
                    about above across after again all also an and another any apart are around
                    as at back be been before below between biopsy bladder blood bodies body
                    bone both bowel breast bundles but by can cancer case cases cell cells child
                    chronic classic crowded cut cyst dark deep deeply dense disease does edge
                    every everywhere example fatty features few fibrous find floating follicular
                    for found from fungal giant glands good grade granulomatous great had has
                    have he her here high his how hyperplastic image images into is it its just
                    kidney known large left like liver look looks loss low lung lymph lymphoid
                    lymphoma man many markers marrow mass medium more most mucinous muscle my
                    new next nice node nodes not nuclei numerous of old on one only or other our
                    out ovarian ovary over pale papillary patient pattern picture pink pinkish
                    positive power rather right seen set she should show showing shows side skin
                    slide slides small smear smooth solitary some spindle spots spread squamous
                    stain stained stomach such than that the their them then there these they
                    this those though through thyroid tissue to today tumors tumour two under
                    view wall was we were what when where which while who why wild will with
                    within without woman year yo you your
                    """);

    /// Without those that English itself uses: de novo, en bloc, en face, in situ, do, se.
    private static final Set<String> FOREIGN_WORDS =
            list(
                    """
                    bei com con da dan das dari das del della delle dem den der des di dos du
                    een ein eine einem einer einen el em et från gli het il im ini la las le les
                    lo los med mit muy na nach nello nella och op para por que su sua suo uma um
                    un una und une van ve von voor w y yang z zum zur è à ao au aux avec dans
                    est für ist nicht pour sur bir ile bu için jest nie och av
                    """);

    /// What is of another language only to the letter: names, and what English has borrowed.
    private static final Pattern NAMES =
            Pattern.compile(
                    "\\bDrs?\\.?(?: \\p{Lu}[\\p{L}'’-]*)+|\\b(?i:caf[eé][ -]au[ -]lait|peau d['’]orange"
                            + "|naïve|müllerian|sjögren|hürthle|müller|waldenström|ménétrier|ménière"
                            + "|guillain[ -]barré|guérin|sézary|löffler|lieberkühn|behçet|schönlein"
                            + "|schüller|köbner|langerhans|déjérine|möbius)\\b",
                    Pattern.UNICODE_CHARACTER_CLASS);

    private static final int LONGEST_WORD =
            Stream.concat(ENGLISH_WORDS.stream(), FOREIGN_WORDS.stream())
                    .mapToInt(String::length)
                    .max()
                    .orElseThrow();

    private final LanguageOdds odds;

    private EnglishDetector(LanguageOdds odds) {
        this.odds = odds;
    }

    /// The detector with the model on the class path; loading takes about a second.
    public static EnglishDetector load() throws IOException {
        String name = "/langdetect-183.bin";
        try (InputStream in = LanguageDetectorModel.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new DataException(
                        name, null, "is not on the class path (opennlp-models-langdetect)", null);
            }
            return new EnglishDetector(
                    new LanguageOdds(new LanguageDetectorModel(in), OTHER_LANGUAGES));
        }
    }

    /// Whether `caption` is in English.
    ///
    /// @param caption cleaned: names, hashtags and links are of no language
    /// @param lang the source's own guess as a BCP 47 tag, or null
    Guess guess(String caption, @Nullable String lang) {
        Guess guess = guessByAll(caption, lang);
        if (guess.english() || !hasForeignLetters(caption)) return guess;
        // Only a text that would fail for them is worth looking for names in.
        return guessByAll(NAMES.matcher(caption).replaceAll(" ").strip(), lang);
    }

    private static boolean hasForeignLetters(String caption) {
        return !caption.chars().allMatch(c -> c <= 0x7f);
    }

    private Guess guessByAll(String caption, @Nullable String lang) {
        int letters = 0;
        int latin = 0;
        boolean foreignLetters = false;
        for (int i = 0; i < caption.length(); ) {
            int c = caption.codePointAt(i);
            i += Character.charCount(c);
            if (!Character.isLetter(c)) continue;
            letters++;
            if (c <= 0x7f) {
                latin++;
                continue;
            }
            Character.UnicodeScript script = Character.UnicodeScript.of(c);
            if (script == Character.UnicodeScript.LATIN) latin++;
            if (c != 'µ' && script != Character.UnicodeScript.GREEK) foreignLetters = true;
        }
        if (letters == 0) return new Guess(true, Double.NaN, "", lang);
        // Greek letters alone (α, β) are few; a text in Greek is not.
        if (2 * latin <= letters) return new Guess(false, Double.NaN, "", lang);

        double words = words(caption);
        boolean saysEnglish = lang != null && (lang.equals("en") || lang.startsWith("en-"));
        if (saysEnglish && words >= CLEAR_WORDS && !foreignLetters) {
            return new Guess(true, words + SOURCE_SAYS, "not asked for", lang);
        }
        LanguageOdds.Odds likely = odds.of(caption);
        double score = Math.log((likely.english() + 1e-6) / (likely.other() + 1e-6)) + words;
        if (foreignLetters) score -= FOREIGN_LETTERS;
        if (lang != null && !NO_LANGUAGE.contains(lang)) {
            score += saysEnglish ? SOURCE_SAYS : -SOURCE_SAYS;
        }
        return new Guess(score >= LEAST_SCORE, score, likely.otherName(), lang);
    }

    /// What the words of the lists add to the score.
    private static double words(String caption) {
        String lower = caption.toLowerCase(Locale.ROOT);
        int englishWords = 0;
        int foreignWords = 0;
        int start = 0;
        for (int i = 0; i <= lower.length(); ) {
            int c = i == lower.length() ? ' ' : lower.codePointAt(i);
            if (!isPartOfWord(c)) {
                if (i > start && i - start <= LONGEST_WORD) {
                    String word = lower.substring(start, i);
                    if (ENGLISH_WORDS.contains(word)) englishWords++;
                    if (FOREIGN_WORDS.contains(word)) foreignWords++;
                }
                start = i + Character.charCount(c);
            }
            i += Character.charCount(c);
        }
        return PER_ENGLISH_WORD * Math.min(englishWords, MOST_WORDS)
                - PER_FOREIGN_WORD * Math.min(foreignWords, MOST_WORDS);
    }

    private static boolean isPartOfWord(int c) {
        if (c <= 0x7f) return (c >= 'a' && c <= 'z') || c == '\'';
        return Character.isLetter(c)
                || switch (Character.getType(c)) {
                    case Character.NON_SPACING_MARK,
                            Character.COMBINING_SPACING_MARK,
                            Character.ENCLOSING_MARK ->
                            true;
                    default -> false;
                };
    }

    private static Set<String> list(String text) {
        return Set.copyOf(java.util.Arrays.asList(text.strip().split("\\s+")));
    }
}
