package org.openplip.metrics;

/// How cases are drawn again to see how much a number depends on which cases there happened to be.
public sealed interface Resampling {
    /// How often cases are drawn.
    int draws();

    /// What the draws are determined by.
    long seed();

    /// As many cases as there are, with replacement (Efron 1979), each for itself: right where no
    /// case has anything to do with another.
    record Cases(int draws, long seed) implements Resampling {
        public Cases {
            check(draws);
        }
    }

    /// As many groups as there are, with replacement, each with all its cases: the pictures of a
    /// patient, a slide or a post are alike, and an interval that takes them for independent is too
    /// narrow.
    final class Groups implements Resampling {
        private final int[] group;
        private final int draws;
        private final long seed;

        /// @param group what each case belongs to, any numbers
        public Groups(int[] group, int draws, long seed) {
            check(draws);
            this.group = group.clone();
            this.draws = draws;
            this.seed = seed;
        }

        @Override
        public int draws() {
            return draws;
        }

        @Override
        public long seed() {
            return seed;
        }

        int[] group() {
            return group;
        }
    }

    /// A share of the cases, without replacement. Nothing stands behind such an interval: it is
    /// narrower than one by [Cases], by the factor `sqrt((1 - share) / share)` or so, which is 0.65
    /// at 0.7.
    ///
    /// @param share above 0, at most 1; the number of cases drawn is rounded, but at least 1
    record Parts(double share, int draws, long seed) implements Resampling {
        public Parts {
            check(draws);
            if (!(share > 0 && share <= 1)) {
                throw new IllegalArgumentException("share: expected 0 < share <= 1, got " + share);
            }
        }

        /// What fits the intervals that Huang et al. (2023) print: 100 draws of 70 %. Their method
        /// is not stated where we could read it; the widths are those of this one.
        public static Parts paper(long seed) {
            return new Parts(0.7, 100, seed);
        }
    }

    private static void check(int draws) {
        if (draws < 1) {
            throw new IllegalArgumentException("draws: expected at least 1, got " + draws);
        }
    }
}
