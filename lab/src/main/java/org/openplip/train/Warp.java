package org.openplip.train;

import java.util.SplittableRandom;
import org.openplip.image.RgbImage;

/// A projective map from each place of a result to the place of the picture that is shown there:
///
///     x' = (a x + b y + c) / (g x + h y + 1)      y' = (d x + e y + f) / (g x + h y + 1)
///
/// Places are in pixels, the middle of the first pixel at 0.5, 0.5, as in Pillow's
/// `Image.transform`, to which [#bilinear] is held. What is drawn follows torchvision's
/// `RandomAffine` and `RandomPerspective` in its ranges; the generator is our own.
record Warp(double a, double b, double c, double d, double e, double f, double g, double h) {
    /// What stands where the picture ends: middle grey, as in PLIP's second variant.
    static final int FILL = 127;

    // The second variant's numbers: RandomAffine(10, (.1, .1), (.8, 1.2), (-15, 15, -15, 15)) and
    // RandomPerspective(.3, p=.3).
    private static final double DEGREES = 10;
    private static final double TRANSLATION = 0.1; // of the side
    private static final double SMALLEST = 0.8;
    private static final double LARGEST = 1.2;
    private static final double SHEAR_DEGREES = 15;
    private static final double DISTORTION = 0.3; // of half the side
    private static final double PERSPECTIVE_CHANCE = 0.3;

    /// The square `image` turned, moved, scaled and sheared at random, then, three times in ten,
    /// seen from aside.
    static RgbImage drawn(RgbImage image, SplittableRandom random) {
        int side = image.width();
        double degrees = random.nextDouble(-DEGREES, DEGREES);
        double reach = TRANSLATION * side;
        double right = Math.rint(random.nextDouble(-reach, reach));
        double down = Math.rint(random.nextDouble(-reach, reach));
        double scale = random.nextDouble(SMALLEST, LARGEST);
        double shearX = random.nextDouble(-SHEAR_DEGREES, SHEAR_DEGREES);
        double shearY = random.nextDouble(-SHEAR_DEGREES, SHEAR_DEGREES);
        RgbImage turned =
                affine(side / 2.0, degrees, right, down, scale, shearX, shearY).bilinear(image);
        if (random.nextDouble() >= PERSPECTIVE_CHANCE) return turned;
        double[][] corners = {{0, 0}, {side - 1, 0}, {side - 1, side - 1}, {0, side - 1}};
        double[][] moved = new double[4][2];
        int half = side / 2;
        int distance = (int) (DISTORTION * half);
        for (int corner = 0; corner < 4; corner++) {
            for (int axis = 0; axis < 2; axis++) {
                int inwards = random.nextInt(distance + 1);
                double edge = corners[corner][axis];
                moved[corner][axis] = edge == 0 ? inwards : edge - inwards;
            }
        }
        return perspective(corners, moved).bilinear(turned);
    }

    /// Turns by `degrees` clockwise about the middle, scales, shears, and moves.
    ///
    /// @param middle of the square, in pixels
    static Warp affine(
            double middle,
            double degrees,
            double right,
            double down,
            double scale,
            double shearXDegrees,
            double shearYDegrees) {
        double turn = StrictMath.toRadians(degrees);
        double shearX = StrictMath.toRadians(shearXDegrees);
        double shearY = StrictMath.toRadians(shearYDegrees);
        // Forwards it is R = [[p, q], [r, s]] times the scale, whose determinant without it is 1.
        double tangent = StrictMath.tan(shearX);
        double p = StrictMath.cos(turn - shearY) / StrictMath.cos(shearY);
        double q = -p * tangent - StrictMath.sin(turn);
        double r = StrictMath.sin(turn - shearY) / StrictMath.cos(shearY);
        double s = -r * tangent + StrictMath.cos(turn);
        double a = s / scale;
        double b = -q / scale;
        double d = -r / scale;
        double e = p / scale;
        double x = middle + right;
        double y = middle + down;
        return new Warp(a, b, middle - a * x - b * y, d, e, middle - d * x - e * y, 0, 0);
    }

    /// Takes four corners `from` to where they are to be seen, `to`: each `{x, y}`.
    static Warp perspective(double[][] from, double[][] to) {
        double[][] rows = new double[8][9]; // equations for a to h, and their right sides
        for (int i = 0; i < 4; i++) {
            double x = to[i][0];
            double y = to[i][1];
            double u = from[i][0];
            double v = from[i][1];
            rows[2 * i] = new double[] {x, y, 1, 0, 0, 0, -u * x, -u * y, u};
            rows[2 * i + 1] = new double[] {0, 0, 0, x, y, 1, -v * x, -v * y, v};
        }
        double[] k = solved(rows);
        return new Warp(k[0], k[1], k[2], k[3], k[4], k[5], k[6], k[7]);
    }

    /// Gauss and Jordan's elimination with the largest pivots.
    private static double[] solved(double[][] rows) {
        int n = rows.length;
        for (int column = 0; column < n; column++) {
            int best = column;
            for (int i = column + 1; i < n; i++) {
                if (Math.abs(rows[i][column]) > Math.abs(rows[best][column])) best = i;
            }
            double[] pivot = rows[best];
            rows[best] = rows[column];
            rows[column] = pivot;
            for (int i = 0; i < n; i++) {
                if (i == column) continue;
                double times = rows[i][column] / pivot[column];
                for (int j = column; j <= n; j++) rows[i][j] -= times * pivot[j];
            }
        }
        double[] solution = new double[n];
        for (int i = 0; i < n; i++) solution[i] = rows[i][n] / rows[i][i];
        return solution;
    }

    /// `image` seen through this map: between four pixels weighted by their nearness and cut down
    /// to whole values; [#FILL] outside.
    RgbImage bilinear(RgbImage image) {
        int width = image.width();
        int height = image.height();
        byte[] from = image.pixels();
        byte[] result = new byte[from.length];
        for (int row = 0, i = 0; row < height; row++) {
            for (int column = 0; column < width; column++, i += 3) {
                double x = column + 0.5;
                double y = row + 0.5;
                double far = g * x + h * y + 1;
                double u = (a * x + b * y + c) / far;
                double v = (d * x + e * y + f) / far;
                if (!(u >= 0 && u < width && v >= 0 && v < height)) {
                    result[i] = FILL;
                    result[i + 1] = FILL;
                    result[i + 2] = FILL;
                    continue;
                }
                double left = Math.floor(u - 0.5);
                double top = Math.floor(v - 0.5);
                double across = u - 0.5 - left;
                double down = v - 0.5 - top;
                int x0 = 3 * Math.max((int) left, 0);
                int x1 = 3 * Math.min((int) left + 1, width - 1);
                int y0 = 3 * width * Math.max((int) top, 0);
                int y1 = 3 * width * Math.min((int) top + 1, height - 1);
                for (int channel = 0; channel < 3; channel++) {
                    int upperLeft = from[y0 + x0 + channel] & 0xff;
                    int upperRight = from[y0 + x1 + channel] & 0xff;
                    int lowerLeft = from[y1 + x0 + channel] & 0xff;
                    int lowerRight = from[y1 + x1 + channel] & 0xff;
                    double upper = upperLeft + (upperRight - upperLeft) * across;
                    double lower = lowerLeft + (lowerRight - lowerLeft) * across;
                    result[i + channel] = (byte) (int) (upper + (lower - upper) * down);
                }
            }
        }
        return new RgbImage(width, height, result);
    }
}
