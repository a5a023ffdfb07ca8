package org.openplip.openpath;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Finds whether a text holds one of many keywords as a whole word or words, in any case, a plural
/// `s` or `es` included, in one walk over the text: from the start of each word down a tree of the
/// keywords' characters.
///
/// Immutable.
final class KeywordSearch {
    private static final int NONE = -1;

    /// The characters that keywords have, sorted; others end a walk.
    private final String alphabet;

    /// By node and character, the next node or [#NONE].
    private final int[][] next;

    /// Whether a keyword ends at the node.
    private final boolean[] ends;

    /// @param keywords lower case
    KeywordSearch(List<String> keywords) {
        StringBuilder characters = new StringBuilder();
        String.join("", keywords)
                .chars()
                .distinct()
                .sorted()
                .forEach(c -> characters.append((char) c));
        alphabet = characters.toString();
        List<int[]> nodes = new ArrayList<>();
        List<Integer> ended = new ArrayList<>();
        nodes.add(leaf());
        for (String keyword : keywords) {
            int node = 0;
            for (int i = 0; i < keyword.length(); i++) {
                int character = alphabet.indexOf(keyword.charAt(i));
                int child = nodes.get(node)[character];
                if (child == NONE) {
                    child = nodes.size();
                    nodes.add(leaf());
                    nodes.get(node)[character] = child;
                }
                node = child;
            }
            ended.add(node);
        }
        next = nodes.toArray(new int[0][]);
        ends = new boolean[next.length];
        for (int node : ended) ends[node] = true;
    }

    private int[] leaf() {
        int[] children = new int[alphabet.length()];
        Arrays.fill(children, NONE);
        return children;
    }

    /// Whether one of the keywords is in `text`.
    boolean findsIn(String text) {
        boolean inWord = false;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            boolean word = isWord(c);
            if (!inWord && startsAt(text, i)) return true;
            inWord = word;
            i += Character.charCount(c);
        }
        return false;
    }

    private boolean startsAt(String text, int start) {
        int node = 0;
        for (int i = start; i < text.length(); i++) {
            int character = alphabet.indexOf(folded(text, i));
            node = character < 0 ? NONE : next[node][character];
            if (node == NONE) return false;
            if (ends[node] && endsWord(text, i + 1)) return true;
        }
        return false;
    }

    /// Whether a word ends at `i`, but for `s` or `es`.
    private static boolean endsWord(String text, int i) {
        if (isEnd(text, i)) return true;
        if (folded(text, i) == 's') return isEnd(text, i + 1);
        return folded(text, i) == 'e'
                && i + 1 < text.length()
                && folded(text, i + 1) == 's'
                && isEnd(text, i + 2);
    }

    private static boolean isEnd(String text, int i) {
        return i == text.length() || !isWord(text.codePointAt(i));
    }

    /// A letter or a number.
    private static boolean isWord(int c) {
        if (c < 128)
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return Character.isLetter(c)
                || switch (Character.getType(c)) {
                    case Character.DECIMAL_DIGIT_NUMBER,
                            Character.LETTER_NUMBER,
                            Character.OTHER_NUMBER ->
                            true;
                    default -> false;
                };
    }

    private static char folded(String text, int i) {
        char c = text.charAt(i);
        if (c < 128) return c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
        return Character.toLowerCase(Character.toUpperCase(c));
    }
}
