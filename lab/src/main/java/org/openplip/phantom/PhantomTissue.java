package org.openplip.phantom;

import java.util.SplittableRandom;
import org.openplip.image.RgbImage;
import org.openplip.phantom.Attributes.Hue;
import org.openplip.phantom.Attributes.Stain;

/// Drawings of tissue, 224 x 224, in the nine classes of [TissueClass]. They imitate architecture
/// (nuclei, glands, fibres, vacuoles) well enough to test a pipeline and nothing else: procedural
/// drawings, not tissue.
///
/// A drawing depends on its class, attributes and seed alone. Thread-safe.
public final class PhantomTissue {
    /// Width and height of a drawing in pixels: what the paper's data sets and models use.
    public static final int SIZE = 224;

    /// Stands in the metadata of every picture and in every file that lists them.
    public static final String NOTICE = "OpenPLIP phantom: procedural drawing, not tissue";

    private PhantomTissue() {}

    /// The drawing, with nuisance of its own: dye, light, focus, noise of the sensor.
    ///
    /// @throws IllegalArgumentException if the feature belongs to another class
    public static RgbImage draw(TissueClass tissue, Attributes attributes, long seed) {
        if (!attributes.feature().fits(tissue)) {
            throw new IllegalArgumentException(
                    "attributes: " + attributes.feature() + " is no feature of " + tissue);
        }
        SplittableRandom random = new SplittableRandom(seed);
        StainPlanes planes = new StainPlanes(SIZE, random);
        new TissuePainter(planes, attributes, random).paint(tissue);
        Stain stain = attributes.stain();
        double strength =
                random.nextDouble(0.93, 1.07)
                        * switch (stain) {
                            case PALE -> 0.60;
                            case STANDARD -> 1.0;
                            case STRONG -> 1.5;
                        };
        Hue hue = attributes.hue();
        double blue =
                switch (hue) {
                    case BLUISH -> 1.22;
                    case BALANCED -> 1.0;
                    case PINKISH -> 0.78;
                };
        double pink =
                switch (hue) {
                    case BLUISH -> 0.62;
                    case BALANCED -> 1.0;
                    case PINKISH -> 1.32;
                };
        return planes.develop(
                strength * blue * random.nextDouble(0.95, 1.05),
                strength * pink * random.nextDouble(0.95, 1.05),
                random.nextDouble(0.25, 0.85),
                random.nextDouble(0, 0.95),
                random);
    }
}
