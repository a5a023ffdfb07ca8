package org.openplip.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.openplip.Embeddings;
import org.openplip.Plip;
import org.openplip.image.RgbImage;
import org.openplip.slide.Slide;
import org.openplip.slide.Tile;
import org.openplip.slide.TileGrid;

/// Where on a slide a phrase fits best: `CHECKPOINT SLIDE PHRASE`
final class SlideMap {
    private SlideMap() {}

    public static void main(String[] arguments) throws IOException {
        Path checkpoint = Path.of(arguments[0]);
        Path file = Path.of(arguments[1]);
        String phrase = arguments[2];
        // show
        try (Plip plip = Plip.load(checkpoint);
                Slide slide = Slide.open(file)) {
            TileGrid grid = TileGrid.of(slide, 0.5, 224, 0.3); // microns, pixels, share of tissue
            List<RgbImage> pictures = new ArrayList<>();
            for (Tile tile : grid.tiles()) pictures.add(grid.read(slide, tile));
            float[][] tiles = plip.encodePictures(pictures); // [tiles, width]
            float[] query = plip.encodeTexts(List.of(phrase))[0]; // [width]
            for (Embeddings.Neighbour hit : Embeddings.nearest(query, tiles, 3)) {
                Tile tile = grid.tiles().get(hit.row());
                System.out.printf("%.4f at %d, %d%n", hit.similarity(), tile.x(), tile.y());
            }
        }
        // end
    }
}
