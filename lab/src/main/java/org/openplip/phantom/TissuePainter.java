package org.openplip.phantom;

import static org.openplip.phantom.StainPlanes.clamp;
import static org.openplip.phantom.StainPlanes.smooth;

import java.util.SplittableRandom;
import org.openplip.phantom.Attributes.Density;
import org.openplip.phantom.Attributes.Feature;
import org.openplip.phantom.StainPlanes.Chromatin;

/// Lays down the structures of one picture: lengths are in microns times `scale`, the pixels of a
/// micron. For one picture and one thread.
final class TissuePainter {
    private static final Chromatin LYMPHOCYTE = new Chromatin(1.75, 0.12, 0.22, 0.10);
    private static final Chromatin SPINDLE = new Chromatin(1.35, 0.15, 0.18, 0.08);
    private static final Chromatin VESICULAR = new Chromatin(0.85, 0.55, 0.35, 0.10);
    private static final Chromatin BASAL = new Chromatin(1.35, 0.20, 0.20, 0.08);
    private static final Chromatin DARK = new Chromatin(2.1, 0.05, 0.15, 0.25);

    private final StainPlanes planes;
    private final Attributes attributes;
    private final SplittableRandom random;
    private final double scale;
    private final int size;
    private final Noise coarse;
    private final Noise middle;
    private final Noise fine;

    TissuePainter(StainPlanes planes, Attributes attributes, SplittableRandom random) {
        this.planes = planes;
        this.attributes = attributes;
        this.random = random;
        scale = attributes.power().pixelsPerMicron() * random.nextDouble(0.92, 1.08);
        size = planes.size;
        coarse = new Noise(random);
        middle = new Noise(random);
        fine = new Noise(random);
    }

    void paint(TissueClass tissue) {
        switch (tissue) {
            case ADI -> adipose();
            case BACK -> background();
            case DEB -> debris();
            case LYM -> lymphocytes();
            case MUC -> mucus();
            case MUS -> smoothMuscle();
            case NORM -> mucosa();
            case STR -> stroma();
            case TUM -> tumour();
        }
    }

    private boolean shows(Feature feature) {
        return attributes.feature() == feature;
    }

    private double byDensity(double sparse, double moderate, double crowded) {
        Density density = attributes.density();
        return switch (density) {
            case SPARSE -> sparse;
            case MODERATE -> moderate;
            case CROWDED -> crowded;
        };
    }

    /// Called at each point of a jittered lattice.
    private interface Spot {
        void at(double x, double y);
    }

    private void scatter(double spacing, double jitter, Spot spot) {
        double angle = random.nextDouble() * Math.PI;
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        double half = size / 2.0;
        int reach = (int) Math.ceil((half * 1.45 + spacing) / (spacing * 0.86));
        double phaseX = random.nextDouble() * spacing;
        double phaseY = random.nextDouble() * spacing;
        for (int j = -reach; j <= reach; j++) {
            for (int i = -reach; i <= reach; i++) {
                double u =
                        (i + ((j & 1) == 0 ? 0 : 0.5) + jitter * (random.nextDouble() - 0.5))
                                        * spacing
                                + phaseX;
                double v = (j + jitter * (random.nextDouble() - 0.5)) * spacing * 0.866 + phaseY;
                double x = half + u * cos - v * sin;
                double y = half + u * sin + v * cos;
                if (x > -spacing && y > -spacing && x < size + spacing && y < size + spacing) {
                    spot.at(x, y);
                }
            }
        }
    }

    private double anywhere() {
        return random.nextDouble() * size;
    }

    private double angle() {
        return random.nextDouble() * Math.PI * 2;
    }

    private void lymphocyte(double x, double y) {
        double r = scale * random.nextDouble(2.7, 3.5);
        planes.nucleus(x, y, r, r * random.nextDouble(0.86, 1), angle(), LYMPHOCYTE);
    }

    private void spindle(double x, double y, double direction, double length) {
        planes.nucleus(
                x,
                y,
                scale * length * random.nextDouble(0.8, 1.25),
                Math.max(0.9, scale * random.nextDouble(1.2, 1.9)),
                direction,
                SPINDLE);
    }

    private void redCell(double x, double y) {
        planes.blob(
                x,
                y,
                scale * 3.2,
                scale * random.nextDouble(2.4, 3.1),
                angle(),
                0.1,
                0.12,
                1.05,
                0.85);
    }

    /// A small vessel cut across: endothelium around red cells.
    private void vessel(double x, double y, double radius) {
        double r = radius * scale;
        double squeeze = random.nextDouble(0.6, 1);
        double turn = angle();
        planes.blob(x, y, r + 2.2 * scale, r * squeeze + 2.2 * scale, turn, 0.12, 0.25, 0.75, 0.95);
        planes.blob(x, y, r, r * squeeze, turn, 0.12, 0.01, 0.06, 1);
        int cells = (int) (radius * radius / 14);
        for (int i = 0; i < cells; i++) {
            double at = angle();
            double out = Math.sqrt(random.nextDouble()) * 0.72;
            redCell(
                    x
                            + (Math.cos(at) * Math.cos(turn)
                                            - Math.sin(at) * squeeze * Math.sin(turn))
                                    * r
                                    * out,
                    y
                            + (Math.cos(at) * Math.sin(turn)
                                            + Math.sin(at) * squeeze * Math.cos(turn))
                                    * r
                                    * out);
        }
        int nuclei = (int) Math.max(4, radius * 0.6);
        for (int i = 0; i < nuclei; i++) {
            double at = (i + random.nextDouble(0.6)) * 2 * Math.PI / nuclei;
            double ex = Math.cos(at) * (r + scale);
            double ey = Math.sin(at) * (r * squeeze + scale);
            double tx = -Math.sin(at) * r;
            double ty = Math.cos(at) * r * squeeze;
            spindle(
                    x + ex * Math.cos(turn) - ey * Math.sin(turn),
                    y + ex * Math.sin(turn) + ey * Math.cos(turn),
                    turn + Math.atan2(ty, tx),
                    3.4);
        }
    }

    private void adipose() {
        double cell = scale * byDensity(58, 44, 32);
        Cells cells = new Cells(cell, 0.75, random);
        double wall = scale * random.nextDouble(1.0, 1.7) + 0.35;
        double warp = cell * 0.35;
        planes.each(
                (x, y, dyes) -> {
                    double wx = x + warp * (middle.at(x / cell, y / cell) - 0.5);
                    double wy = y + warp * (middle.at(x / cell + 40, y / cell) - 0.5);
                    cells.find(wx, wy);
                    double corner = smooth(0.30, 0, (cells.third - cells.first) / cell);
                    double width = wall * (1 + 2.6 * corner);
                    double line = smooth(width + 1.1, width - 0.6, cells.second - cells.first);
                    double uneven = 0.6 + 0.8 * fine.at(x * 0.12, y * 0.12);
                    dyes.set(0.015 + 0.10 * line * uneven, 0.02 + 0.60 * line * uneven);
                });
        Cells places = cells;
        scatter(
                scale * byDensity(30, 26, 21),
                0.9,
                (x, y) -> {
                    // Walk to the wall between two cells, and lie along it.
                    for (int step = 0; step < 2; step++) {
                        places.find(x, y);
                        double gap = (places.second - places.first) / 2;
                        if (gap < wall) {
                            double direction =
                                    Math.atan2(y - places.centreY, x - places.centreX)
                                            + Math.PI / 2;
                            spindle(x, y, direction, 3.6);
                            return;
                        }
                        double away = Math.hypot(x - places.centreX, y - places.centreY) + 1e-6;
                        x += (x - places.centreX) / away * gap;
                        y += (y - places.centreY) / away * gap;
                    }
                });
        if (shows(Feature.SEPTA)) {
            double turn = angle();
            septum(
                    anywhere() * 0.5 + size * 0.25,
                    anywhere() * 0.5 + size * 0.25,
                    turn,
                    scale * random.nextDouble(17, 26));
            if (random.nextBoolean()) {
                septum(
                        anywhere(),
                        anywhere(),
                        turn + random.nextDouble(0.8, 2.2),
                        scale * random.nextDouble(8, 13));
            }
        }
        if (shows(Feature.FAT_VESSELS)) {
            int vessels = attributes.power() == Attributes.Power.X10 ? 4 : 2;
            for (int i = 0; i < vessels; i++) {
                vessel(
                        size * random.nextDouble(0.2, 0.8),
                        size * random.nextDouble(0.2, 0.8),
                        random.nextDouble(10, 17));
            }
        }
    }

    /// A band of collagen with its fibroblasts across the whole picture.
    private void septum(double throughX, double throughY, double turn, double width) {
        double cos = Math.cos(turn);
        double sin = Math.sin(turn);
        double wave = 60 * scale;
        planes.each(
                (x, y, dyes) -> {
                    double along = (x - throughX) * cos + (y - throughY) * sin;
                    double across = -(x - throughX) * sin + (y - throughY) * cos;
                    across += 0.9 * width * (coarse.at(along / wave, 3) - 0.5);
                    double edge =
                            width
                                    * (0.42
                                            + 0.25
                                                    * middle.at(
                                                            along / wave * 2, across < 0 ? 7 : 19));
                    double cover = smooth(edge + 1.5, edge - 1.5, Math.abs(across));
                    if (cover <= 0) return;
                    double fibres = fine.strands(along / (14 * scale), across / (1.9 * scale), 2);
                    dyes.mix(0.10 + 0.10 * fibres, 0.30 + 0.75 * fibres, cover);
                });
        int cells = (int) (size * width / (scale * scale) / 170) + 4;
        for (int i = 0; i < cells; i++) {
            double along = (random.nextDouble() - 0.5) * size * 1.5;
            double across = (random.nextDouble() - 0.5) * width * 0.8;
            double shift = 0.9 * width * (coarse.at(along / wave, 3) - 0.5);
            spindle(
                    throughX + along * cos - (across - shift) * sin,
                    throughY + along * sin + (across - shift) * cos,
                    turn + random.nextDouble(-0.25, 0.25),
                    4.5);
        }
    }

    private void background() {
        double tintH = random.nextDouble(0, 0.07);
        double tintE = random.nextDouble(0, 0.07);
        planes.each(
                (x, y, dyes) -> {
                    double cloud = coarse.octaves(x * 0.012, y * 0.012, 2);
                    double dirt = fine.at(x * 0.35, y * 0.35);
                    dyes.set(tintH * cloud + 0.012 * dirt, tintE * cloud + 0.012 * dirt);
                });
        int specks = random.nextInt(3) + (shows(Feature.DUST) ? (int) byDensity(18, 34, 60) : 0);
        for (int i = 0; i < specks; i++) {
            double r = scale * random.nextDouble(0.7, 2.6);
            planes.blob(
                    anywhere(),
                    anywhere(),
                    r,
                    r * random.nextDouble(0.4, 1),
                    angle(),
                    0.5,
                    random.nextDouble(0.4, 1.6),
                    random.nextDouble(0.2, 0.9),
                    0.9);
        }
        if (shows(Feature.AIR_BUBBLE)) {
            double x = size * random.nextDouble(0.25, 0.75);
            double y = size * random.nextDouble(0.25, 0.75);
            double r = size * random.nextDouble(0.2, 0.42);
            planes.blob(x, y, r + 4, r + 4, 0, 0.03, 0.62, 0.28, 0.75);
            planes.blob(x, y, r, r, 0, 0.03, 0.16, 0.08, 1);
            planes.blob(x, y, r - 4, r - 4, 0, 0.03, 0.01, 0.01, 1);
        }
        if (shows(Feature.HAIR)) {
            double width = scale * random.nextDouble(1.1, 2.2) + 0.6;
            double turn = angle();
            int steps = (int) (size * 1.6 / Math.max(0.8, width * 0.6));
            double x = size / 2.0 - Math.cos(turn) * size * 0.7 + random.nextDouble(-40, 40);
            double y = size / 2.0 - Math.sin(turn) * size * 0.7 + random.nextDouble(-40, 40);
            double bend = random.nextDouble(0.5, 2) / steps * (random.nextBoolean() ? 1 : -1);
            planes.thread(x, y, turn, bend, steps, width, 0.75, 0.5, 0.8);
        }
    }

    private void debris() {
        double pink = random.nextDouble(0.42, 0.62);
        planes.each(
                (x, y, dyes) -> {
                    double cloud = coarse.octaves(x / (40 * scale), y / (40 * scale), 3);
                    double lumps = middle.octaves(x / (5 * scale), y / (5 * scale), 2);
                    double grains = fine.at(x / (1.3 * scale), y / (1.3 * scale));
                    double hole = smooth(0.37, 0.27, cloud * 0.6 + lumps * 0.4);
                    double amount = 0.35 + 0.5 * cloud + 0.5 * (lumps - 0.5) + 0.4 * (grains - 0.5);
                    dyes.set(
                            (0.10 + 0.32 * amount) * (1 - 0.8 * hole),
                            pink * (0.35 + 1.0 * amount) * (1 - 0.85 * hole));
                });
        if (shows(Feature.GHOSTS)) {
            scatter(
                    scale * 62,
                    0.5,
                    (x, y) -> {
                        double r = scale * random.nextDouble(19, 25);
                        double flat = r * random.nextDouble(0.65, 1);
                        double turn = angle();
                        planes.blob(x, y, r, flat, turn, 0.25, 0.24, 0.95, 0.75);
                        planes.blob(x, y, r * 0.62, flat * 0.6, turn, 0.3, 0.10, 0.22, 0.85);
                        for (int i = 0; i < 14; i++) {
                            double at = angle();
                            double out = random.nextDouble(0.68, 0.98);
                            double fade = random.nextDouble(1.4, 2.4) * scale;
                            planes.blob(
                                    x
                                            + (Math.cos(at) * Math.cos(turn) * r
                                                            - Math.sin(at) * Math.sin(turn) * flat)
                                                    * out,
                                    y
                                            + (Math.cos(at) * Math.sin(turn) * r
                                                            + Math.sin(at) * Math.cos(turn) * flat)
                                                    * out,
                                    fade,
                                    fade * 0.7,
                                    at,
                                    0.2,
                                    0.55,
                                    0.6,
                                    0.6);
                        }
                    });
        }
        scatter(
                scale * byDensity(6.4, 5.0, 3.9),
                1.2,
                (x, y) -> {
                    double crowd = coarse.octaves(x / (34 * scale) + 60, y / (34 * scale), 2);
                    if (random.nextDouble() > smooth(0.30, 0.68, crowd)) return;
                    double r = scale * random.nextDouble(0.5, 1.5);
                    planes.nucleus(x, y, r, r * random.nextDouble(0.5, 1), angle(), DARK);
                    if (random.nextInt(3) == 0) {
                        double bit = scale * random.nextDouble(0.4, 0.8);
                        planes.nucleus(
                                x + r * 1.8, y + random.nextDouble(-1, 1) * r, bit, bit, 0, DARK);
                    }
                });
        if (shows(Feature.CHOLESTEROL_CLEFTS)) {
            int clefts = attributes.power() == Attributes.Power.X10 ? 26 : 14;
            double lie = angle();
            for (int i = 0; i < clefts; i++) {
                double width = scale * random.nextDouble(1.7, 3.2);
                int steps = (int) (scale * random.nextDouble(28, 60) / Math.max(0.8, width * 0.6));
                planes.thread(
                        anywhere() * 1.1 - size * 0.1,
                        anywhere() * 1.1 - size * 0.1,
                        lie + random.nextDouble(-0.55, 0.55),
                        random.nextDouble(-0.004, 0.004),
                        steps,
                        width,
                        0.01,
                        0.03,
                        1);
            }
        }
    }

    private void lymphocytes() {
        double centreX = size * random.nextDouble(0.32, 0.68);
        double centreY = size * random.nextDouble(0.32, 0.68);
        boolean follicle = shows(Feature.GERMINAL_CENTRE);
        double radius = size * random.nextDouble(0.27, 0.36);
        planes.each(
                (x, y, dyes) -> {
                    double cloud = coarse.octaves(x / (14 * scale), y / (14 * scale), 3);
                    dyes.set(0.16 + 0.28 * cloud, 0.14 + 0.36 * cloud);
                });
        if (follicle)
            planes.blob(centreX, centreY, radius, radius * 0.86, angle(), 0.12, 0.24, 0.36, 0.8);
        scatter(
                scale * byDensity(11, 8.6, 6.9),
                0.55,
                (x, y) -> {
                    if (follicle) {
                        double away =
                                Math.hypot(x - centreX, y - centreY)
                                        / (radius
                                                * (0.9 + 0.3 * (coarse.at(x / 50, y / 50) - 0.5)));
                        if (away < 1) {
                            if (random.nextDouble() < 0.72) {
                                double r = scale * random.nextDouble(3.2, 4.6);
                                planes.nucleus(
                                        x, y, r, r * random.nextDouble(0.7, 1), angle(), VESICULAR);
                            }
                            return;
                        }
                    }
                    if (random.nextDouble() < 0.04) {
                        double r = scale * random.nextDouble(3.6, 4.8);
                        planes.nucleus(x, y, r, r * 0.8, angle(), VESICULAR);
                    } else {
                        lymphocyte(x, y);
                    }
                });
        if (follicle) {
            // The mantle: a rim of darker, tighter cells.
            int cells = (int) (2 * Math.PI * radius / (scale * 5.2));
            for (int ring = 0; ring < 3; ring++) {
                for (int i = 0; i < cells; i++) {
                    double at = (i + random.nextDouble()) * 2 * Math.PI / cells;
                    double out = radius * (1.0 + 0.03 * random.nextDouble()) + ring * scale * 5;
                    lymphocyte(centreX + Math.cos(at) * out, centreY + Math.sin(at) * out * 0.9);
                }
            }
        }
        if (shows(Feature.STARRY_SKY)) {
            scatter(
                    scale * 40,
                    0.8,
                    (x, y) -> {
                        double r = scale * random.nextDouble(8.5, 12);
                        planes.blob(
                                x,
                                y,
                                r,
                                r * random.nextDouble(0.75, 1),
                                angle(),
                                0.2,
                                0.02,
                                0.10,
                                0.95);
                        double n = scale * 2.6;
                        planes.nucleus(x + r * 0.4, y - r * 0.2, n, n * 0.7, angle(), VESICULAR);
                        for (int i = 0; i < 3; i++) {
                            double bit = scale * random.nextDouble(0.8, 1.7);
                            planes.nucleus(
                                    x + random.nextDouble(-0.5, 0.3) * r,
                                    y + random.nextDouble(-0.5, 0.5) * r,
                                    bit,
                                    bit,
                                    0,
                                    DARK);
                        }
                    });
        }
    }

    private void mucus() {
        double turn = angle();
        double cos = Math.cos(turn);
        double sin = Math.sin(turn);
        double strength = byDensity(0.7, 1.0, 1.35);
        planes.each(
                (x, y, dyes) -> {
                    double px = x / scale;
                    double py = y / scale;
                    double wx = 26 * (coarse.at(px / 45, py / 45) - 0.5);
                    double wy = 26 * (coarse.at(px / 45 + 33, py / 45) - 0.5);
                    double along = (px + wx) * cos + (py + wy) * sin;
                    double across = -(px + wx) * sin + (py + wy) * cos;
                    double flow = middle.strands(along / 42, across / 9, 3);
                    double strand = 1 - Math.abs(2 * flow - 1) * 7;
                    double wisps = fine.strands(along / 20, across / 2.6, 2);
                    double cloud = coarse.octaves(px / 60 + 80, py / 60, 2);
                    dyes.set(
                            strength
                                    * (0.09
                                            + 0.20 * cloud
                                            + 0.24 * clamp(strand)
                                            + 0.16 * (wisps - 0.4)),
                            strength
                                    * (0.05
                                            + 0.07 * cloud
                                            + 0.10 * clamp(strand)
                                            + 0.06 * (wisps - 0.4)));
                });
        int floating = (int) (byDensity(5, 10, 18) / scale) + 2;
        for (int i = 0; i < floating; i++) {
            double x = anywhere();
            double y = anywhere();
            double r = scale * random.nextDouble(2.4, 3.6);
            planes.blob(x, y, r * 1.9, r * 1.6, angle(), 0.2, 0.16, 0.30, 0.7);
            planes.nucleus(x, y, r, r * 0.8, angle(), SPINDLE);
        }
        if (shows(Feature.SIGNET_RINGS)) {
            int clumps = attributes.power() == Attributes.Power.X10 ? 7 : 3;
            for (int clump = 0; clump < clumps; clump++) {
                double x = size * random.nextDouble(0.1, 0.9);
                double y = size * random.nextDouble(0.1, 0.9);
                int cells = random.nextInt(5, 10);
                for (int i = 0; i < cells; i++) {
                    double out = Math.sqrt(i + 0.3) * 9.5 * scale;
                    signetRing(x + Math.cos(i * 2.4) * out, y + Math.sin(i * 2.4) * out);
                }
            }
        }
        if (shows(Feature.TUMOUR_STRIPS)) {
            int strips = attributes.power() == Attributes.Power.X10 ? 5 : 3;
            for (int strip = 0; strip < strips; strip++) {
                double direction = angle();
                double x = size * random.nextDouble(0.15, 0.85);
                double y = size * random.nextDouble(0.15, 0.85);
                double bend = random.nextDouble(-0.22, 0.22);
                int cells = random.nextInt(7, 13);
                for (int pass = 0; pass < 2; pass++) {
                    double cx = x;
                    double cy = y;
                    double way = direction;
                    for (int i = 0; i < cells; i++) {
                        if (pass == 0) {
                            planes.blob(
                                    cx,
                                    cy,
                                    scale * 9,
                                    scale * 5.5,
                                    way + Math.PI / 2,
                                    0.1,
                                    0.42,
                                    0.55,
                                    0.9);
                        } else {
                            for (int layer = -1; layer <= 1; layer += 2) {
                                double r = scale * random.nextDouble(3.6, 4.8);
                                planes.nucleus(
                                        cx - Math.sin(way) * layer * scale * 3,
                                        cy + Math.cos(way) * layer * scale * 3,
                                        r,
                                        r * 0.62,
                                        way + Math.PI / 2 + random.nextDouble(-0.3, 0.3),
                                        BASAL);
                            }
                        }
                        cx += Math.cos(way) * scale * 5.6;
                        cy += Math.sin(way) * scale * 5.6;
                        way += bend;
                    }
                }
            }
        }
    }

    private void signetRing(double x, double y) {
        double r = scale * random.nextDouble(5.2, 6.8);
        double side = angle();
        planes.blob(x, y, r + 0.9 * scale, r + 0.9 * scale, 0, 0.1, 0.40, 0.50, 0.9);
        planes.blob(x, y, r, r, 0, 0.1, 0.10, 0.10, 1);
        planes.nucleus(
                x + Math.cos(side) * r * 0.86,
                y + Math.sin(side) * r * 0.86,
                scale * 4.2,
                scale * 1.7,
                side + Math.PI / 2,
                DARK);
    }

    private void smoothMuscle() {
        double turn = angle();
        boolean crossed = shows(Feature.CROSS_CUT);
        double seam = random.nextDouble(-0.12, 0.12) * size;
        double cleft = shows(Feature.WIDE_CLEFTS) ? 1 : 0;
        double half = size / 2.0;
        double cos = Math.cos(turn);
        double sin = Math.sin(turn);
        double bundle = 24;
        Cells profiles = new Cells(scale * 7.5, 0.8, random);
        planes.each(
                (x, y, dyes) -> {
                    double along = ((x - half) * cos + (y - half) * sin) / scale;
                    double across = (-(x - half) * sin + (y - half) * cos) / scale;
                    double bend = 10 * (coarse.at(along / 70, across / 110) - 0.5);
                    double fibres = fine.strands(along / 38, (across + bend) / 2.6, 2);
                    double strands = middle.at(along / 90, (across + bend) / (bundle * 0.45));
                    double gap = smooth(0.30 + 0.14 * cleft, 0.24 + 0.06 * cleft, strands);
                    dyes.set(
                            (0.14 + 0.14 * fibres) * (1 - 0.6 * gap),
                            (0.52 + 0.62 * (fibres - 0.3)) * (1 - (0.45 + 0.45 * cleft) * gap));
                    if (crossed) {
                        double cut =
                                across * scale
                                        + seam
                                        + 16 * scale * (coarse.at(along / 50 + 9, 4) - 0.5);
                        double over = smooth(-3, 3, cut);
                        if (over > 0) {
                            profiles.find(x, y);
                            double wall =
                                    smooth(
                                            2.4 * scale,
                                            0.6 * scale,
                                            profiles.second - profiles.first);
                            dyes.mix(
                                    0.18 - 0.10 * wall,
                                    (0.80 + 0.25 * (profiles.mark - 0.5)) * (1 - 0.72 * wall),
                                    over);
                        }
                    }
                });
        scatter(
                scale * byDensity(19, 14.5, 11),
                0.95,
                (x, y) -> {
                    double along = ((x - half) * cos + (y - half) * sin) / scale;
                    double across = (-(x - half) * sin + (y - half) * cos) / scale;
                    if (crossed
                            && across * scale
                                            + seam
                                            + 16 * scale * (coarse.at(along / 50 + 9, 4) - 0.5)
                                    > 0) {
                        if (random.nextDouble() < 0.55) {
                            double r = scale * random.nextDouble(1.5, 2.3);
                            planes.nucleus(x, y, r, r, 0, SPINDLE);
                        }
                        return;
                    }
                    double slope =
                            10
                                    * (coarse.at((along + 1) / 70, across / 110)
                                            - coarse.at((along - 1) / 70, across / 110))
                                    / 2;
                    if (random.nextDouble() < 0.75) {
                        planes.nucleus(
                                x,
                                y,
                                scale * random.nextDouble(6.5, 10),
                                Math.max(0.9, scale * random.nextDouble(1.3, 1.9)),
                                turn - Math.atan(slope),
                                SPINDLE);
                    }
                });
    }

    private void mucosa() {
        if (shows(Feature.LENGTHWISE)) {
            lengthwiseCrypts();
            return;
        }
        laminaPropria();
        double spacing = scale * byDensity(76, 64, 55);
        double surface = shows(Feature.SURFACE) ? size * random.nextDouble(0.22, 0.36) : -1e9;
        double turn = random.nextDouble(-0.15, 0.15);
        scatter(
                spacing,
                0.22,
                (x, y) -> {
                    if (y > surface + scale * 34) {
                        double r = scale * random.nextDouble(22, 26);
                        crypt(x, y, r, r * random.nextDouble(0.84, 1), angle());
                    }
                });
        if (surface > 0) {
            // Above the surface is glass; on it stand tall cells with nuclei at their feet.
            planes.each(
                    (x, y, dyes) -> {
                        double edge =
                                surface
                                        + turn * (x - size / 2.0)
                                        + 9 * scale * (coarse.at(x / (50 * scale), 2) - 0.5);
                        double above = edge - y;
                        if (above > -22 * scale) {
                            double cells = fine.at(x / (5 * scale), y / (40 * scale));
                            double cover = smooth(-22 * scale, -19 * scale, above);
                            dyes.mix(0.20 + 0.15 * cells, 0.42 + 0.2 * cells, cover);
                            if (above > -2 * scale)
                                dyes.mix(0.3, 0.75, smooth(-2 * scale, -1 * scale, above));
                            if (above > 0) dyes.mix(0.01, 0.02, smooth(0, 1.5, above));
                        }
                    });
            for (double x = -2; x < size + 4; x += scale * random.nextDouble(4.2, 5.4)) {
                double edge =
                        surface
                                + turn * (x - size / 2.0)
                                + 9 * scale * (coarse.at(x / (50 * scale), 2) - 0.5);
                if (random.nextInt(4) == 0) {
                    planes.blob(
                            x,
                            edge + 9 * scale,
                            5.5 * scale,
                            3.4 * scale,
                            Math.PI / 2,
                            0.05,
                            0.14,
                            0.05,
                            0.95);
                }
                planes.nucleus(
                        x,
                        edge + scale * random.nextDouble(15, 18),
                        scale * 3.9,
                        scale * 2,
                        Math.PI / 2 + turn + random.nextDouble(-0.15, 0.15),
                        BASAL);
            }
        }
    }

    private void laminaPropria() {
        planes.each(
                (x, y, dyes) -> {
                    double cloud = coarse.octaves(x / (16 * scale), y / (16 * scale), 3);
                    double fibres = fine.octaves(x / (4 * scale), y / (4 * scale), 2);
                    dyes.set(0.08 + 0.16 * cloud, 0.18 + 0.30 * cloud + 0.22 * (fibres - 0.5));
                });
        scatter(
                scale * byDensity(11.5, 10, 9),
                1.0,
                (x, y) -> {
                    double which = random.nextDouble();
                    if (which < 0.40) lymphocyte(x, y);
                    else if (which < 0.62) spindle(x, y, angle(), 3.6);
                    else if (which < 0.68) redCell(x, y);
                });
    }

    /// A round gland: basement membrane, basal nuclei, goblet vacuoles, a small lumen.
    private void crypt(double x, double y, double ra, double rb, double turn) {
        planes.blob(x, y, ra + 2.2 * scale, rb + 2.2 * scale, turn, 0.03, 0.10, 0.38, 0.9);
        planes.blob(x, y, ra, rb, turn, 0.03, 0.26, 0.42, 1);
        double mean = (ra + rb) / 2;
        int vacuoles = Math.max(7, (int) (2 * Math.PI * mean * 0.55 / (6.4 * scale)));
        double phase = angle();
        for (int i = 0; i < vacuoles; i++) {
            if (random.nextInt(6) == 0) continue;
            double at = phase + (i + random.nextDouble(-0.15, 0.15)) * 2 * Math.PI / vacuoles;
            double ca = Math.cos(at) * ra * 0.55;
            double cb = Math.sin(at) * rb * 0.55;
            planes.blob(
                    x + ca * Math.cos(turn) - cb * Math.sin(turn),
                    y + ca * Math.sin(turn) + cb * Math.cos(turn),
                    mean * 0.26,
                    scale * random.nextDouble(2.4, 3.2),
                    turn + at,
                    0.05,
                    random.nextDouble(0.10, 0.20),
                    0.04,
                    0.95);
        }
        planes.blob(x, y, ra * 0.24, rb * 0.19, turn + 0.6, 0.25, 0.16, 0.52, 0.9);
        planes.blob(x, y, ra * 0.16, rb * 0.12, turn + 0.6, 0.25, 0.01, 0.03, 1);
        int nuclei = Math.max(12, (int) (2 * Math.PI * mean * 0.88 / (4.7 * scale)));
        for (int i = 0; i < nuclei; i++) {
            double at = phase + (i + random.nextDouble(-0.12, 0.12)) * 2 * Math.PI / nuclei;
            double out = random.nextDouble(0.84, 0.9);
            double ca = Math.cos(at) * ra * out;
            double cb = Math.sin(at) * rb * out;
            planes.nucleus(
                    x + ca * Math.cos(turn) - cb * Math.sin(turn),
                    y + ca * Math.sin(turn) + cb * Math.cos(turn),
                    scale * random.nextDouble(2.8, 3.5),
                    scale * random.nextDouble(1.7, 2.1),
                    turn + at,
                    BASAL);
        }
    }

    /// Crypts side by side like test tubes.
    private void lengthwiseCrypts() {
        laminaPropria();
        double turn = angle();
        double cos = Math.cos(turn);
        double sin = Math.sin(turn);
        double spacing = scale * byDensity(62, 53, 46);
        double width = scale * 18.5;
        double half = size / 2.0;
        double phase = random.nextDouble() * spacing;
        for (double row = -half * 1.5 - phase; row < half * 1.5; row += spacing) {
            double axis = row;
            double start = -half * 1.6;
            double end = random.nextInt(3) == 0 ? random.nextDouble(-0.2, 0.8) * half : half * 1.6;
            if (random.nextBoolean()) {
                double swap = -start;
                start = -end;
                end = swap;
            }
            double from = start;
            double to = end;
            double w = width * random.nextDouble(0.9, 1.1);
            planes.each(
                    (x, y, dyes) -> {
                        double along = (x - half) * cos + (y - half) * sin;
                        double across = -(x - half) * sin + (y - half) * cos - axis;
                        if (Math.abs(across) > spacing) return;
                        across += 7 * scale * (coarse.at(along / (60 * scale), axis) - 0.5);
                        double past = Math.max(0, Math.max(from - along, along - to));
                        double away = Math.hypot(across, past);
                        if (away > w + 3 * scale) return;
                        dyes.mix(0.10, 0.38, smooth(w + 3 * scale, w + 2 * scale, away));
                        double cells = fine.at(along / (4.2 * scale), across < 0 ? 3 : 11);
                        dyes.mix(
                                0.22 + 0.1 * cells,
                                0.36 + 0.12 * cells,
                                smooth(w + 0.8, w - 0.8, away));
                        dyes.mix(0.02, 0.04, smooth(0.15 * w, 0.09 * w, away) * (past > 0 ? 0 : 1));
                    });
            for (double along = from; along < to; along += scale * random.nextDouble(5.6, 6.8)) {
                for (int side = -1; side <= 1; side += 2) {
                    if (random.nextInt(6) == 0) continue;
                    double shift = 7 * scale * (coarse.at(along / (60 * scale), axis) - 0.5);
                    double across = side * 0.45 * w - shift + axis;
                    planes.blob(
                            half + along * cos - across * sin,
                            half + along * sin + across * cos,
                            w * random.nextDouble(0.22, 0.28),
                            scale * random.nextDouble(2.3, 3.0),
                            turn + Math.PI / 2,
                            0.06,
                            random.nextDouble(0.10, 0.20),
                            0.04,
                            0.95);
                }
            }
            for (double along = from - w;
                    along < to + w;
                    along += scale * random.nextDouble(4.2, 5.2)) {
                for (int side = -1; side <= 1; side += 2) {
                    double shift = 7 * scale * (coarse.at(along / (60 * scale), axis) - 0.5);
                    double past = Math.max(0, Math.max(from - along, along - to));
                    if (past > 0.8 * w) continue;
                    double across = side * Math.sqrt(0.72 * w * w - past * past) - shift + axis;
                    planes.nucleus(
                            half + along * cos - across * sin,
                            half + along * sin + across * cos,
                            scale * random.nextDouble(2.8, 3.5),
                            scale * random.nextDouble(1.7, 2.1),
                            turn + Math.PI / 2 + random.nextDouble(-0.2, 0.2),
                            BASAL);
                }
            }
        }
    }

    private void stroma() {
        double turn = angle();
        double cos = Math.cos(turn);
        double sin = Math.sin(turn);
        double grey = random.nextDouble(0.06, 0.16);
        double wave = random.nextDouble(34, 48);
        planes.each(
                (x, y, dyes) -> {
                    double px = x / scale;
                    double py = y / scale;
                    double bend = stromaBend(px, py, wave);
                    double across = -px * sin + py * cos + bend;
                    double along = px * cos + py * sin;
                    double fibres = fine.strands(along / 17, across / 3.2, 3);
                    double bands = middle.strands(along / 40, across / 9.5, 2);
                    double gap = smooth(0.47, 0.36, bands);
                    dyes.set(
                            grey * (0.7 + fibres) * (1 - 0.6 * gap),
                            (0.20 + 0.62 * fibres) * (1 - 0.78 * gap));
                });
        boolean inflamed = shows(Feature.INFLAMED);
        scatter(
                scale * byDensity(19, 15, 12),
                1.1,
                (x, y) -> {
                    double px = x / scale;
                    double py = y / scale;
                    double sx = (stromaBend(px + 1, py, wave) - stromaBend(px - 1, py, wave)) / 2;
                    double sy = (stromaBend(px, py + 1, wave) - stromaBend(px, py - 1, wave)) / 2;
                    // Fibres follow the level lines of `across`.
                    double direction = Math.atan2(sin - sx, cos + sy);
                    double which = random.nextDouble();
                    if (which < 0.74) {
                        spindle(x, y, direction + random.nextDouble(-0.15, 0.15), 4.6);
                    } else if (which < 0.84) {
                        lymphocyte(x, y);
                    }
                });
        if (inflamed) {
            scatter(
                    scale * 9.5,
                    1.0,
                    (x, y) -> {
                        double crowd = coarse.at(x / (26 * scale) + 70, y / (26 * scale));
                        if (crowd > 0.50 && random.nextDouble() < 0.85) lymphocyte(x, y);
                    });
        }
        if (shows(Feature.STROMAL_VESSELS)) {
            int vessels = attributes.power() == Attributes.Power.X10 ? 6 : 3;
            for (int i = 0; i < vessels; i++) {
                vessel(
                        size * random.nextDouble(0.12, 0.88),
                        size * random.nextDouble(0.12, 0.88),
                        random.nextDouble(11, 19));
            }
        }
    }

    private double stromaBend(double px, double py, double wave) {
        return 30 * coarse.at(px / wave, py / wave)
                + 9 * coarse.at(px / wave * 2.3 + 50, py / wave * 2.3);
    }

    private void tumour() {
        double spacing = scale * byDensity(70, 56, 45);
        Cells glands = new Cells(spacing, 0.95, random);
        double warp = spacing * 0.55;
        double seam = byDensity(0.26, 0.15, 0.08) * spacing;
        double lumen = shows(Feature.MUCINOUS) ? 0.44 : 0.30;
        boolean mucin = shows(Feature.MUCINOUS);
        boolean dirty = shows(Feature.DIRTY_NECROSIS);
        planes.each(
                (x, y, dyes) -> {
                    warped(glands, x, y, warp, spacing);
                    double border = glands.second - glands.first;
                    double fibres = fine.octaves(x / (5 * scale), y / (5 * scale), 2);
                    dyes.set(0.08 + 0.08 * fibres, 0.22 + 0.55 * fibres);
                    double inside = smooth(seam - 1, seam + 2.5, border);
                    double cloud = middle.octaves(x / (9 * scale), y / (9 * scale), 2);
                    dyes.mix(0.42 + 0.28 * cloud, 0.34 + 0.30 * cloud, inside);
                    double hollow =
                            (glands.first / spacing)
                                    + 0.16 * (fine.at(x / (12 * scale), y / (12 * scale)) - 0.5);
                    double open = lumen * (0.35 + 1.0 * glands.mark);
                    double cave = smooth(open + 0.03, open - 0.01, hollow) * inside;
                    if (cave > 0) {
                        if (dirty) {
                            double grains = fine.octaves(x / (2.2 * scale), y / (2.2 * scale), 2);
                            dyes.mix(0.16 + 0.3 * grains, 0.55 + 0.75 * (grains - 0.3), cave);
                        } else if (mucin) {
                            double wisps = fine.strands(x / (14 * scale), y / (3.4 * scale), 2);
                            dyes.mix(0.16 + 0.34 * (wisps - 0.3), 0.05 + 0.05 * wisps, cave);
                        } else {
                            dyes.mix(0.02, 0.05, cave);
                        }
                    }
                });
        double mitotic = shows(Feature.MITOSES) ? 0.06 : 0;
        scatter(
                scale * byDensity(7.2, 6.7, 6.2),
                0.75,
                (x, y) -> {
                    warped(glands, x, y, warp, spacing);
                    double border = glands.second - glands.first;
                    double hollow =
                            (glands.first / spacing)
                                    + 0.16 * (fine.at(x / (12 * scale), y / (12 * scale)) - 0.5);
                    double open = lumen * (0.35 + 1.0 * glands.mark);
                    if (border < seam * 0.7) {
                        if (random.nextDouble() < 0.35) spindle(x, y, angle(), 3.8);
                        return;
                    }
                    if (border < seam + 1.5 * scale) return;
                    if (hollow < open + 0.05) {
                        if (dirty && hollow < open && random.nextDouble() < 0.75) {
                            double bit = scale * random.nextDouble(0.7, 1.6);
                            planes.nucleus(x, y, bit, bit * 0.7, angle(), DARK);
                        }
                        return;
                    }
                    if (random.nextDouble() < mitotic) {
                        mitosis(x, y);
                        return;
                    }
                    double r = scale * random.nextDouble(2.9, 5.6);
                    double direction = Math.atan2(y - glands.centreY, x - glands.centreX);
                    Chromatin look = new Chromatin(random.nextDouble(1.15, 1.95), 0.3, 0.3, 0.24);
                    double flat = r * random.nextDouble(0.52, 0.85);
                    planes.nucleus(x, y, r, flat, direction + random.nextDouble(-0.5, 0.5), look);
                    if (scale > 1.2 && random.nextInt(3) == 0) {
                        planes.blob(x, y, scale * 0.9, scale * 0.8, 0, 0.1, 2.2, 0.9, 0.8);
                    }
                });
    }

    private void warped(Cells glands, double x, double y, double warp, double spacing) {
        double u = x / spacing * 1.7;
        double v = y / spacing * 1.7;
        glands.find(x + warp * (coarse.at(u, v) - 0.5), y + warp * (coarse.at(u + 61, v) - 0.5));
    }

    /// A dividing cell: a clear halo around a ragged dark plate, or two plates moving apart.
    private void mitosis(double x, double y) {
        double turn = angle();
        planes.blob(x, y, scale * 6.2, scale * 5.6, turn, 0.1, 0.10, 0.30, 0.92);
        boolean anaphase = random.nextBoolean();
        double apart = anaphase ? scale * 2.3 : 0;
        Chromatin plate = new Chromatin(2.7, 0, 0.1, 0.3);
        for (int side = -1; side <= (anaphase ? 1 : -1); side += 2) {
            planes.nucleus(
                    x - Math.sin(turn) * apart * side,
                    y + Math.cos(turn) * apart * side,
                    scale * 4.4,
                    Math.max(1, scale * 1.5),
                    turn,
                    plate);
        }
    }
}
