package org.openplip.numpy;

/// The numbers of NumPy's `numpy.random.RandomState(seed)`, bit for bit: the Mersenne Twister
/// MT19937 (Matsumoto and Nishimura, ACM TOMACS 8, 1998), seeded by its authors' `init_genrand`.
/// NumPy has frozen this generator (enhancement proposal 19), so that what it gave in 2023 is what
/// it gives today.
///
/// pandas' `DataFrame.sample(frac=1, random_state=seed)` puts row `permutation(n)[i]` at `i`, with
/// a fresh generator; scikit-learn's `train_test_split(test_size=t, random_state=seed)` takes the
/// first `ceil(t * n)` of `permutation(n)` for the test.
///
/// Not thread-safe.
public final class RandomState {
    private static final int WORDS = 624;
    private static final int MIDDLE = 397;
    private static final int UPPER = 0x80000000;
    private static final int LOWER = 0x7fffffff;
    private static final int TWIST = 0x9908b0df;

    private final int[] state = new int[WORDS];
    private int position = WORDS;

    /// @param seed 0 to 2^32 - 1
    public RandomState(long seed) {
        if (seed < 0 || seed > 0xffffffffL) {
            throw new IllegalArgumentException("seed: expected 0 to 4294967295, got " + seed);
        }
        state[0] = (int) seed;
        for (int i = 1; i < WORDS; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
    }

    /// The next 32 bits.
    public int nextInt() {
        if (position == WORDS) twist();
        int y = state[position++];
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >>> 18);
    }

    private void twist() {
        for (int i = 0; i < WORDS; i++) {
            int y = (state[i] & UPPER) | (state[(i + 1) % WORDS] & LOWER);
            state[i] = state[(i + MIDDLE) % WORDS] ^ (y >>> 1) ^ (-(y & 1) & TWIST);
        }
        position = 0;
    }

    /// A number of 0 to `most`, each as likely: bits beyond those of `most` are cut off, and what
    /// is still above it is drawn anew (NumPy's `random_interval`). Nothing is drawn for 0.
    public int interval(int most) {
        if (most < 0) throw new IllegalArgumentException("most: expected at least 0, got " + most);
        if (most == 0) return 0;
        int mask = -1 >>> Integer.numberOfLeadingZeros(most);
        while (true) {
            int value = nextInt() & mask;
            if (value <= most) return value;
        }
    }

    /// Puts the values in a random order, as `RandomState.shuffle` does: from the last place to the
    /// second, each changes with itself or one before it.
    public void shuffle(int[] values) {
        for (int i = values.length - 1; i > 0; i--) {
            int j = interval(i);
            int kept = values[i];
            values[i] = values[j];
            values[j] = kept;
        }
    }

    /// The numbers 0 to `n - 1` in a random order.
    public int[] permutation(int n) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) order[i] = i;
        shuffle(order);
        return order;
    }
}
