package org.openplip.bench;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.openplip.Plip;
import org.openplip.image.RgbImage;
import org.openplip.model.Precision;

/// A process of its own: loads a checkpoint and prints the seconds from the process's start to the
/// first vector, and what it holds in memory then.
final class ColdStart {
    private ColdStart() {}

    /// @param args the checkpoint, the precision, `image` or `both`
    public static void main(String[] args) throws Exception {
        byte[] pixels = new byte[3 * 224 * 224];
        new Random(1).nextBytes(pixels);
        try (Plip plip = Plip.load(Path.of(args[0]), Precision.valueOf(args[1]), 1)) {
            plip.encodePictures(List.of(new RgbImage(224, 224, pixels)));
            double seconds =
                    (System.currentTimeMillis()
                                    - ManagementFactory.getRuntimeMXBean().getStartTime())
                            / 1e3;
            if (args[2].equals("both")) plip.encodeTexts(List.of("an H&E image of mucus"));
            System.gc();
            System.out.printf("%.2f %d %d%n", seconds, kilobytes("VmRSS"), kilobytes("RssAnon"));
        }
    }

    private static long kilobytes(String field) throws Exception {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith(field + ":"))
                .map(line -> line.replaceAll("[^0-9]", ""))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElseThrow();
    }
}
