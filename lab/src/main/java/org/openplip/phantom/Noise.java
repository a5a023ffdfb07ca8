package org.openplip.phantom;

import java.util.SplittableRandom;

/// Smooth noise in 0..1: a fixed lattice of random values, seen through a window that each layer
/// places elsewhere. Immutable.
final class Noise {
    private static final int SIDE = 256;
    private static final float[] LATTICE = lattice();

    private final double offsetX;
    private final double offsetY;

    Noise(SplittableRandom random) {
        offsetX = random.nextDouble() * SIDE;
        offsetY = random.nextDouble() * SIDE;
    }

    /// The noise at a point; features are about one unit wide.
    double at(double x, double y) {
        double u = x + offsetX + 1e6 * SIDE;
        double v = y + offsetY + 1e6 * SIDE;
        long column = (long) u;
        long row = (long) v;
        double fx = u - column;
        double fy = v - row;
        fx = fx * fx * (3 - 2 * fx);
        fy = fy * fy * (3 - 2 * fy);
        int left = (int) column & 255;
        int right = (left + 1) & 255;
        int top = ((int) row & 255) << 8;
        int bottom = (top + SIDE) & 0xffff;
        double upper = LATTICE[top | left] * (1 - fx) + LATTICE[top | right] * fx;
        double lower = LATTICE[bottom | left] * (1 - fx) + LATTICE[bottom | right] * fx;
        return upper * (1 - fy) + lower * fy;
    }

    /// Several octaves, each half as strong, twice as fine and turned by 37 degrees against the one
    /// before (or else the lattice shows), in 0..1. For stretched coordinates see [#strands].
    double octaves(double x, double y, int count) {
        double sum = 0;
        double weight = 1;
        double total = 0;
        double u = x;
        double v = y;
        for (int octave = 0; octave < count; octave++) {
            sum += weight * at(u + 37 * octave, v - 53 * octave);
            total += weight;
            weight *= 0.5;
            double turned = 1.62 * u - 1.22 * v;
            v = 1.22 * u + 1.62 * v;
            u = turned;
        }
        return sum / total;
    }

    /// Like [#octaves] without the turning: keeps a direction in which the caller stretched.
    double strands(double x, double y, int count) {
        double sum = 0;
        double weight = 1;
        double total = 0;
        double scale = 1;
        for (int octave = 0; octave < count; octave++) {
            sum += weight * at(x * scale + 37 * octave, y * scale - 53 * octave);
            total += weight;
            weight *= 0.5;
            scale *= 2.03;
        }
        return sum / total;
    }

    private static float[] lattice() {
        SplittableRandom random = new SplittableRandom(20230817);
        float[] values = new float[SIDE * SIDE];
        for (int i = 0; i < values.length; i++) values[i] = (float) random.nextDouble();
        return values;
    }
}
