package org.openplip.openpath;

import java.text.Normalizer;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Turns the text of a post into a caption. What goes, in this order:
///
/// 1. HTML entities become the characters that they name (`&lt;` and numbers too); then HTML tags
///    go: those of blocks and `br` leave a space, others nothing. `Ki-67 < 5%` stays as it is.
/// 2. Links: with a scheme, from `www.`, `pic.twitter.com/...`, `t.co/...`, or a host of a common
///    domain followed by `/`. E-mail addresses, as they name a person.
/// 3. Mentions, `@name` and `@name@host`.
/// 4. Hashtags, the word included, as the paper does (`#1` is none, it has no letter): most are
///    labels at the end of a post (`#GIPath #pathology`). A hashtag that is part of the sentence is
///    lost with them; keeping its word would put the labels, which are also what posts were
///    searched by, into the captions.
/// 5. Emoji with their modifiers, keycaps and flags; format and control characters.
/// 6. White space: every run, line breaks included, becomes one space; spaces before `,.;:!?)` and
///    separators that the removals left alone at either end go.
///
/// The result is in Unicode's form C. Cleaning a caption again changes nothing unless an entity was
/// escaped twice. Question marks are kept, so that [Rule.NoQuestion] sees them, but not those in
/// links.
public final class TextCleaner {
    private static final Map<String, String> ENTITIES =
            Map.ofEntries(
                    Map.entry("amp", "&"),
                    Map.entry("lt", "<"),
                    Map.entry("gt", ">"),
                    Map.entry("quot", "\""),
                    Map.entry("apos", "'"),
                    Map.entry("nbsp", " "),
                    Map.entry("ndash", "–"),
                    Map.entry("mdash", "—"),
                    Map.entry("hellip", "…"),
                    Map.entry("lsquo", "‘"),
                    Map.entry("rsquo", "’"),
                    Map.entry("ldquo", "“"),
                    Map.entry("rdquo", "”"),
                    Map.entry("bull", "•"),
                    Map.entry("middot", "·"),
                    Map.entry("deg", "°"),
                    Map.entry("micro", "µ"),
                    Map.entry("times", "×"),
                    Map.entry("plusmn", "±"),
                    Map.entry("le", "≤"),
                    Map.entry("ge", "≥"),
                    Map.entry("rarr", "→"),
                    Map.entry("alpha", "α"),
                    Map.entry("beta", "β"));

    private static final Pattern ENTITY =
            Pattern.compile("&(?:#(\\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z]{2,8}));");
    private static final Pattern BLOCK_TAG =
            Pattern.compile("(?i)</?(?:br|p|div|li|ul|ol|tr|td|th|table|h[1-6])\\b[^<>]*>");
    private static final Pattern INLINE_TAG =
            Pattern.compile(
                    "(?i)</?(?:a|abbr|b|blockquote|code|em|font|i|img|s|small|span|strong|sub|sup|u)"
                            + "\\b[^<>]*>|<!--.*?-->");
    private static final Pattern LINK =
            Pattern.compile(
                    "(?i)(?:https?:/{0,2}|www\\.)\\S*"
                            + "|\\b(?:[a-z0-9-]+\\.)+"
                            + "(?:com|org|net|edu|gov|io|co|ly|gl|be|uk|de|app|info)/\\S*");
    private static final Pattern EMAIL =
            Pattern.compile("[\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern MENTION =
            Pattern.compile(
                    "(?<![\\w@])[@＠]\\w+(?:@[\\w-]+(?:\\.[\\w-]+)+)?",
                    Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern HASHTAG =
            Pattern.compile(
                    "(?<![\\w&])[#＃]+(?=[\\w·]*\\p{L})[\\w·]+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern KEYCAP = Pattern.compile("[0-9#*]\\x{FE0F}?\\x{20E3}");
    private static final Pattern EMOJI =
            Pattern.compile(
                    "[\\p{IsExtended_Pictographic}\\x{1F1E6}-\\x{1F1FF}\\x{1F3FB}-\\x{1F3FF}"
                            + "\\x{E0020}-\\x{E007F}\\x{FE00}-\\x{FE0F}&&[^©®™]]");
    private static final Pattern INVISIBLE =
            Pattern.compile("[\\p{Cf}\\p{Cs}\\p{Co}\\p{Cn}\\x{FFFD}]|[\\p{Cc}&&[^\\s\\x{85}]]");
    private static final Pattern WHITE_SPACE =
            Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern SPACE_BEFORE =
            Pattern.compile(" +(?=[,.;:!?)](?:\\s|[,.;:!?)]|$))");
    private static final Pattern EMPTY_BRACKETS = Pattern.compile("\\( ?\\)|\\[ ?]");
    private static final Pattern LEADING =
            Pattern.compile("^[\\s,.;:!?|/–—•·-]+(?=\\s)|^[,;:|•·]+");
    private static final Pattern TRAILING = Pattern.compile("(?:\\s+[|/–—•·&-]+|[\\s,;:|•·])+$");

    private TextCleaner() {}

    /// The caption in `text`; empty when nothing is left.
    public static String clean(String text) {
        String t = decodeEntities(text);
        t = BLOCK_TAG.matcher(t).replaceAll(" ");
        t = INLINE_TAG.matcher(t).replaceAll("");
        t = LINK.matcher(t).replaceAll(" ");
        t = MENTION.matcher(t).replaceAll(" ");
        t = EMAIL.matcher(t).replaceAll(" ");
        t = KEYCAP.matcher(t).replaceAll(" ");
        t = HASHTAG.matcher(t).replaceAll(" ");
        t = EMOJI.matcher(t).replaceAll(" ");
        t = INVISIBLE.matcher(t).replaceAll("");
        t = Normalizer.normalize(t, Normalizer.Form.NFC);
        t = WHITE_SPACE.matcher(t).replaceAll(" ");
        t = EMPTY_BRACKETS.matcher(t).replaceAll(" ");
        t = SPACE_BEFORE.matcher(t).replaceAll("");
        t = LEADING.matcher(t).replaceAll("");
        t = TRAILING.matcher(t).replaceAll("");
        return WHITE_SPACE.matcher(t).replaceAll(" ").strip();
    }

    /// How many words a caption has: runs between white space that hold a letter or a digit.
    public static int words(String caption) {
        int words = 0;
        for (String run : caption.split("\\s+")) {
            if (run.codePoints().anyMatch(Character::isLetterOrDigit)) words++;
        }
        return words;
    }

    private static String decodeEntities(String text) {
        if (text.indexOf('&') < 0) return text;
        return ENTITY.matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(decode(match.group(), match)));
    }

    private static String decode(String entity, java.util.regex.MatchResult match) {
        if (match.group(3) != null) return ENTITIES.getOrDefault(match.group(3), entity);
        int codePoint =
                match.group(1) != null
                        ? Integer.parseInt(match.group(1))
                        : Integer.parseInt(match.group(2), 16);
        return Character.isValidCodePoint(codePoint) ? Character.toString(codePoint) : " ";
    }
}
