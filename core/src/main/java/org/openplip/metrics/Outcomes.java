package org.openplip.metrics;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// The different outcomes among cases, and how many cases have each.
///
/// A case's outcome is what is known of it once every model has answered: its class, each model's
/// prediction, hit or rank, a column each. A number such as F1 or recall does not ask which case is
/// which, only how many have each outcome, so that it is a function of counts. As all models'
/// answers to a case stay in one outcome, whatever is drawn is drawn for all models alike.
///
/// Worked example: with the classes 0 0 1 1, the predictions 0 1 1 1 of a model and 0 0 1 1 of
/// another there are three outcomes, (0, 0, 0), (0, 1, 0) and (1, 1, 1), with the counts 1, 1 and
/// 2. They are numbered by their first case.
///
/// Immutable.
public final class Outcomes {
    private final int[][] columns; // [column][case]
    private final int[] outcomeOf; // [case]
    private final int[] firstCase; // [outcome]
    private final int[] counts; // [outcome]

    private Outcomes(int[][] columns) {
        this.columns = columns;
        int n = columns[0].length;
        outcomeOf = new int[n];
        int different = 1;
        for (int[] column : columns) {
            // The outcomes by the columns so far, told apart by one more.
            Map<Long, Integer> numbers = new HashMap<>();
            for (int i = 0; i < n; i++) {
                long key =
                        ((long) outcomeOf[i] << Integer.SIZE) | Integer.toUnsignedLong(column[i]);
                Integer known = numbers.putIfAbsent(key, numbers.size());
                outcomeOf[i] = known == null ? numbers.size() - 1 : known;
            }
            different = numbers.size();
        }
        firstCase = new int[different];
        counts = new int[different];
        for (int i = n - 1; i >= 0; i--) {
            firstCase[outcomeOf[i]] = i;
            counts[outcomeOf[i]]++;
        }
    }

    /// The outcomes of cases from columns of numbers `[columns, cases]`.
    ///
    /// @throws IllegalArgumentException if there is no column or no case, or columns differ in
    ///   length
    public static Outcomes of(int[]... columns) {
        if (columns.length == 0 || columns[0].length == 0) {
            throw new IllegalArgumentException("columns: expected at least one case, got none");
        }
        for (int[] column : columns) {
            if (column.length != columns[0].length) {
                throw new IllegalArgumentException(
                        "columns: expected %d cases each, got %d"
                                .formatted(columns[0].length, column.length));
            }
        }
        return new Outcomes(Arrays.stream(columns).map(int[]::clone).toArray(int[][]::new));
    }

    /// These cases, followed by the same ones with the values of two columns exchanged. The
    /// outcomes that are there keep their numbers.
    Outcomes withExchanged(int first, int second) {
        int[][] doubled = new int[columns.length][];
        for (int c = 0; c < columns.length; c++) {
            int[] other = columns[c == first ? second : c == second ? first : c];
            doubled[c] = Arrays.copyOf(columns[c], 2 * cases());
            System.arraycopy(other, 0, doubled[c], cases(), cases());
        }
        return new Outcomes(doubled);
    }

    /// The number of cases.
    public int cases() {
        return outcomeOf.length;
    }

    /// The number of different outcomes.
    public int size() {
        return counts.length;
    }

    /// The outcome of a case.
    public int outcomeOf(int caseIndex) {
        return outcomeOf[caseIndex];
    }

    /// What stands in a column for an outcome.
    public int value(int column, int outcome) {
        return columns[column][firstCase[outcome]];
    }

    /// How many cases have each outcome; a copy.
    public int[] counts() {
        return counts.clone();
    }

    /// The agreement of the classes in one column with those in another, where each outcome occurs
    /// `counts[outcome]` times.
    public Classification classification(int[] counts, int truth, int predicted, int classes) {
        long[][] confusion = new long[classes][classes];
        for (int outcome = 0; outcome < counts.length; outcome++) {
            if (counts[outcome] == 0) continue;
            int t = Classification.checked("truth", value(truth, outcome), classes);
            int p = Classification.checked("predicted", value(predicted, outcome), classes);
            confusion[t][p] += counts[outcome];
        }
        return Classification.of(confusion);
    }

    /// The values in a column, sorted, where each outcome occurs `counts[outcome]` times: ranks,
    /// say, for [Retrieval].
    public int[] values(int[] counts, int column) {
        int[] values = new int[Arrays.stream(counts).sum()];
        int filled = 0;
        for (int outcome = 0; outcome < counts.length; outcome++) {
            Arrays.fill(values, filled, filled += counts[outcome], value(column, outcome));
        }
        Arrays.sort(values);
        return values;
    }
}
