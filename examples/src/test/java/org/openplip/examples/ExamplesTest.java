package org.openplip.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openplip.Checkpoint;
import org.openplip.Embeddings;
import org.openplip.Plip;
import org.openplip.image.ImageEncoder;
import org.openplip.image.ImagePreprocessor;
import org.openplip.image.RgbImage;
import org.openplip.io.Npy;
import org.openplip.model.Clip;
import org.openplip.model.ClipConfig;
import org.openplip.tokenizer.ClipTokenizer;

/// Runs every example on a small checkpoint with random weights, and holds the Java of the
/// documents to them.
@SuppressWarnings("NullAway.Init") // set before all tests
class ExamplesTest {
    private static final Path HOME = Path.of("..");

    @TempDir private static Path folder;
    private static Path checkpoint;
    private static Path pictures;

    /// Four pictures of one colour each, then a text file.
    @BeforeAll
    static void make() throws IOException {
        checkpoint = folder.resolve("checkpoint");
        ClipTokenizer tokenizer = ClipTokenizer.train(List.of("an H&E image of mucus"), 530);
        ClipConfig config =
                new ClipConfig(
                        ClipConfig.Vision.of(32, 2, 2, 32, 8),
                        ClipConfig.Text.of(16, 2, 2, tokenizer.vocabularySize(), 16),
                        24);
        try (Clip clip = Clip.random(config, 7)) {
            Checkpoint.write(checkpoint, clip, tokenizer, ImagePreprocessor.clip(32));
        }
        pictures = Files.createDirectories(folder.resolve("pictures"));
        Random random = new Random(1);
        for (int i = 0; i < 4; i++) {
            byte[] pixels = new byte[3 * 40 * 40];
            byte[] colour = new byte[3];
            random.nextBytes(colour);
            for (int p = 0; p < pixels.length; p++) pixels[p] = colour[p % 3];
            Files.write(
                    pictures.resolve(i + ".png"), ImageEncoder.png(new RgbImage(40, 40, pixels)));
        }
        Files.writeString(pictures.resolve("notes.txt"), "not a picture");
    }

    private interface Example {
        void main(String[] arguments) throws IOException;
    }

    /// The lines that an example prints.
    private static List<String> run(Example example, Object... arguments) throws IOException {
        PrintStream before = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            example.main(Stream.of(arguments).map(Object::toString).toArray(String[]::new));
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static Object[] withPictures(Object... first) {
        List<Object> all = new ArrayList<>(Arrays.asList(first));
        for (int i = 0; i < 4; i++) all.add(pictures.resolve(i + ".png"));
        return all.toArray();
    }

    @Test
    void quickLookSaysTheLabelOfEachPicture() throws IOException {
        List<String> lines = run(QuickLook::main, withPictures(checkpoint));
        assertThat(lines).hasSize(4);
        assertThat(lines.get(2))
                .matches(".*2\\.png: (tumor|normal) \\([01]\\.\\d\\d\\); mucus -?0\\.\\d\\d");
    }

    @Test
    void picturesAreEmbeddedInOneMatrix() throws IOException {
        Path out = folder.resolve("images.npy");
        assertThat(run(EmbedPictures::main, withPictures(checkpoint, out)))
                .containsExactly("4 pictures x 24");
        assertThat(Npy.read(out)).hasDimensions(4, 24);
    }

    @Test
    void captionsAreEmbeddedALineEach() throws IOException {
        Path captions = Files.writeString(folder.resolve("captions.txt"), "mucus\nan image\n");
        List<String> lines = run(EmbedCaptions::main, checkpoint, captions);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(1)).startsWith("1: 24 numbers, first ");
    }

    @Test
    void aFolderIsStreamedWithItsUnreadableFiles() throws IOException {
        assertThat(run(StreamFolder::main, checkpoint, pictures))
                .hasSize(2)
                .endsWith("4 embedded")
                .first()
                .asString()
                .startsWith("notes.txt: is not a");
    }

    @Test
    void zeroShotSaysTheProbabilityOfEveryLabel() throws IOException {
        assertThat(run(ZeroShot::main, withPictures(checkpoint)))
                .hasSize(4)
                .allMatch(
                        line -> line.matches("\\w+ \\{tumor=[^,]+, normal=[^,]+, mucus=[^,]+\\}"));
    }

    @Test
    void memoryAndIndexFindTheSamePictures() throws IOException {
        List<String> inMemory = run(Nearest::main, withPictures(checkpoint, "mucus"));
        List<String> indexed =
                run(Search::main, withPictures(checkpoint, folder.resolve("index"), "mucus"));
        assertThat(inMemory).hasSize(3);
        assertThat(indexed)
                .extracting(line -> line.split(" ")[1])
                .isEqualTo(inMemory.stream().map(line -> line.split(" ")[1]).toList());
        // By hand: the best of all four.
        try (Plip plip = Plip.load(checkpoint)) {
            float[] query = plip.encodeTexts(List.of("mucus"))[0];
            float best = -1;
            for (int i = 0; i < 4; i++) {
                List<Path> one = List.of(pictures.resolve(i + ".png"));
                best = Math.max(best, Embeddings.similarity(query, plip.encodeImages(one)[0]));
            }
            assertThat(inMemory.getFirst()).startsWith("%.4f ".formatted(best));
        }
    }

    @Test
    void aSlideIsAskedForAPhrase() throws IOException {
        Path slide = HOME.resolve("data/CMU-1-Small-Region.svs");
        assertThat(run(SlideMap::main, checkpoint, slide, "mucus"))
                .hasSize(3)
                .allMatch(line -> line.matches("-?\\d\\.\\d{4} at \\d+, \\d+"));
    }

    @Test
    void networksWithoutCaptionsAreAskedTheSameWay() throws IOException {
        Path densenet = HOME.resolve("core/src/test/resources/towers/densenet.pth");
        assertThat(run(OtherNetworks::main, withPictures(densenet)))
                .singleElement()
                .asString()
                .startsWith("4 pictures x ");
    }

    /// Every Java block of the documents is what an example shows between `// show` and `// end`.
    @Test
    void theJavaOfTheDocumentsIsThatOfTheExamples() throws IOException {
        List<String> shown = new ArrayList<>();
        try (Stream<Path> sources =
                Files.list(HOME.resolve("examples/src/main/java/org/openplip/examples"))) {
            for (Path source : sources.toList()) {
                for (String part : parts("// show\n(.*?)\n *// end", Files.readString(source))) {
                    shown.add(part.stripIndent());
                }
            }
        }
        for (String document : List.of("README.md", "docs/GUIDE.md")) {
            List<String> blocks =
                    parts("```java\n(.*?)\n```", Files.readString(HOME.resolve(document)));
            assertThat(blocks).as(document).isNotEmpty();
            assertThat(shown).as(document).containsAll(blocks);
        }
    }

    private static List<String> parts(String pattern, String text) {
        List<String> parts = new ArrayList<>();
        Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(text);
        while (matcher.find()) parts.add(matcher.group(1));
        return parts;
    }
}
