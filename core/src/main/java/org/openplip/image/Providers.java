package org.openplip.image;

import java.util.Iterator;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.spi.ImageWriterSpi;

/// Finds ImageIO's readers and writers by class, so that what else lies on the class path cannot
/// change a pixel.
final class Providers {
    private Providers() {}

    static ImageReaderSpi reader(String classPrefix) {
        return find(ImageReaderSpi.class, classPrefix);
    }

    static ImageWriterSpi writer(String classPrefix) {
        return find(ImageWriterSpi.class, classPrefix);
    }

    private static <T> T find(Class<T> kind, String classPrefix) {
        Iterator<T> providers =
                IIORegistry.getDefaultInstance()
                        .getServiceProviders(
                                kind, p -> p.getClass().getName().startsWith(classPrefix), true);
        if (!providers.hasNext()) {
            throw new IllegalStateException("this Java has no " + classPrefix + "*");
        }
        return providers.next();
    }
}
