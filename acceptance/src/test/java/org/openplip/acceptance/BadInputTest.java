package org.openplip.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.io.Npy;

/// What goes wrong says so in one line, with the right exit code, and loses nothing.
class BadInputTest {
    private final TinyLine.Line line = TinyLine.line();

    @TempDir Path folder;

    @Test
    void listsUnreadablePicturesAndEmbedsTheRest() throws Exception {
        Path good = pictures().getFirst();
        byte[] jpeg = jpegOf(line.world().resolve("media"));
        Path truncated = folder.resolve("truncated.jpg");
        Files.write(truncated, Arrays.copyOf(jpeg, jpeg.length / 2));
        Path empty = Files.createFile(folder.resolve("empty.png"));
        Path missing = folder.resolve("missing.png");
        Path out = folder.resolve("out.npy");
        PlipProcess.Result result =
                PlipProcess.run(
                        "embed",
                        "--model",
                        line.model(),
                        "--images",
                        truncated,
                        good,
                        empty,
                        missing,
                        "--out",
                        out);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(Npy.read(out)).hasNumberOfRows(1);
        assertThat(result.complaints())
                .hasSize(4)
                .anyMatch(text -> text.contains(truncated + ": ") && text.contains("truncated"))
                .anyMatch(text -> text.contains(empty + ": ") && text.contains("empty"))
                .anyMatch(text -> text.contains(missing + ": does not exist"))
                .anyMatch(text -> text.contains("left out 3 of the inputs"));
    }

    @Test
    void namesAWrongSafetensorsHeader() throws Exception {
        Path model = folder.resolve("model");
        copy(line.model(), model);
        byte[] weights = Files.readAllBytes(model.resolve("model.safetensors"));
        weights[6] = 1; // the header's length is now 2^48 more
        Files.write(model.resolve("model.safetensors"), weights);
        fails(
                1,
                model.resolve("model.safetensors").toString(),
                "embed",
                "--model",
                model,
                "--images",
                pictures().getFirst(),
                "--out",
                folder.resolve("out.npy"));
        assertThat(folder.resolve("out.npy")).doesNotExist();
    }

    @Test
    void namesAMissingFolder() throws Exception {
        Path nowhere = folder.resolve("nowhere");
        Path out = folder.resolve("out");
        fails(1, nowhere.toString(), "train", "--data", nowhere, "--out", out);
        fails(1, nowhere.toString(), "openpath", "build", "--posts", nowhere, "--out", out);
        fails(1, nowhere.toString(), "serve", "--model", line.model(), "--index", nowhere);
        fails(
                1,
                nowhere.toString(),
                "evaluate",
                "--model",
                line.model(),
                "--data",
                nowhere,
                "--out",
                out);
    }

    @Test
    void explainsWrongUsageWithExitCodeTwo() throws Exception {
        PlipProcess.Result result = PlipProcess.run("embed", "--model", line.model());
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("--images").contains("Usage: plip embed");
        assertThat(PlipProcess.run("nonsense").exitCode()).isEqualTo(2);
        assertThat(
                        PlipProcess.run(
                                        "zero-shot",
                                        "--model",
                                        line.model(),
                                        "--images",
                                        "x.png",
                                        "--labels",
                                        "one,two",
                                        "--prompt",
                                        "no place for a label")
                                .exitCode())
                .isEqualTo(2);
    }

    @Test
    void namesAPortInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            fails(
                    1,
                    "port " + taken.getLocalPort() + " is in use",
                    "serve",
                    "--model",
                    line.model(),
                    "--index",
                    line.dir().resolve("index"),
                    "--port",
                    taken.getLocalPort());
        }
    }

    @Test
    void keepsWhatWasThereWhenTheDiskIsFull() throws Exception {
        // A file system of 2 MB in a name space of its own; the release needs more.
        String script =
                "mount -t tmpfs -o size=2m none \"$0\" && echo kept > \"$0/before\" && \"$@\";"
                        + " code=$?; cp \"$0/before\" \"$0/../after\"; exit $code";
        List<String> prefix =
                List.of("unshare", "--mount", "--map-root-user", "bash", "-c", script);
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                canMount(disk), "needs unshare --mount --map-root-user, which is not allowed here");
        try (PlipProcess plip =
                PlipProcess.start(
                        Stream.concat(prefix.stream(), Stream.of(disk.toString())).toList(),
                        List.of(
                                "openpath",
                                "build",
                                "--posts",
                                line.world().resolve("posts.jsonl").toString(),
                                "--out",
                                disk.resolve("release").toString()))) {
            PlipProcess.Result result = plip.await();
            assertThat(result.exitCode()).as(result.err()).isEqualTo(1);
            assertThat(result.complaints())
                    .singleElement()
                    .asString()
                    .contains("No space left on device");
        }
        assertThat(folder.resolve("after")).hasContent("kept\n");
    }

    private static boolean canMount(Path disk) throws IOException, InterruptedException {
        return new ProcessBuilder(
                                "unshare",
                                "--mount",
                                "--map-root-user",
                                "mount",
                                "-t",
                                "tmpfs",
                                "none",
                                disk.toString())
                        .start()
                        .waitFor()
                == 0;
    }

    /// Runs a command that must fail with one line that contains `part`.
    private static void fails(int exitCode, String part, Object... command) throws Exception {
        PlipProcess.Result result = PlipProcess.run(command);
        assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
        assertThat(result.complaints()).as(result.err()).singleElement().asString().contains(part);
        assertThat(result.err()).doesNotContain("\tat ");
    }

    private List<Path> pictures() throws IOException {
        try (Stream<Path> files = Files.list(line.world().resolve("heldout/TUM"))) {
            return files.sorted().toList();
        }
    }

    private static byte[] jpegOf(Path media) throws IOException {
        try (Stream<Path> files = Files.list(media)) {
            Path largest =
                    files.filter(file -> file.toString().endsWith(".jpg"))
                            .max(Comparator.comparingLong(file -> file.toFile().length()))
                            .orElseThrow();
            return Files.readAllBytes(largest);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                Path target = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) Files.createDirectories(target);
                else Files.copy(path, target);
            }
        }
    }
}
