package org.openplip.evaluate;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;

/// A small test set on disk: `heldout/CLASS/pic-000.png` and `heldout.csv`.
record PlantedWorld(Path folder, Path table, List<String> pictureNames) {
    static PlantedWorld write(Path folder, int perClass) throws IOException {
        StringBuilder csv = new StringBuilder("image,label,caption\n");
        List<String> names = new ArrayList<>();
        int c = 0;
        for (Map.Entry<String, String> of : ClassNames.kather().names().entrySet()) {
            Path classFolder = folder.resolve("heldout").resolve(of.getKey());
            Files.createDirectories(classFolder);
            for (int i = 0; i < perClass; i++) {
                String name = "pic-%d%03d".formatted(c, i);
                names.add(name);
                draw(classFolder.resolve(name + ".png"), c, i);
                csv.append("heldout/%s/%s.png,%s,".formatted(of.getKey(), name, of.getKey()));
                csv.append("\"%s, seen as %s <b>&\"\n".formatted(of.getValue(), name));
            }
            c++;
        }
        Path table = folder.resolve("heldout.csv");
        Files.writeString(table, csv);
        return new PlantedWorld(folder, table, List.copyOf(names));
    }

    private static void draw(Path file, int hue, int seed) throws IOException {
        BufferedImage image = new BufferedImage(48, 48, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        Random random = new Random(hue * 1000L + seed);
        g.setColor(Color.getHSBColor(0.9f, 0.15f, 0.97f));
        g.fillRect(0, 0, 48, 48);
        for (int i = 0; i < 30; i++) {
            g.setColor(Color.getHSBColor(0.6f + hue * 0.04f, 0.5f, 0.5f + random.nextFloat() / 2));
            int side = 3 + random.nextInt(6 + hue);
            g.fillOval(random.nextInt(48), random.nextInt(48), side, side);
        }
        g.dispose();
        ImageIO.write(image, "png", file.toFile());
    }
}
