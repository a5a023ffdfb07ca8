package org.openplip.metrics;

/// P-values of several tests, made larger so that the probability of even one false finding among
/// them all stays at the level (Holm, Scand. J. Stat. 6, 1979).
///
/// Worked example: of 0.01, 0.04 and 0.03 the smallest is tripled, the next doubled and the largest
/// kept, and none may be below one that was smaller: 0.03, 0.06 and 0.06.
public final class Holm {
    private Holm() {}

    /// The adjusted p-values, in the same order, at most 1.
    public static double[] adjust(double... p) {
        for (double value : p) {
            if (!(value >= 0 && value <= 1)) {
                throw new IllegalArgumentException("p: expected 0 to 1, got " + value);
            }
        }
        int[] order = Ranking.ascending(p);
        double[] adjusted = new double[p.length];
        double largest = 0;
        for (int i = 0; i < order.length; i++) {
            largest = Math.max(largest, Math.min(1, (p.length - i) * p[order[i]]));
            adjusted[order[i]] = largest;
        }
        return adjusted;
    }
}
