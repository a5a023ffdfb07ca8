package org.openplip.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.openplip.ImageResult;
import org.openplip.Plip;
import org.openplip.search.Filter;
import org.openplip.search.Hit;
import org.openplip.search.Item;
import org.openplip.search.SearchIndex;

/// An index on disk, filled with pictures and asked for a phrase: `CHECKPOINT INDEX PHRASE
/// PICTURE...`
final class Search {
    private Search() {}

    public static void main(String[] arguments) throws IOException {
        Path checkpoint = Path.of(arguments[0]);
        Path folder = Path.of(arguments[1]);
        String phrase = arguments[2];
        Stream<Path> files = Stream.of(arguments).skip(3).map(Path::of);
        // show
        try (Plip plip = Plip.load(checkpoint);
                SearchIndex index = SearchIndex.create(folder, plip.width())) {
            try (Stream<ImageResult> results = plip.encodeImages(files)) {
                index.addAll(
                        results.filter(ImageResult.Embedded.class::isInstance)
                                .map(result -> item((ImageResult.Embedded) result))
                                .toList());
            }
            index.commit();
            float[] query = plip.encodeTexts(List.of(phrase))[0]; // [width]
            for (Hit hit : index.nearest(query, 3, Filter.any())) {
                System.out.printf("%.4f %s%n", hit.similarity(), hit.item().id());
            }
        }
        // end
    }

    private static Item item(ImageResult.Embedded picture) {
        String name = picture.file().getFileName().toString();
        return new Item(
                name,
                "picture",
                "example",
                picture.file().toString(),
                "",
                "",
                null,
                picture.embedding());
    }
}
