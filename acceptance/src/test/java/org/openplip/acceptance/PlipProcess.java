package org.openplip.acceptance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// `./plip` in a process of its own. Closing kills it, with all that it started.
final class PlipProcess implements AutoCloseable {
    /// What a finished process left.
    record Result(int exitCode, String out, String err) {
        /// The lines of standard error that a user must read: no progress, no blank lines.
        List<String> complaints() {
            return err.lines().filter(line -> line.startsWith("plip: ")).toList();
        }
    }

    /// The root of the checkout.
    static final Path HOME = home();

    private final Process process;
    private final Path out;
    private final Path err;

    private PlipProcess(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    private static Path home() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isExecutable(folder.resolve("plip"))) {
            folder = folder.getParent();
            if (folder == null) throw new IllegalStateException("plip: not found above the tests");
        }
        return folder;
    }

    /// Starts `./plip ARGUMENTS`.
    static PlipProcess start(List<String> arguments) throws IOException {
        return start(List.of(), arguments);
    }

    /// Starts `PREFIX ./plip ARGUMENTS`; the prefix is a command that runs another.
    static PlipProcess start(List<String> prefix, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(HOME.resolve("plip").toString());
        command.addAll(arguments);
        Path out = Files.createTempFile("plip", ".out");
        Path err = Files.createTempFile("plip", ".err");
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        return new PlipProcess(builder.start(), out, err);
    }

    /// Runs `./plip ARGUMENTS` to its end, at most ten minutes.
    static Result run(Object... arguments) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>();
        for (Object argument : arguments) words.add(argument.toString());
        try (PlipProcess plip = start(words)) {
            return plip.await();
        }
    }

    /// What the process leaves when it ends by itself.
    Result await() throws IOException, InterruptedException {
        if (!process.waitFor(10, TimeUnit.MINUTES)) {
            throw new IllegalStateException("still running after 10 minutes: " + err());
        }
        return new Result(process.exitValue(), out(), err());
    }

    boolean running() {
        return process.isAlive();
    }

    String out() throws IOException {
        return Files.readString(out, StandardCharsets.UTF_8);
    }

    String err() throws IOException {
        return Files.readString(err, StandardCharsets.UTF_8);
    }

    /// The processes that it started, the oldest first.
    List<ProcessHandle> children() {
        return process.children()
                .sorted(Comparator.comparing(child -> child.info().startInstant().orElseThrow()))
                .toList();
    }

    /// SIGKILL to the process and its children.
    void kill() {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        process.onExit().join();
    }

    @Override
    public void close() throws IOException {
        if (process.isAlive()) kill();
        Files.deleteIfExists(out);
        Files.deleteIfExists(err);
    }
}
