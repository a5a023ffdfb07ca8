package org.openplip.bench;

import java.io.BufferedWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.openplip.io.AtomicFiles;
import org.openplip.io.Progress;
import org.openplip.openpath.BuildConfig;
import org.openplip.openpath.BuildSettings;
import org.openplip.openpath.BuildSummary;
import org.openplip.openpath.FlowStep;
import org.openplip.openpath.OpenPathBuild;

/// How long a build over many posts takes and what it holds in memory. One size in a process, so
/// that the peak is that of this size:
///
///     java -Xmx2g ... org.openplip.bench.BuildScale 1000000 2 FOLDER
///
/// prints posts, seconds, posts a second, the largest heap that a full collection left (one every
/// five seconds), the peak of resident memory, and rows of `rejected.parquet`. Posts are made up of
/// the paper's hashtags and a hundred words; a third passes all rules for texts, none has a picture
/// that was fetched. One line of all is malformed.
final class BuildScale {
    private static final String[] WORDS =
            ("carcinoma adenoma gland stroma nuclei mitosis biopsy margin lesion tumor the a of in"
                            + " with and this case shows patient beautiful classic features cells"
                            + " skin lung colon kidney breast section stain left right upper lower"
                            + " field power high low spindle giant necrosis granuloma invasive")
                    .split(" ");
    private static final String[] SPANISH =
            "el caso de una paciente con lesion en la piel y los margenes del tumor que se ve"
                    .split(" ");

    private BuildScale() {}

    public static void main(String[] args) throws Exception {
        int posts = Integer.parseInt(args[0]);
        int threads = Integer.parseInt(args[1]);
        Path folder = Path.of(args[2]);
        Files.createDirectories(folder);
        Path file = folder.resolve("posts.jsonl");
        write(file, posts);
        AtomicLong largest = new AtomicLong();
        Thread collector =
                Thread.ofPlatform()
                        .daemon()
                        .start(
                                () -> {
                                    while (true) {
                                        try {
                                            Thread.sleep(5000);
                                        } catch (InterruptedException _) {
                                            return;
                                        }
                                        largest.accumulateAndGet(live(), Math::max);
                                    }
                                });
        long start = System.nanoTime();
        BuildSummary summary =
                OpenPathBuild.run(
                        new BuildConfig(
                                List.of(file),
                                folder.resolve("release"),
                                List.of(),
                                null,
                                null,
                                threads,
                                BuildSettings.defaults()),
                        Progress.none());
        double seconds = (System.nanoTime() - start) / 1e9;
        collector.interrupt();
        largest.accumulateAndGet(live(), Math::max);
        FlowStep parse = summary.flow().getFirst();
        if (parse.in() != posts || parse.in() - parse.out() != 1) {
            throw new IllegalStateException(
                    "expected one reject of %d lines: %s".formatted(posts, parse));
        }
        System.out.printf(
                Locale.ROOT,
                "| %d | %.0f | %.0f | %d | %d | %d |%n",
                posts,
                seconds,
                posts / seconds,
                largest.get() >> 20,
                kilobytes("VmHWM") >> 10,
                summary.rejected());
        AtomicFiles.deleteTree(folder);
    }

    private static long live() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static void write(Path file, int posts) throws IOException {
        Random random = new Random(7);
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (int i = 0; i < posts; i++) {
                if (i == posts / 2) {
                    out.write("{\"id\":\"cut off");
                } else {
                    out.write(post(random, i));
                }
                out.write('\n');
            }
        }
    }

    private static String post(Random random, int number) {
        String[] words = random.nextInt(8) == 0 ? SPANISH : WORDS;
        StringBuilder text = new StringBuilder(random.nextInt(6) == 0 ? "RT @somebody" : "Case:");
        for (int i = 8 + random.nextInt(24); i > 0; i--) {
            text.append(' ').append(words[random.nextInt(words.length)]);
        }
        text.append(random.nextInt(10) == 0 ? "? " : ". ");
        boolean answer = random.nextInt(3) == 0;
        text.append(answer ? "" : "#GIPath #pathology https://t.co/").append(number);
        String role =
                answer
                        ? "\"referenced_tweets\":[{\"type\":\"replied_to\",\"id\":\"%d\"}]"
                                .formatted(1_000_000_000_000L + random.nextInt(number + 1))
                        : ("\"entities\":{\"hashtags\":[{\"tag\":\"GIPath\"},{\"tag\":\"pathology\"}]},"
                                        + "\"media\":[{\"media_key\":\"3_%d\",\"type\":\"photo\","
                                        + "\"url\":\"https://pbs.example/%d.jpg\"}]")
                                .formatted(number, number);
        return ("{\"id\":\"%d\",\"text\":\"%s\",\"created_at\":\"%s\",\"author_id\":\"%d\","
                        + "\"lang\":\"en\",\"public_metrics\":{\"like_count\":%d},%s}")
                .formatted(
                        1_000_000_000_000L + number,
                        text,
                        Instant.ofEpochSecond(1_400_000_000L + random.nextInt(270_000_000)),
                        random.nextInt(200_000),
                        random.nextInt(50),
                        role);
    }

    private static long kilobytes(String field) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith(field + ":"))
                .map(line -> line.replaceAll("[^0-9]", ""))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElseThrow();
    }
}
