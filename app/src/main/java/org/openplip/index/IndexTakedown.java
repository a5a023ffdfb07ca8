package org.openplip.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.openplip.io.Hashes;
import org.openplip.openpath.Takedown;
import org.openplip.search.Item;
import org.openplip.search.SearchIndex;

/// Takes out of an index what is being taken out of a release.
public final class IndexTakedown {
    private IndexTakedown() {}

    /// Removes the pictures of the plan's pairs from the index in `folder`, and returns how many
    /// there were.
    public static int remove(Path folder, Takedown.Plan plan) throws IOException {
        Set<String> keys = Set.copyOf(plan.keys());
        Set<String> hashes = Set.copyOf(plan.imageSha256());
        int removed;
        try (SearchIndex index = SearchIndex.open(folder)) {
            removed = index.deleteIf(item -> isOf(item, keys, hashes));
            index.commit();
        }
        if (removed > 0 && IndexContents.existsIn(folder)) {
            IndexContents contents = IndexContents.read(folder);
            contents.withPictures(contents.pictures() - removed).write(folder);
        }
        return removed;
    }

    /// Whether an item is one of the pairs, by the key in its name, or shows one of the pictures,
    /// by the hash that stands with it or the bytes of its file.
    private static boolean isOf(Item item, Set<String> keys, Set<String> hashes) {
        if (!item.kind().equals("picture")) return false;
        String name = item.id().substring(item.id().lastIndexOf('/') + 1);
        if (keys.contains(name.replaceFirst("\\.[^.]*$", ""))) return true;
        List<String> stated = item.details().get("image_sha256");
        if (stated != null) return hashes.contains(stated.getFirst());
        if (item.path() == null) return false;
        Path file = Path.of(item.path());
        try {
            return Files.isRegularFile(file) && hashes.contains(Hashes.sha256(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
