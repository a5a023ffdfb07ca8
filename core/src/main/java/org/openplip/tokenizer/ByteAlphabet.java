package org.openplip.tokenizer;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One visible character for each of the 256 bytes, as GPT-2 and CLIP write them: printable bytes
/// of Latin-1 stand for themselves, the other 68 are U+0100 to U+0143 in order of the byte.
final class ByteAlphabet {
    static final String END_OF_WORD = "</w>";

    private static final char[] CHARACTER = new char[256];
    private static final Map<Character, Integer> BYTE = new HashMap<>();

    static {
        int moved = 0;
        for (int b = 0; b < 256; b++) {
            CHARACTER[b] = isVisible(b) ? (char) b : (char) (0x100 + moved++);
            BYTE.put(CHARACTER[b], b);
        }
    }

    private ByteAlphabet() {}

    private static boolean isVisible(int b) {
        return (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
    }

    static char character(int unsignedByte) {
        return CHARACTER[unsignedByte];
    }

    static @Nullable Integer unsignedByte(char character) {
        return BYTE.get(character);
    }

    /// The 512 first entries of CLIP's vocabulary: the visible bytes, the others, and both again
    /// with the mark of a word's end.
    static String[] firstTokens() {
        String[] tokens = new String[512];
        int n = 0;
        for (int pass = 0; pass < 2; pass++) {
            for (int b = 0; b < 256; b++) {
                if (isVisible(b) == (pass == 0)) tokens[n++] = String.valueOf(CHARACTER[b]);
            }
        }
        for (int i = 0; i < 256; i++) tokens[256 + i] = tokens[i] + END_OF_WORD;
        return tokens;
    }
}
