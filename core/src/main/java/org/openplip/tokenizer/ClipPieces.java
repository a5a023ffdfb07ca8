package org.openplip.tokenizer;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Text cleaned and cut into the pieces that byte-level BPE then works on, one by one, exactly as
/// OpenAI's `simple_tokenizer.py` does. Its regular expression is
///
///     <\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+
///
/// without regard to case. It is written out here as a scanner, since Java's `\s` and case folding
/// differ from those of Python's `regex` module.
final class ClipPieces {
    static final String START = "<|startoftext|>";
    static final String END = "<|endoftext|>";

    private static final String[] WHOLE = {START, END, "'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};

    /// Unicode's `MidLetter`, `MidNumLet` and `Single_Quote`.
    private static final String MID_WORD =
            "'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027"
                    + "\ufe13\ufe52\ufe55\uff07\uff0e\uff1a";

    private ClipPieces() {}

    /// The text in Unicode's form NFC, its HTML references resolved twice, white space collapsed,
    /// in lower case.
    static String clean(String text) {
        String composed = Normalizer.normalize(text, Normalizer.Form.NFC);
        String plain = strip(HtmlEntities.unescape(HtmlEntities.unescape(composed)));
        StringBuilder out = new StringBuilder(plain.length());
        boolean space = false;
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            if (!isSpace(c)) {
                out.append(c);
                space = false;
            } else if (!space) {
                out.append(' ');
                space = true;
            }
        }
        return lowerCase(strip(out.toString()));
    }

    /// Python's `str.lower`. Java's differs for a sigma: it looks for the end of the word in
    /// another way.
    private static String lowerCase(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            int next = i + Character.charCount(codePoint);
            switch (codePoint) {
                case 0x130 -> out.append("i\u0307");
                case 0x3a3 -> out.append(isFinal(text, i) ? '\u03c2' : '\u03c3');
                default -> out.appendCodePoint(Character.toLowerCase(codePoint));
            }
            i = next;
        }
        return out.toString();
    }

    /// Unicode's condition `Final_Sigma`: a cased letter before and none after, whatever marks
    /// stand between.
    private static boolean isFinal(String text, int sigma) {
        int i = sigma;
        while (i > 0 && isCaseIgnorable(text.codePointBefore(i))) {
            i -= Character.charCount(text.codePointBefore(i));
        }
        if (i == 0 || !isCased(text.codePointBefore(i))) return false;
        i = sigma + 1;
        while (i < text.length() && isCaseIgnorable(text.codePointAt(i))) {
            i += Character.charCount(text.codePointAt(i));
        }
        return i == text.length() || !isCased(text.codePointAt(i));
    }

    private static boolean isCased(int codePoint) {
        return Character.isLowerCase(codePoint)
                || Character.isUpperCase(codePoint)
                || Character.isTitleCase(codePoint);
    }

    private static boolean isCaseIgnorable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.FORMAT,
                    Character.MODIFIER_LETTER,
                    Character.MODIFIER_SYMBOL ->
                    true;
            default -> MID_WORD.indexOf(codePoint) >= 0;
        };
    }

    /// The pieces of a cleaned text, in order.
    static List<String> split(String text) {
        List<String> pieces = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int first = text.codePointAt(start);
            int end = start + Character.charCount(first);
            String whole = whole(text, start);
            if (whole != null) {
                end = start + whole.length();
            } else if (Character.isLetter(first)) {
                while (end < text.length() && Character.isLetter(text.codePointAt(end))) {
                    end += Character.charCount(text.codePointAt(end));
                }
            } else if (!isNumber(first)) {
                if (!isOther(first)) {
                    start = end;
                    continue;
                }
                while (end < text.length() && isOther(text.codePointAt(end))) {
                    end += Character.charCount(text.codePointAt(end));
                }
            }
            pieces.add(text.substring(start, end));
            start = end;
        }
        return pieces;
    }

    private static @Nullable String whole(String text, int start) {
        char first = text.charAt(start);
        if (first != '\'' && first != '<') return null;
        for (String candidate : WHOLE) {
            if (matches(text, start, candidate)) return candidate;
        }
        return null;
    }

    private static boolean matches(String text, int start, String candidate) {
        if (text.length() - start < candidate.length()) return false;
        for (int i = 0; i < candidate.length(); i++) {
            char c = text.charAt(start + i);
            // The long s, whose case folds to s, is all that lower case leaves to be folded.
            if ((c == '\u017f' ? 's' : c) != candidate.charAt(i)) return false;
        }
        return true;
    }

    /// The class `[^\s\p{L}\p{N}]`. Without regard to case U+0345, a combining iota, is in none of
    /// the pattern's classes, and so is dropped.
    private static boolean isOther(int codePoint) {
        return !Character.isLetter(codePoint)
                && !isNumber(codePoint)
                && !isSpace(codePoint)
                && codePoint != 0x345;
    }

    private static boolean isNumber(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
                    true;
            default -> false;
        };
    }

    /// Unicode's property `White_Space`.
    private static boolean isSpace(int c) {
        return (c >= 0x09 && c <= 0x0d)
                || c == ' '
                || c == 0x85
                || c == 0xa0
                || c == 0x1680
                || (c >= 0x2000 && c <= 0x200a)
                || c == 0x2028
                || c == 0x2029
                || c == 0x202f
                || c == 0x205f
                || c == 0x3000;
    }

    /// Python's `str.strip`, which also takes away the four information separators.
    private static String strip(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && isStripped(text.charAt(start))) start++;
        while (end > start && isStripped(text.charAt(end - 1))) end--;
        return text.substring(start, end);
    }

    private static boolean isStripped(char c) {
        return isSpace(c) || (c >= 0x1c && c <= 0x1f);
    }
}
