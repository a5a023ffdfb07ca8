package org.openplip.weights.hub;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Where fetched checkpoints are, in the layout of `huggingface_hub`:
///
///     models--OWNER--NAME/blobs/HASH               a file's content, once
///                         snapshots/COMMIT/FILE -> ../../blobs/HASH
///                         refs/REVISION            the commit, 40 digits
///     .locks/models--OWNER--NAME/HASH.lock         held by who fetches that content
///
/// A blob is whole or absent: while it comes it is called `HASH.incomplete`.
///
/// @param root the folder of all that
public record HubCache(Path root) {
    public HubCache {
        root = root.toAbsolutePath().normalize();
    }

    /// The cache that the environment names: `HF_HUB_CACHE`, or else `hub` in `HF_HOME`, which is
    /// `huggingface` in `XDG_CACHE_HOME`, which is `~/.cache`, unless they say otherwise.
    public static HubCache of(Map<String, String> environment) {
        return new HubCache(
                folder(environment, "HF_HUB_CACHE")
                        .orElseGet(() -> home(environment).resolve("hub")));
    }

    static Path home(Map<String, String> environment) {
        return folder(environment, "HF_HOME")
                .orElseGet(
                        () ->
                                folder(environment, "XDG_CACHE_HOME")
                                        .orElseGet(() -> userHome(environment).resolve(".cache"))
                                        .resolve("huggingface"));
    }

    private static Path userHome(Map<String, String> environment) {
        return Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")));
    }

    private static Optional<Path> folder(Map<String, String> environment, String variable) {
        String text = environment.getOrDefault(variable, "");
        if (text.isBlank()) return Optional.empty();
        return Optional.of(
                text.equals("~") || text.startsWith("~/")
                        ? userHome(environment).resolve(text.substring(Math.min(2, text.length())))
                        : Path.of(text));
    }

    /// The snapshot folder of `name`, if its weights are there.
    public Optional<Path> find(ModelName name) throws IOException {
        Optional<String> commit = commit(name);
        if (commit.isEmpty()) return Optional.empty();
        Path snapshot = snapshot(name, commit.get());
        return CheckpointFiles.hasWeights(files(snapshot))
                ? Optional.of(snapshot)
                : Optional.empty();
    }

    /// The commit that the revision stood for when it was last asked.
    private Optional<String> commit(ModelName name) throws IOException {
        if (name.isPinned()) return Optional.of(name.revision());
        Path ref = ref(name);
        if (!Files.isRegularFile(ref)) return Optional.empty();
        return Optional.of(Files.readString(ref).strip()).filter(ModelName::isCommit);
    }

    /// The files of a snapshot whose content is there; none if there is no snapshot.
    static Set<String> files(Path snapshot) throws IOException {
        if (!Files.isDirectory(snapshot)) return Set.of();
        try (Stream<Path> files = Files.list(snapshot)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> String.valueOf(file.getFileName()))
                    .collect(Collectors.toSet());
        }
    }

    private String folderName(ModelName name) {
        return "models--" + name.owner() + "--" + name.name();
    }

    private Path ref(ModelName name) {
        return root.resolve(folderName(name)).resolve("refs").resolve(name.revision());
    }

    Path snapshot(ModelName name, String commit) {
        return root.resolve(folderName(name)).resolve("snapshots").resolve(commit);
    }

    Path blob(ModelName name, ContentHash hash) {
        return root.resolve(folderName(name)).resolve("blobs").resolve(hash.hex());
    }

    Path lock(ModelName name, ContentHash hash) {
        return root.resolve(".locks").resolve(folderName(name)).resolve(hash.hex() + ".lock");
    }

    /// Puts a blob into a snapshot as `file`.
    void link(ModelName name, String commit, String file, ContentHash hash) throws IOException {
        Path link = snapshot(name, commit).resolve(file);
        Files.createDirectories(link.getParent());
        if (!Files.exists(link)) Files.deleteIfExists(link); // it leads nowhere
        try {
            Files.createSymbolicLink(link, Path.of("..", "..", "blobs", hash.hex()));
        } catch (FileAlreadyExistsException _) {
            // Another process was first.
        }
    }

    /// Notes which commit the revision stands for. In place, as Python does: whoever looks in the
    /// folder takes each file there for a revision.
    void writeRef(ModelName name, String commit) throws IOException {
        if (name.isPinned() || commit(name).equals(Optional.of(commit))) return;
        Files.createDirectories(ref(name).getParent());
        Files.writeString(ref(name), commit);
    }
}
