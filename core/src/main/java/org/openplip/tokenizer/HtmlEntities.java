package org.openplip.tokenizer;

import org.jsoup.nodes.Entities;

/// HTML character references turned into the characters they stand for, by the rules of HTML5 as
/// Python's `html.unescape` applies them, because CLIP's tokenizer calls that function.
///
/// `unescape("H&amp;E 5&#181;m &lt;2")` is `H&E 5µm <2`. The table of names is jsoup's.
public final class HtmlEntities {
    /// The longest name is `CounterClockwiseContourIntegral;`.
    private static final int LONGEST_NAME = 32;

    /// What HTML5 reads for the numeric references 0x80 to 0x9f: Windows-1252, where five bytes
    /// have no character and stay as they are.
    private static final String WINDOWS_1252 =
            "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d"
                    + "\u017d\u008f\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122"
                    + "\u0161\u203a\u0153\u009d\u017e\u0178";

    private HtmlEntities() {}

    /// The text with each reference replaced, once: `&amp;lt;` becomes `&lt;`.
    ///
    /// Named references need their semicolon, but for the 106 that HTML5 also takes without it
    /// (`&ltb` is `<b`). Numeric ones, decimal and hexadecimal, do not. A reference to a surrogate
    /// or to beyond U+10FFFF becomes U+FFFD, one to a character that HTML5 forbids becomes nothing.
    /// What is no reference stays as it is.
    public static String unescape(String text) {
        int ampersand = text.indexOf('&');
        if (ampersand < 0) return text;
        StringBuilder out = new StringBuilder(text.length());
        int done = 0;
        while (ampersand >= 0) {
            out.append(text, done, ampersand);
            done = reference(text, ampersand, out);
            ampersand = text.indexOf('&', done);
        }
        return out.append(text, done, text.length()).toString();
    }

    /// Appends what the reference at `start`, an ampersand, stands for; yields where it ends.
    private static int reference(String text, int start, StringBuilder out) {
        if (text.startsWith("#", start + 1)) return numeric(text, start, out);
        // As in Python, length counts code points.
        int end = start + 1;
        int length = 0;
        while (end < text.length() && length < LONGEST_NAME && inName(text.charAt(end))) {
            end += Character.charCount(text.codePointAt(end));
            length++;
        }
        String name = text.substring(start + 1, end);
        if (end < text.length() && text.charAt(end) == ';' && Entities.isNamedEntity(name)) {
            out.append(Entities.getByName(name));
            return end + 1;
        }
        for (int cut = name.length(); cut > 1; cut--) {
            String prefix = name.substring(0, cut);
            if (Entities.isBaseNamedEntity(prefix)) {
                out.append(Entities.getByName(prefix));
                return start + 1 + cut;
            }
        }
        out.append('&');
        return start + 1;
    }

    private static boolean inName(char c) {
        return "\t\n\f <&#;".indexOf(c) < 0;
    }

    private static int numeric(String text, int start, StringBuilder out) {
        boolean hexadecimal = text.startsWith("x", start + 2) || text.startsWith("X", start + 2);
        int radix = hexadecimal ? 16 : 10;
        int first = start + (hexadecimal ? 3 : 2);
        int end = first;
        int codePoint = 0;
        while (end < text.length() && text.charAt(end) < 0x80) {
            int digit = Character.digit(text.charAt(end), radix);
            if (digit < 0) break;
            codePoint = Math.min(codePoint * radix + digit, Character.MAX_CODE_POINT + 1);
            end++;
        }
        if (end == first) {
            out.append('&');
            return start + 1;
        }
        append(codePoint, out);
        return end < text.length() && text.charAt(end) == ';' ? end + 1 : end;
    }

    private static void append(int codePoint, StringBuilder out) {
        if (codePoint == 0
                || codePoint > Character.MAX_CODE_POINT
                || (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE)) {
            out.append('\ufffd');
        } else if (codePoint >= 0x80 && codePoint < 0xa0) {
            out.append(WINDOWS_1252.charAt(codePoint - 0x80));
        } else if (codePoint == '\r' || !forbidden(codePoint)) {
            out.appendCodePoint(codePoint);
        }
    }

    /// Control characters and what Unicode calls noncharacters.
    private static boolean forbidden(int codePoint) {
        return codePoint < 0x09
                || codePoint == 0x0b
                || (codePoint >= 0x0e && codePoint < 0x20)
                || codePoint == 0x7f
                || (codePoint >= 0xfdd0 && codePoint <= 0xfdef)
                || (codePoint & 0xfffe) == 0xfffe;
    }
}
