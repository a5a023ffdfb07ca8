package org.openplip.openpath;

import java.text.Normalizer;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What [TextCleaner] does, defined by regular expressions alone, one after the other.
final class CleanerByExpressions {
    private CleanerByExpressions() {}

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
    // U+10FFFF is named so that the look behind goes by code points.
    private static final Pattern MENTION =
            Pattern.compile(
                    "(?<![\\w@\uDBFF\uDFFF])[@＠]\\w+(?:@[\\w-]+(?:\\.[\\w-]+)+)?",
                    Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern HASHTAG =
            Pattern.compile(
                    "(?<![\\w&\uDBFF\uDFFF])[#＃]+(?=[\\w·]*\\p{L})[\\w·]+",
                    Pattern.UNICODE_CHARACTER_CLASS);
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

    /// The caption in `text`; empty when nothing is left.
    static String clean(String text) {
        String t = decodeEntities(text);
        t = BLOCK_TAG.matcher(t).replaceAll(" ");
        t = INLINE_TAG.matcher(t).replaceAll("");
        t = LINK.matcher(t).replaceAll(" ");
        t = MENTION.matcher(t).replaceAll(" ");
        t = EMAIL.matcher(t).replaceAll(" ");
        t = KEYCAP.matcher(t).replaceAll(" ");
        t = HASHTAG.matcher(t).replaceAll(" ");
        t = t.replaceAll("[❓❔⁉]", "?");
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

    private static String decodeEntities(String text) {
        if (text.indexOf('&') < 0) return text;
        return ENTITY.matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(decode(match.group(), match)));
    }

    private static String decode(String entity, MatchResult match) {
        if (match.group(3) != null) return ENTITIES.getOrDefault(match.group(3), entity);
        int codePoint =
                match.group(1) != null
                        ? Integer.parseInt(match.group(1))
                        : Integer.parseInt(match.group(2), 16);
        return Character.isValidCodePoint(codePoint) ? Character.toString(codePoint) : " ";
    }
}
