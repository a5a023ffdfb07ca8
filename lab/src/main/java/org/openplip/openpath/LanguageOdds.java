package org.openplip.openpath;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import opennlp.tools.langdetect.LanguageDetectorModel;
import opennlp.tools.ml.model.AbstractModel;
import opennlp.tools.ml.model.Context;
import opennlp.tools.util.normalizer.CharSequenceNormalizer;
import opennlp.tools.util.normalizer.EmojiCharSequenceNormalizer;
import opennlp.tools.util.normalizer.NumberCharSequenceNormalizer;
import opennlp.tools.util.normalizer.ShrinkCharSequenceNormalizer;
import opennlp.tools.util.normalizer.TwitterCharSequenceNormalizer;
import opennlp.tools.util.normalizer.UrlCharSequenceNormalizer;

/// The probabilities that OpenNLP's model of languages gives, some fifty times faster than its own
/// detector: the same weights in flat arrays, found by the characters of an n-gram without making
/// strings. The model is a maximum entropy model: the weights of the distinct n-grams of one to
/// three characters of the normalised text are summed by language, and the probability is the
/// softmax of the sums.
///
/// Safe for use by several threads.
final class LanguageOdds {
    /// @param english probability of English
    /// @param other largest probability of the other languages that were asked for
    /// @param otherName of that language, ISO 639-3; empty where all are 0
    record Odds(double english, double other, String otherName) {}

    /// As the model was trained with; they go over a text in this order.
    private static final List<CharSequenceNormalizer> NORMALIZERS =
            List.of(
                    EmojiCharSequenceNormalizer.getInstance(),
                    UrlCharSequenceNormalizer.getInstance(),
                    TwitterCharSequenceNormalizer.getInstance(),
                    NumberCharSequenceNormalizer.getInstance(),
                    ShrinkCharSequenceNormalizer.getInstance());

    private final String[] languages;
    private final int english;
    private final int[] others;

    /// Open addressing: the n-gram as in [#key], 0 where free, and its row.
    private final long[] keys;

    private final int[] rows;

    /// The weights of row r are those from `starts[r]` to `starts[r + 1]`.
    private final int[] starts;

    private final byte[] outcomes;
    private final float[] weights;

    private final ThreadLocal<Sums> sums;

    /// A thread's working memory.
    private static final class Sums {
        final int[] seen;
        final double[] byLanguage;
        int text;

        Sums(int rows, int languages) {
            seen = new int[rows];
            byLanguage = new double[languages];
        }
    }

    /// @param others the languages that English is weighed against, ISO 639-3
    @SuppressWarnings("unchecked") // the model's own documentation of its data structures
    LanguageOdds(LanguageDetectorModel model, Set<String> others) {
        Object[] data = ((AbstractModel) model.getMaxentModel()).getDataStructures();
        Map<String, Context> contexts = (Map<String, Context>) data[1];
        this.languages = ((String[]) data[2]).clone();
        this.english = Arrays.asList(languages).indexOf("eng");
        int[] asked = new int[languages.length];
        int count = 0;
        for (int i = 0; i < languages.length; i++) {
            if (others.contains(languages[i])) asked[count++] = i;
        }
        this.others = Arrays.copyOf(asked, count);
        int capacity = Integer.highestOneBit(contexts.size()) * 4;
        this.keys = new long[capacity];
        this.rows = new int[capacity];
        this.starts = new int[contexts.size() + 1];
        int all = 0;
        for (Context context : contexts.values()) all += context.getOutcomes().length;
        this.outcomes = new byte[all];
        this.weights = new float[all];
        int row = 0;
        int at = 0;
        for (Map.Entry<String, Context> entry : contexts.entrySet()) {
            String gram = entry.getKey();
            long key = 0;
            for (int i = 0; i < gram.length(); i++) key = key << 16 | gram.charAt(i);
            int slot = slot(key(key, gram.length()));
            keys[slot] = key(key, gram.length());
            rows[slot] = row;
            int[] of = entry.getValue().getOutcomes();
            double[] values = entry.getValue().getParameters();
            for (int i = 0; i < of.length; i++) {
                outcomes[at] = (byte) of[i];
                weights[at++] = (float) values[i];
            }
            starts[++row] = at;
        }
        int rowCount = row;
        this.sums = ThreadLocal.withInitial(() -> new Sums(rowCount, languages.length));
    }

    /// The odds of `text`.
    Odds of(String text) {
        char[] t = text.toCharArray();
        int length = normalise(t);
        if (length < 0) {
            CharSequence normal = text;
            for (CharSequenceNormalizer normalizer : NORMALIZERS) {
                normal = normalizer.normalize(normal);
            }
            t = normal.toString().toCharArray();
            length = t.length;
        }
        lowerCase(t, length);

        Sums sum = sums.get();
        if (++sum.text == Integer.MAX_VALUE) {
            Arrays.fill(sum.seen, 0);
            sum.text = 1;
        }
        Arrays.fill(sum.byLanguage, 0);
        for (int i = 0; i < length; i++) {
            long gram = t[i];
            add(sum, key(gram, 1));
            if (i + 1 == length) break;
            gram = gram << 16 | t[i + 1];
            add(sum, key(gram, 2));
            if (i + 2 < length) add(sum, key(gram << 16 | t[i + 2], 3));
        }
        double[] by = sum.byLanguage;
        double top = by[0];
        for (double value : by) top = Math.max(top, value);
        double total = 0;
        for (double value : by) if (value > top - 40) total += Math.exp(value - top);
        int likest = -1;
        for (int other : others) {
            if (likest < 0 || by[other] > by[likest]) likest = other;
        }
        double other = likest < 0 ? 0 : Math.exp(by[likest] - top) / total;
        return new Odds(
                Math.exp(by[english] - top) / total, other, likest < 0 ? "" : languages[likest]);
    }

    private void add(Sums sum, long key) {
        int slot = slot(key);
        if (keys[slot] == 0) return;
        int row = rows[slot];
        if (sum.seen[row] == sum.text) return;
        sum.seen[row] = sum.text;
        double[] by = sum.byLanguage;
        int end = starts[row + 1];
        for (int i = starts[row]; i < end; i++) by[outcomes[i]] += weights[i];
    }

    private static long key(long characters, int length) {
        return (long) length << 48 | characters;
    }

    /// Where `key` is, or would be.
    private int slot(long key) {
        int mask = keys.length - 1;
        int slot = (int) ((key * 0x9E3779B97F4A7C15L) >>> 40) & mask;
        while (keys[slot] != 0 && keys[slot] != key) slot = (slot + 1) & mask;
        return slot;
    }

    /// What the normalizers make of most texts, in place: the new length, or -1 where a text has
    /// something that only they treat (addresses, mentions, reposts, laughter).
    private static int normalise(char[] t) {
        int length = 0;
        // What is beyond the surrogates, and hyphens too, go to one space a run.
        boolean run = false;
        for (char c : t) {
            if (c == '#' || c == '@') return -1;
            boolean out = c == '-' || c >= Character.MIN_SURROGATE;
            if (!out) {
                t[length++] = c;
            } else if (!run) {
                t[length++] = ' ';
            }
            run = out;
        }
        for (int i = 0; i < length; i++) {
            int c = t[i] | 0x20;
            if (c == 'h' || c == 'j') {
                if (startsWith(t, i, length, "http")) return -1;
                if (mayLaugh(t, i, length)) return -1;
            } else if (c == 'r' && startsWith(t, i, length, "rt") && i + 2 < length) {
                if (t[i + 2] == ' ' || t[i + 2] == ':') {
                    if (i == 0 || !isWord(t[i - 1])) return -1;
                }
            }
        }
        int to = 0;
        for (int i = 0; i < length; i++) {
            char c = t[i];
            if (isFace(t, i, length)) {
                t[to++] = ' ';
                i++;
            } else {
                t[to++] = c;
            }
        }
        length = to;
        // Numbers become a space, and runs of spaces one.
        to = 0;
        for (int i = 0; i < length; i++) {
            char c = t[i];
            if (c >= '0' && c <= '9') {
                while (i + 1 < length && t[i + 1] >= '0' && t[i + 1] <= '9') i++;
                c = ' ';
            } else if (c < ' ') {
                return -1;
            }
            if (c != ' ' || to == 0 || t[to - 1] != ' ') t[to++] = c;
        }
        length = to;
        // Of a character three times or more, in any case, two stay, the first twice.
        to = 0;
        for (int i = 0; i < length; ) {
            int end = i + 1;
            while (end < length && same(t[i], t[end])) end++;
            if (end - i >= 3) {
                t[to++] = t[i];
                t[to++] = t[i];
            } else {
                for (int k = i; k < end; k++) t[to++] = t[k];
            }
            i = end;
        }
        while (to > 0 && t[to - 1] == ' ') to--;
        int from = 0;
        while (from < to && t[from] == ' ') from++;
        System.arraycopy(t, from, t, 0, to - from);
        return to - from;
    }

    /// Whether the letters at `i` are h or j, vowels, h or j again.
    private static boolean mayLaugh(char[] t, int i, int length) {
        int k = i + 1;
        while (k < length && ((t[k] | 0x20) == 'h' || (t[k] | 0x20) == 'j')) k++;
        int vowels = k;
        while (k < length && "aeiouAEIOU".indexOf(t[k]) >= 0) k++;
        return k > vowels && k < length && ((t[k] | 0x20) == 'h' || (t[k] | 0x20) == 'j');
    }

    private static boolean isFace(char[] t, int i, int length) {
        char c = t[i];
        if ((c != ':' && c != ';' && c != 'x' && c != 'X') || i + 1 == length) return false;
        return "()dopDOP".indexOf(t[i + 1]) >= 0;
    }

    private static boolean startsWith(char[] t, int at, int length, String lower) {
        if (at + lower.length() > length) return false;
        for (int i = 0; i < lower.length(); i++) {
            if ((t[at + i] | 0x20) != lower.charAt(i)) return false;
        }
        return true;
    }

    /// As a regular expression's boundary takes it: marks and letters beyond ASCII are left to the
    /// normalizers.
    private static boolean isWord(char c) {
        return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') || c == '_';
    }

    private static boolean same(char a, char b) {
        if (a == b) return true;
        return (a | 0x20) == (b | 0x20)
                && (a | 0x20) >= 'a'
                && (a | 0x20) <= 'z'
                && a < 128
                && b < 128;
    }

    private static void lowerCase(char[] t, int length) {
        for (int i = 0; i < length; i++) {
            char c = t[i];
            if (c < 128) {
                if (c >= 'A' && c <= 'Z') t[i] = (char) (c + 32);
            } else if (!Character.isSurrogate(c)) {
                t[i] = Character.toLowerCase(c);
            }
        }
    }
}
