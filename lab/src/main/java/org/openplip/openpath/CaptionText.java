package org.openplip.openpath;

import java.text.Normalizer;
import java.util.Map;
import java.util.regex.Pattern;

/// A text on its way to a caption: the steps of [TextCleaner], each one pass over the characters in
/// place. What is rare is left to regular expressions. `TextCleanerTest` holds the steps to a
/// definition that has nothing but these.
final class CaptionText {
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

    private static final int LONGEST_ENTITY = 8;

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
    private static final Pattern KEYCAP = Pattern.compile("[0-9#*]\\x{FE0F}?\\x{20E3}");

    private char[] t;
    private int length;

    CaptionText(String text) {
        t = text.toCharArray();
        length = t.length;
    }

    @Override
    public String toString() {
        return new String(t, 0, length);
    }

    private boolean holds(char c) {
        for (int i = 0; i < length; i++) if (t[i] == c) return true;
        return false;
    }

    private void replace(Pattern pattern, String by) {
        become(pattern.matcher(toString()).replaceAll(by));
    }

    private void become(String text) {
        t = text.toCharArray();
        length = t.length;
    }

    private int codePointAt(int i) {
        return Character.codePointAt(t, i, length);
    }

    /// Entities become the characters that they name.
    void decodeEntities() {
        if (!holds('&')) return;
        int to = 0;
        for (int i = 0; i < length; ) {
            int end = t[i] == '&' ? entityEnd(i) : -1;
            if (end < 0) {
                t[to++] = t[i++];
                continue;
            }
            if (t[i + 1] == '#') {
                boolean hexadecimal = t[i + 2] == 'x' || t[i + 2] == 'X';
                int from = i + (hexadecimal ? 3 : 2);
                int c = Integer.parseInt(new String(t, from, end - from), hexadecimal ? 16 : 10);
                to += Character.toChars(Character.isValidCodePoint(c) ? c : ' ', t, to);
            } else {
                String character = ENTITIES.get(new String(t, i + 1, end - i - 1));
                if (character == null) {
                    while (i <= end) t[to++] = t[i++];
                } else {
                    t[to++] = character.charAt(0);
                }
            }
            i = end + 1;
        }
        length = to;
    }

    /// Where the semicolon of the entity at `start` is, or -1 where there is no entity.
    private int entityEnd(int start) {
        int i = start + 1;
        if (i < length && t[i] == '#') {
            i++;
            boolean hexadecimal = i < length && (t[i] == 'x' || t[i] == 'X');
            if (hexadecimal) i++;
            int from = i;
            while (i < length && i - from < 8 && isDigit(t[i], hexadecimal)) i++;
            int digits = i - from;
            if (digits < 1 || digits > (hexadecimal ? 6 : 7)) return -1;
        } else {
            int from = i;
            while (i < length && i - from <= LONGEST_ENTITY && isLetter(t[i])) i++;
            if (i - from < 2 || i - from > LONGEST_ENTITY) return -1;
        }
        return i < length && t[i] == ';' ? i : -1;
    }

    private static boolean isDigit(char c, boolean hexadecimal) {
        return (c >= '0' && c <= '9')
                || (hexadecimal && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    /// Tags go: those of blocks leave a space, others nothing.
    void removeTags() {
        if (!holds('<')) return;
        replace(BLOCK_TAG, " ");
        replace(INLINE_TAG, "");
    }

    /// Links leave a space.
    void removeLinks() {
        char[] out = new char[length];
        int to = 0;
        for (int i = 0; i < length; ) {
            char c = t[i];
            int end = -1;
            if (c == 'h' || c == 'H') {
                end = startsWith(i, "https:") || startsWith(i, "http:") ? i : -1;
            } else if ((c == 'w' || c == 'W') && startsWith(i, "www.")) {
                if (i > 0 && isHostCharacter(t[i - 1])) {
                    findLinks(i, out, to);
                    return;
                }
                end = i;
            } else if (c == '/' && followsDomain(i)) {
                findLinks(i, out, to);
                return;
            }
            if (end < 0) {
                out[to++] = t[i++];
            } else {
                while (end < length && !isSpace(t[end])) end++;
                out[to++] = ' ';
                i = end;
            }
        }
        t = out;
        length = to;
    }

    /// Goes on with the expression: `out` has the text before `i`, up to `to`, without links.
    private void findLinks(int i, char[] out, int to) {
        System.arraycopy(t, i, out, to, length - i);
        t = out;
        length = to + length - i;
        replace(LINK, " ");
    }

    private boolean startsWith(int at, String lower) {
        if (at + lower.length() > length) return false;
        for (int i = 0; i < lower.length(); i++) {
            char c = t[at + i];
            if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != lower.charAt(i)) return false;
        }
        return true;
    }

    private static boolean isHostCharacter(char c) {
        return isLetter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
    }

    /// Whether there is a point and two to four letters before the slash at `i`.
    private boolean followsDomain(int i) {
        int k = i - 1;
        while (k >= 0 && isLetter(t[k])) k--;
        return k > 0 && t[k] == '.' && i - k >= 3 && i - k <= 5;
    }

    /// ASCII's white space.
    private static boolean isSpace(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    /// Mentions leave a space.
    void removeMentions() {
        if (!holds('@') && !holds('＠')) return;
        char[] out = new char[length];
        int to = 0;
        for (int i = 0; i < length; ) {
            char c = t[i];
            int end = i + 1;
            if ((c == '@' || c == '＠') && !(i > 0 && (t[i - 1] == '@' || isWordBefore(i)))) {
                end = wordEnd(i + 1, false);
                if (end > i + 1 && end < length && t[end] == '@') end = hostEnd(end);
            }
            if (end == i + 1) {
                out[to++] = c;
            } else {
                out[to++] = ' ';
            }
            i = end;
        }
        t = out;
        length = to;
    }

    /// Where the host after the at sign at `at` ends, or `at` where there is none.
    private int hostEnd(int at) {
        int label = wordEnd(at + 1, true);
        if (label == at + 1) return at;
        int end = at;
        while (label < length && t[label] == '.') {
            int next = wordEnd(label + 1, true);
            if (next == label + 1) break;
            label = next;
            end = next;
        }
        return end;
    }

    private int wordEnd(int from, boolean hyphens) {
        int i = from;
        while (i < length) {
            int c = codePointAt(i);
            if (!isWord(c) && !(hyphens && c == '-')) break;
            i += Character.charCount(c);
        }
        return i;
    }

    private boolean isWordBefore(int i) {
        return isWord(Character.codePointBefore(t, i));
    }

    /// A regular expression's `\w` with Unicode's classes.
    private static boolean isWord(int c) {
        if (c < 128)
            return (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '_';
        return Character.isAlphabetic(c)
                || Character.isDigit(c)
                || c == 0x200c
                || c == 0x200d
                || switch (Character.getType(c)) {
                    case Character.NON_SPACING_MARK,
                            Character.ENCLOSING_MARK,
                            Character.COMBINING_SPACING_MARK,
                            Character.CONNECTOR_PUNCTUATION ->
                            true;
                    default -> false;
                };
    }

    /// E-mail addresses leave a space.
    void removeAddresses() {
        if (holds('@')) replace(EMAIL, " ");
    }

    /// Keys with a number leave a space.
    void removeKeycaps() {
        if (holds('\u20e3')) replace(KEYCAP, " ");
    }

    /// Hashtags leave a space.
    void removeHashtags() {
        if (!holds('#') && !holds('＃')) return;
        char[] out = new char[length];
        int to = 0;
        for (int i = 0; i < length; ) {
            int end = isHash(t[i]) ? hashtagEnd(i) : -1;
            if (end < 0) {
                out[to++] = t[i++];
            } else {
                out[to++] = ' ';
                i = end;
            }
        }
        t = out;
        length = to;
    }

    private static boolean isHash(char c) {
        return c == '#' || c == '＃';
    }

    private int hashtagEnd(int start) {
        if (start > 0 && (t[start - 1] == '&' || isWordBefore(start))) return -1;
        int i = start;
        while (i < length && isHash(t[i])) i++;
        boolean letter = false;
        while (i < length) {
            int c = codePointAt(i);
            if (c != '·' && !isWord(c)) break;
            letter |= Character.isLetter(c);
            i += Character.charCount(c);
        }
        return letter ? i : -1;
    }

    /// Emoji leave a space, those that are question marks one of ASCII.
    void removeEmoji() {
        int to = 0;
        for (int i = 0; i < length; ) {
            int c = t[i] < 0x203c ? t[i] : codePointAt(i);
            if (isQuestionMark(c)) {
                t[to++] = '?';
            } else if (isEmoji(c)) {
                t[to++] = ' ';
            } else {
                t[to++] = t[i];
                if (c > 0xffff) t[to++] = t[i + 1];
            }
            i += Character.charCount(c);
        }
        length = to;
    }

    private static boolean isQuestionMark(int c) {
        return c == '❓' || c == '❔' || c == '⁉';
    }

    private static boolean isEmoji(int c) {
        if (c < 0x203c || c == '™') return false;
        return Character.isExtendedPictographic(c)
                || (c >= 0x1f1e6 && c <= 0x1f1ff)
                || (c >= 0x1f3fb && c <= 0x1f3ff)
                || (c >= 0xe0020 && c <= 0xe007f)
                || (c >= 0xfe00 && c <= 0xfe0f);
    }

    /// Format and control characters go.
    void removeInvisible() {
        int to = 0;
        for (int i = 0; i < length; ) {
            int c = codePointAt(i);
            if (!isInvisible(c)) {
                t[to++] = t[i];
                if (c > 0xffff) t[to++] = t[i + 1];
            }
            i += Character.charCount(c);
        }
        length = to;
    }

    private static boolean isInvisible(int c) {
        if (c < 0x7f) return c < ' ' && !isSpace((char) c);
        if (c == 0x85) return false;
        if (c == 0xfffd) return true;
        return switch (Character.getType(c)) {
            case Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.CONTROL ->
                    true;
            default -> false;
        };
    }

    /// Unicode's form C; nothing below U+0300 is not in it.
    void compose() {
        for (int i = 0; i < length; i++) {
            if (t[i] >= 0x300) {
                String text = toString();
                if (!Normalizer.isNormalized(text, Normalizer.Form.NFC)) {
                    become(Normalizer.normalize(text, Normalizer.Form.NFC));
                }
                return;
            }
        }
    }

    /// Every run of white space becomes one space.
    void joinSpaces() {
        int to = 0;
        for (int i = 0; i < length; i++) {
            char c = t[i];
            boolean space = c < 128 ? isSpace(c) : isWideSpace(c);
            if (!space) {
                t[to++] = c;
            } else if (to == 0 || t[to - 1] != ' ') {
                t[to++] = ' ';
            }
        }
        length = to;
    }

    private static boolean isWideSpace(char c) {
        return c == 0x85
                || c == 0xa0
                || c == 0x1680
                || (c >= 0x2000 && c <= 0x200a)
                || c == 0x2028
                || c == 0x2029
                || c == 0x202f
                || c == 0x205f
                || c == 0x3000;
    }

    /// Brackets around nothing leave a space.
    void removeEmptyBrackets() {
        int to = 0;
        for (int i = 0; i < length; ) {
            char close = t[i] == '(' ? ')' : t[i] == '[' ? ']' : 0;
            int end = i + 1;
            if (close != 0 && end < length && t[end] == ' ') end++;
            if (close != 0 && end < length && t[end] == close) {
                t[to++] = ' ';
                i = end + 1;
            } else {
                t[to++] = t[i++];
            }
        }
        length = to;
    }

    /// Spaces before a mark that ends something go.
    void closeUp() {
        int to = 0;
        for (int i = 0; i < length; ) {
            if (t[i] != ' ') {
                t[to++] = t[i++];
                continue;
            }
            int end = i;
            while (end < length && t[end] == ' ') end++;
            boolean closes =
                    end < length
                            && isMark(t[end])
                            && (end + 1 == length || isSpace(t[end + 1]) || isMark(t[end + 1]));
            while (i < end) {
                if (!closes) t[to++] = ' ';
                i++;
            }
        }
        length = to;
    }

    private static boolean isMark(char c) {
        return c == ',' || c == '.' || c == ';' || c == ':' || c == '!' || c == '?' || c == ')';
    }

    /// Separators alone at the start go.
    void trimStart() {
        int end = 0;
        int last = 0;
        while (end < length && ",.;:!?|/–—•·- ".indexOf(t[end]) >= 0) {
            if (end > 0 && t[end] == ' ') last = end;
            end++;
        }
        if (last == 0) while (last < length && ",;:|•·".indexOf(t[last]) >= 0) last++;
        length -= last;
        System.arraycopy(t, last, t, 0, length);
    }

    /// Separators alone at the end go: `,;:|•·` and spaces, and after a space `|/–—•·&-` too.
    void trimEnd() {
        int cut = length;
        boolean needsSpace = false;
        for (int i = length - 1; i >= 0; i--) {
            char c = t[i];
            if (c == ' ') {
                needsSpace = false;
            } else if ("/–—&-".indexOf(c) >= 0) {
                needsSpace = true;
            } else if (",;:".indexOf(c) >= 0) {
                if (needsSpace) break;
            } else if ("|•·".indexOf(c) < 0) {
                break;
            }
            if (!needsSpace) cut = i;
        }
        length = cut;
    }

    /// The text without spaces at its ends.
    String stripped() {
        int from = 0;
        int to = length;
        while (from < to && t[from] == ' ') from++;
        while (to > from && t[to - 1] == ' ') to--;
        return new String(t, from, to - from);
    }
}
