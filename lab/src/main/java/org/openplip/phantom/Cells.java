package org.openplip.phantom;

import java.util.SplittableRandom;

/// A tiling of the plane into rounded polygons around jittered lattice points (Worley, "A cellular
/// texture basis function", SIGGRAPH 1996). The answer of the last [#find] stands in the fields;
/// one thread only.
final class Cells {
    private final double size;
    private final double jitter;
    private final double cos;
    private final double sin;
    private final Noise jitterX;
    private final Noise jitterY;

    /// Distances to the nearest, second and third nearest centre.
    double first;

    double second;
    double third;

    /// The nearest centre, and a number in 0..1 that is its own.
    double centreX;

    double centreY;
    double mark;

    Cells(double size, double jitter, SplittableRandom random) {
        this.size = size;
        this.jitter = jitter;
        double angle = random.nextDouble() * Math.PI;
        cos = Math.cos(angle);
        sin = Math.sin(angle);
        jitterX = new Noise(random);
        jitterY = new Noise(random);
    }

    void find(double x, double y) {
        double u = (x * cos + y * sin) / size;
        double v = (-x * sin + y * cos) / size;
        int column = (int) Math.floor(u);
        int row = (int) Math.floor(v);
        first = second = third = Double.MAX_VALUE;
        double bestU = 0;
        double bestV = 0;
        for (int j = row - 1; j <= row + 1; j++) {
            for (int i = column - 1; i <= column + 1; i++) {
                double shift = (j & 1) == 0 ? 0.25 : -0.25;
                double cu = i + 0.5 + shift + jitter * (jitterX.at(i, j) - 0.5);
                double cv = j + 0.5 + jitter * (jitterY.at(i, j) - 0.5);
                double d = (cu - u) * (cu - u) + (cv - v) * (cv - v);
                if (d < first) {
                    third = second;
                    second = first;
                    first = d;
                    bestU = cu;
                    bestV = cv;
                    mark = jitterX.at(i + 91.37, j - 17.71);
                } else if (d < second) {
                    third = second;
                    second = d;
                } else if (d < third) {
                    third = d;
                }
            }
        }
        first = Math.sqrt(first) * size;
        second = Math.sqrt(second) * size;
        third = Math.sqrt(third) * size;
        centreX = (bestU * cos - bestV * sin) * size;
        centreY = (bestU * sin + bestV * cos) * size;
    }
}
