package org.openplip.train;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.io.Json;

/// The checkpoints of a run, `checkpoints/step-00000400/` and so on: each is whole or absent, and
/// holds the SHA-256 of its files; the newest few stay, and the best.
final class CheckpointKeeper {
    /// What resuming needs beside the weights and the optimiser's memory.
    ///
    /// @param step steps done
    /// @param loss of the last one
    /// @param validation absent where there are no validation pairs
    record State(long step, double loss, @Nullable Validation validation) {}

    /// `best.json`: which checkpoint is the best, and by what.
    record BestCheckpoint(String checkpoint, TrainConfig.Best by, Validation validation) {}

    static final String STATE = "training-state";
    private static final String STATE_FILE = STATE + "/state.json";

    /// A line a file, as `sha256sum` writes and checks them.
    private static final String SUMS = "checkpoint.sha256";

    private final Path run;
    private final Path folder;
    private final int newest;
    private final TrainConfig.Best best;

    /// @param run the run's folder
    /// @param newest how many of the newest stay
    CheckpointKeeper(Path run, int newest, TrainConfig.Best best) {
        this.run = run;
        this.folder = run.resolve("checkpoints");
        this.newest = newest;
        this.best = best;
    }

    /// The newest checkpoint.
    Optional<Path> newest() throws IOException {
        return all().stream().reduce((_, later) -> later);
    }

    /// The name of the newest checkpoint, for messages.
    String newestName() throws IOException {
        return newest().map(path -> path.getFileName().toString()).orElse("none");
    }

    /// The name of the best checkpoint, where there are no validations of the newest, for messages.
    String bestName() throws IOException {
        Optional<Path> theBest = best(all());
        return theBest.isPresent() ? theBest.get().getFileName().toString() : newestName();
    }

    /// The state in a checkpoint, whose files are checked first.
    ///
    /// @throws DataException if a file is missing or differs from its SHA-256
    static State verified(Path checkpoint) throws IOException {
        Path sums = checkpoint.resolve(SUMS);
        for (String line : Files.readAllLines(sums)) {
            String[] parts = line.split(" {2}", 2);
            if (parts.length != 2) throw new DataException(sums, "is not a list of SHA-256");
            Path file = checkpoint.resolve(parts[1]);
            if (!Files.exists(file) || !Hashes.sha256(file).equals(parts[0])) {
                throw new DataException(
                        file,
                        "is missing or differs from its SHA-256 in %s; without the folder %s the run"
                                .concat(" goes on from the checkpoint before it")
                                .formatted(SUMS, checkpoint.getFileName()));
            }
        }
        return Json.read(checkpoint.resolve(STATE_FILE), State.class);
    }

    /// Writes the checkpoint of `state.step()`, then removes those that no longer stay. If it
    /// fails, as on a full disk, all that was there is there.
    void save(State state, AtomicFiles.FolderContent content) throws IOException {
        write(folder.resolve("step-%08d".formatted(state.step)), state, content);
        List<Path> all = all();
        Optional<Path> theBest = best(all);
        if (theBest.isPresent()) {
            Validation validation = state(theBest.get()).validation;
            if (validation != null) {
                Json.write(
                        run.resolve("best.json"),
                        new BestCheckpoint(
                                run.relativize(theBest.get()).toString(), best, validation));
            }
        }
        for (Path old : all.subList(0, Math.max(0, all.size() - newest))) {
            if (!old.equals(theBest.orElse(null))) AtomicFiles.deleteTree(old);
        }
    }

    /// Writes a checkpoint as `target`, with the SHA-256 of its files.
    static void write(Path target, State state, AtomicFiles.FolderContent content)
            throws IOException {
        AtomicFiles.writeFolder(
                target,
                partial -> {
                    content.writeTo(partial);
                    Json.write(partial.resolve(STATE_FILE), state);
                    List<Path> files;
                    try (Stream<Path> tree = Files.walk(partial)) {
                        files = tree.filter(Files::isRegularFile).sorted().toList();
                    }
                    StringBuilder sums = new StringBuilder();
                    for (Path file : files) {
                        sums.append(Hashes.sha256(file))
                                .append("  ")
                                .append(partial.relativize(file))
                                .append('\n');
                    }
                    AtomicFiles.writeString(partial.resolve(SUMS), sums.toString());
                });
    }

    /// Puts the newest checkpoint at `target` too, as links to its files where the file system has
    /// such, else as copies.
    void publish(Path target) throws IOException {
        Path source = newest().orElseThrow();
        AtomicFiles.writeFolder(
                target,
                partial -> {
                    List<Path> files;
                    try (Stream<Path> tree = Files.walk(source)) {
                        files = tree.filter(Files::isRegularFile).toList();
                    }
                    for (Path file : files) {
                        Path to = partial.resolve(source.relativize(file).toString());
                        Files.createDirectories(to.getParent());
                        try {
                            Files.createLink(to, file);
                        } catch (UnsupportedOperationException | FileSystemException _) {
                            Files.copy(file, to);
                        }
                    }
                });
    }

    private Optional<Path> best(List<Path> checkpoints) throws IOException {
        record Candidate(Path path, double badness) {}
        List<Candidate> candidates = new ArrayList<>();
        for (Path checkpoint : checkpoints) {
            Validation validation = state(checkpoint).validation;
            if (validation == null) continue;
            Double badness =
                    switch (best) {
                        case LOWEST_LOSS -> validation.loss();
                        case HIGHEST_RECALL_AT_10 -> -validation.recallAt10();
                        case HIGHEST_ZERO_SHOT_F1 ->
                                validation.zeroShotF1() == null ? null : -validation.zeroShotF1();
                    };
            if (badness != null) candidates.add(new Candidate(checkpoint, badness));
        }
        // Of equals the first.
        return candidates.stream()
                .min(Comparator.comparingDouble(Candidate::badness))
                .map(Candidate::path);
    }

    private static State state(Path checkpoint) throws IOException {
        return Json.read(checkpoint.resolve(STATE_FILE), State.class);
    }

    /// All checkpoints, the oldest first.
    private List<Path> all() throws IOException {
        if (!Files.isDirectory(folder)) return List.of();
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(path -> path.getFileName().toString().matches("step-\\d+"))
                    .sorted()
                    .toList();
        }
    }
}
