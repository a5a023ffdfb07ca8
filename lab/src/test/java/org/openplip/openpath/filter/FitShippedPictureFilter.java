package org.openplip.openpath.filter;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.phantom.PhantomOptions;
import org.openplip.phantom.PhantomWorld;

/// Makes `picture-filter.json` as it ships: `FitShippedPictureFilter WORK_FOLDER FILTER_FILE`, or
/// with a third argument one over the embeddings of a checkpoint. The pictures are of a phantom
/// world whose seed is used for nothing else.
final class FitShippedPictureFilter {
    static final long SEED = 770_077;
    static final int POSTS = 6000;

    /// At most one picture of a thousand kept is none of pathology: the share of others among the
    /// pictures of posts is small, so that less would leave many of them in.
    static final double PRECISION = 0.999;

    private FitShippedPictureFilter() {}

    public static void main(String[] args) throws IOException {
        Path work = Path.of(args[0]);
        Path world = work.resolve("world");
        if (!Files.exists(world.resolve("world.json"))) {
            PhantomWorld.write(world, new PhantomOptions(POSTS, 1, SEED, 2), Progress.none());
        }
        Path labelled = work.resolve("labelled");
        label(world, labelled);
        Path model = args.length < 3 ? null : Path.of(args[2]);
        FilterTraining.fit(
                        labelled(labelled),
                        model,
                        PRECISION,
                        "drawings of the phantom world with seed %d and %d posts"
                                .formatted(SEED, POSTS),
                        work.resolve("features"),
                        Progress.none())
                .filter()
                .write(Path.of(args[1]));
    }

    static List<FilterTraining.Labelled> labelled(Path folder) throws IOException {
        List<FilterTraining.Labelled> pictures = new ArrayList<>();
        for (String label : List.of("pathology", "other")) {
            try (Stream<Path> files = Files.list(folder.resolve(label))) {
                for (Path file : files.sorted().toList()) {
                    pictures.add(new FilterTraining.Labelled(file, label.equals("pathology")));
                }
            }
        }
        return pictures;
    }

    /// Links each readable picture of a world into `pathology/` or `other/`, as the truth says.
    static void label(Path world, Path labelled) throws IOException {
        Files.createDirectories(labelled.resolve("pathology"));
        Files.createDirectories(labelled.resolve("other"));
        for (String line : Files.readAllLines(world.resolve("posts.jsonl"))) {
            if (!line.contains("\"truth\"")) continue;
            JsonNode post;
            try {
                post = Json.MAPPER.readTree(line);
            } catch (com.fasterxml.jackson.core.JsonProcessingException _) {
                continue;
            }
            for (JsonNode medium : post.path("media")) {
                Path file = world.resolve(medium.path("path").asText());
                JsonNode truth =
                        post.path("truth").path("pictures").path(medium.path("media_key").asText());
                if (!Files.exists(file)
                        || truth.path("verdict").asText().equals("unreadable_picture")) {
                    continue;
                }
                String kind = truth.path("kind").asText().equals("tissue") ? "pathology" : "other";
                Path link = labelled.resolve(kind).resolve(file.getFileName());
                if (!Files.exists(link)) Files.createLink(link, file);
            }
        }
    }
}
