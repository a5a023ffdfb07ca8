package org.openplip.phantom;

import static org.openplip.phantom.Captions.pick;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.Json;
import org.openplip.io.Progress;

/// A small social medium in which the truth is known: posts around drawings of tissue, with the
/// mess of real ones, and for each what a perfect filter makes of it.
///
/// [#write] makes
///
/// - `posts.jsonl`: one post a line, field names of X's API v2, by date, and `truth`;
/// - `media/`: the posts' pictures, under names that say nothing;
/// - `heldout/CLASS/`, `heldout.csv` (`image,label,caption`): pictures for testing that are in no
///   post, but for the copies that the rule against leakage must find;
/// - `world.json`: seed, counts and the notice that all pictures are drawings.
///
/// `truth` of a post: `post`, `keep` or a [Reason]; `caption`, the text after cleaning (mentions,
/// hashtags, links, emoji and entities gone, white space single) or null where the post is left
/// out; `pictures`, by media key: `verdict`, what becomes of the pair of this text and this
/// picture, which is the post's reason where that is not `keep`; `class`, the tissue shown, or
/// null; `kind` (`tissue`, `chart`, `face`, `screenshot`, `gross`, `talk`, `landscape`, `missing`);
/// `of`, for a copy, the media key of the first appearance or the held-out file. The pictures of a
/// reply are those of the post in `pairs_with`; a reply's pair is no duplicate of its post's.
///
/// Of pictures that are the same, the one of the earliest kept post is kept.
public final class PhantomWorld {
    /// What was made.
    ///
    /// @param posts lines that are posts
    /// @param pairs pairs that a perfect filter keeps
    /// @param pictures files in `media/`
    public record Summary(int posts, int pairs, int pictures, int heldout) {}

    private static final String NOTICE =
            "Phantoms: these pictures are procedural drawings, not tissue; the posts and people are made"
                    + " up.";

    private static final Instant FIRST = Instant.parse("2020-01-01T00:00:00Z");

    /// The training data ends with 15 November 2022, the validation data with 15 January 2023, as
    /// in the paper.
    private static final Instant CUT = Instant.parse("2022-11-16T00:00:00Z");

    private static final Instant LAST = Instant.parse("2023-01-15T00:00:00Z");

    private static final double VALIDATION_SHARE = 0.09;

    private static final double REPLIED_SHARE = 0.18;

    /// Twitter's epoch: ids hold the milliseconds since then.
    private static final long SNOWFLAKE_EPOCH = 1288834974657L;

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final PhantomOptions options;
    private final SplittableRandom random;
    private final Set<Long> ids = new HashSet<>();
    private final Set<String> names = new HashSet<>();
    private final List<Heldout> heldout = new ArrayList<>();
    private final List<Post> posts = new ArrayList<>();

    /// Micrographs that are kept, by date: what later posts copy.
    private final List<Media> originals = new ArrayList<>();

    /// Each once, in the order of their posts.
    private final List<Media> media = new ArrayList<>();

    private record Heldout(String path, Picture.Tissue picture, String caption) {}

    /// A picture on a post.
    ///
    /// @param own why it would be left out even from a kept post
    private record Media(
            String key,
            String path,
            String url,
            Picture picture,
            @Nullable TissueClass tissue,
            @Nullable Reason own,
            @Nullable String of) {}

    private static final class Post {
        long id;
        Instant created = FIRST;
        int author;
        String text = "";
        @Nullable String language = "en";
        boolean sensitive;
        int likes;
        int replies;
        int retweets;
        long conversation;
        @Nullable String referenceType;
        long referenceId;
        final List<String> hashtags = new ArrayList<>();
        final List<String> urls = new ArrayList<>();
        final List<String> mentions = new ArrayList<>();
        List<Media> media = new ArrayList<>();
        @Nullable Reason reason;
        String caption = "";
        @Nullable Post answers;
    }

    private PhantomWorld(PhantomOptions options) {
        this.options = options;
        random = new SplittableRandom(options.seed());
    }

    /// Writes a world into `folder`, which is made; an older world in it is replaced. `world.json`
    /// is written last: where it stands, the world is whole.
    ///
    /// @throws IOException if a file cannot be written
    public static Summary write(Path folder, PhantomOptions options, Progress progress)
            throws IOException {
        PhantomWorld world = new PhantomWorld(options);
        world.planHeldout();
        world.planPosts();
        return world.save(folder, progress);
    }

    private void planHeldout() {
        for (TissueClass tissue : TissueClass.values()) {
            for (int i = 0; i < options.heldoutPerClass(); i++) {
                Attributes attributes = Attributes.random(tissue, random);
                heldout.add(
                        new Heldout(
                                "heldout/" + tissue + "/" + fileName() + ".jpg",
                                Picture.Tissue.random(tissue, attributes, random),
                                Captions.of(tissue, attributes, random)));
            }
        }
    }

    private void planPosts() {
        List<Integer> replies = new ArrayList<>();
        for (int lines = 0; lines < options.posts(); lines += 1 + replies.getLast()) {
            int room = options.posts() - lines - 1;
            replies.add(
                    random.nextDouble() < REPLIED_SHARE ? Math.min(room, random.nextInt(1, 5)) : 0);
        }
        long[] times = new long[replies.size()];
        for (int i = 0; i < times.length; i++) {
            boolean late = random.nextDouble() < VALIDATION_SHARE;
            // A day apart from the cut: replies lie on the same side as their post.
            times[i] =
                    late
                            ? random.nextLong(CUT.toEpochMilli(), LAST.toEpochMilli())
                            : random.nextLong(
                                    FIRST.toEpochMilli(), CUT.toEpochMilli() - 86_400_000);
        }
        // In the order of time, so that a copy always comes after what it copies.
        Arrays.sort(times);
        for (int i = 0; i < times.length; i++) {
            thread(Instant.ofEpochMilli(times[i]), replies.get(i));
        }
        posts.sort(Comparator.comparingLong(post -> post.id));
    }

    private void thread(Instant time, int replies) {
        double which = replies > 0 ? random.nextDouble(0.05, 1) : random.nextDouble();
        Post post = new Post();
        post.created = time;
        post.id = id(time);
        post.conversation = post.id;
        post.author = random.nextInt(1, 400);
        post.likes = (int) (Math.pow(random.nextDouble(), 3) * 300);
        post.retweets = post.likes / 5;
        if (which < 0.05 && !originals.isEmpty()) {
            retweet(post);
            posts.add(post);
            return;
        }
        TissueClass tissue = pick(TissueClass.values(), random);
        Attributes attributes = Attributes.random(tissue, random);
        String sentence = Captions.of(tissue, attributes, random);
        if (which < 0.08) {
            post.sensitive = true;
            post.reason = Reason.SENSITIVE;
            micrographs(post, tissue, attributes, 1);
            dress(post, aside(sentence));
        } else if (which < 0.17) {
            Phrases.Foreign foreign = pick(Phrases.FOREIGN, random);
            post.reason = Reason.NOT_ENGLISH;
            micrographs(post, tissue, attributes, 1);
            dress(post, List.of(foreign.text()));
            double tag = random.nextDouble();
            post.language =
                    tag < 0.9 ? foreign.language() : tag < 0.94 ? null : tag < 0.98 ? "und" : "en";
        } else if (which < 0.24) {
            post.reason = Reason.QUESTION;
            micrographs(post, tissue, attributes, 1);
            String question = pick(Phrases.QUESTIONS, random);
            dress(
                    post,
                    random.nextBoolean()
                            ? List.of(sentence, question)
                            : List.of(question, sentence));
        } else if (which < 0.27) {
            post.reason = Reason.TOO_SHORT;
            micrographs(post, tissue, attributes, 1);
            dress(post, List.of(pick(Phrases.SHORT, random)));
        } else if (which < 0.295) {
            post.reason = Reason.NO_PICTURE;
            dress(post, List.of(pick(Phrases.WITHOUT_PICTURES, random)));
        } else if (which < 0.33) {
            int count = random.nextInt(1, 3);
            for (int i = 0; i < count; i++) other(post);
            dress(post, List.of(pick(Phrases.TALK_OF_OTHER_THINGS, random)));
        } else {
            sentence = casePictures(post, tissue, attributes, sentence);
            dress(post, aside(sentence));
        }
        posts.add(post);
        if (replies > 0) replies(post, replies, tissue, attributes);
    }

    /// The pictures of an ordinary post; the caption that fits them comes back.
    private String casePictures(
            Post post, TissueClass tissue, Attributes attributes, String sentence) {
        double fate = random.nextDouble();
        if (fate < 0.075 && !originals.isEmpty()) {
            Media original = originals.get(random.nextInt(originals.size()));
            Picture.Tissue seen = (Picture.Tissue) original.picture();
            boolean same = random.nextInt(5) < 2;
            add(
                    post,
                    same ? seen : new Picture.PassedOn(seen, random.nextLong()),
                    seen.tissue(),
                    same ? Reason.DUPLICATE : Reason.NEAR_DUPLICATE,
                    original.key());
            return Captions.of(seen.tissue(), seen.attributes(), random);
        }
        if (fate < 0.085) {
            Heldout test = heldout.get(random.nextInt(heldout.size()));
            boolean same = random.nextBoolean();
            add(
                    post,
                    same ? test.picture() : new Picture.PassedOn(test.picture(), random.nextLong()),
                    test.picture().tissue(),
                    Reason.TEST_LEAK,
                    test.path());
            return Captions.of(test.picture().tissue(), test.picture().attributes(), random);
        }
        if (fate < 0.091) {
            Picture.Tissue whole = Picture.Tissue.random(tissue, attributes, random);
            add(
                    post,
                    random.nextBoolean() ? new Picture.Truncated(whole) : new Picture.Missing(),
                    tissue,
                    Reason.UNREADABLE_PICTURE,
                    null);
            return sentence;
        }
        double many = random.nextDouble();
        micrographs(
                post, tissue, attributes, many < 0.66 ? 1 : many < 0.86 ? 2 : many < 0.95 ? 3 : 4);
        originals.addAll(post.media);
        if (post.media.size() < 4 && random.nextDouble() < 0.07) other(post);
        return sentence;
    }

    /// Fields of one slide: drawings with the same attributes.
    private void micrographs(Post post, TissueClass tissue, Attributes attributes, int count) {
        for (int i = 0; i < count; i++) {
            add(post, Picture.Tissue.random(tissue, attributes, random), tissue, null, null);
        }
    }

    private void other(Post post) {
        NonPathology.Kind subject = pick(NonPathology.Kind.values(), random);
        add(
                post,
                new Picture.Other(subject, random.nextLong()),
                null,
                Reason.NOT_PATHOLOGY_PICTURE,
                null);
    }

    private void add(
            Post post,
            Picture picture,
            @Nullable TissueClass tissue,
            @Nullable Reason own,
            @Nullable String of) {
        String name = fileName();
        boolean png = picture instanceof Picture.Other other && other.png();
        String extension = png ? ".png" : ".jpg";
        Media made =
                new Media(
                        "3_" + id(post.created.minusSeconds(20)),
                        "media/" + name + extension,
                        "https://phantom.invalid/media/" + name + extension,
                        picture,
                        tissue,
                        own,
                        of);
        post.media.add(made);
        media.add(made);
    }

    private void retweet(Post post) {
        Post original;
        do {
            original = posts.get(random.nextInt(posts.size()));
        } while (original.reason == Reason.RETWEET || original.answers != null);
        post.reason = Reason.RETWEET;
        post.referenceType = "retweeted";
        post.referenceId = original.id;
        String author = Phrases.userName(original.author);
        post.text = "RT @" + author + ": " + original.text;
        post.mentions.add(author);
        post.hashtags.addAll(original.hashtags);
        post.language = original.language;
        post.sensitive = original.sensitive;
        post.media = original.media;
        post.likes = 0;
        original.retweets++;
    }

    /// Answers to a post: chatter, questions, and some that name what they see. The most liked of
    /// these makes a pair with the post's pictures.
    private void replies(Post parent, int count, TissueClass fallback, Attributes attributes) {
        TissueClass tissue = fallback;
        Attributes seen = attributes;
        if (!parent.media.isEmpty()) {
            Picture first = parent.media.getFirst().picture();
            Picture.Tissue shown =
                    first instanceof Picture.Tissue drawn
                            ? drawn
                            : first instanceof Picture.PassedOn passed ? passed.original() : null;
            if (shown != null) {
                tissue = shown.tissue();
                seen = shown.attributes();
            }
        }
        boolean open =
                parent.reason != Reason.SENSITIVE
                        && parent.reason != Reason.NOT_ENGLISH
                        && parent.reason != Reason.RETWEET;
        int keyworded = random.nextInt(10) < 7 ? random.nextInt(count + 1) : 0;
        if (random.nextInt(10) < 4) keyworded = Math.max(1, keyworded);
        List<Post> replies = new ArrayList<>();
        Set<Integer> likes = new HashSet<>();
        Post chosen = null;
        for (int i = 0; i < count; i++) {
            Post reply = new Post();
            reply.created = parent.created.plusSeconds(random.nextLong(120, 60_000));
            reply.id = id(reply.created);
            reply.conversation = parent.id;
            reply.referenceType = "replied_to";
            reply.referenceId = parent.id;
            reply.author = random.nextInt(400, 900);
            reply.answers = parent;
            do {
                reply.likes = random.nextInt(40);
            } while (!likes.add(reply.likes));
            String text;
            if (i < keyworded) {
                text = Captions.reply(tissue, seen, random);
                if (chosen == null || reply.likes > chosen.likes) chosen = reply;
                reply.reason = Reason.REPLY_NOT_CHOSEN;
            } else {
                double which = random.nextDouble();
                if (which < 0.1) {
                    Phrases.Foreign foreign = pick(Phrases.FOREIGN, random);
                    text = foreign.text();
                    reply.language = foreign.language();
                    reply.reason = Reason.NOT_ENGLISH;
                } else if (which < 0.2) {
                    // The least liked, so that a filter may choose before or after this rule.
                    text = pick(Phrases.REPLY_QUESTIONS, random);
                    reply.likes = -1;
                    reply.reason = Reason.QUESTION;
                } else {
                    text = pick(Phrases.CHATTER, random);
                    reply.reason = Reason.REPLY_NOT_CHOSEN;
                }
            }
            String language = reply.language;
            String author = Phrases.userName(parent.author);
            dress(reply, List.of(text));
            if (reply.reason == Reason.NOT_ENGLISH) reply.language = language;
            reply.text = "@" + author + " " + reply.text;
            reply.mentions.addFirst(author);
            replies.add(reply);
        }
        if (chosen != null && open) {
            chosen.reason = parent.media.isEmpty() ? Reason.NO_PICTURE : null;
        }
        for (Post reply : replies) reply.likes++;
        parent.replies = replies.size();
        posts.addAll(replies);
    }

    private List<String> aside(String sentence) {
        double where = random.nextDouble();
        if (where < 0.14) return List.of(pick(Phrases.ASIDES, random), sentence);
        if (where < 0.28) return List.of(sentence, pick(Phrases.ASIDES, random));
        return List.of(sentence);
    }

    /// Turns sentences into the text of a post: emoji, line breaks, mentions, hashtags, the link to
    /// the pictures, and the entities that the API writes.
    private void dress(Post post, List<String> sentences) {
        post.caption = String.join(" ", sentences).strip();
        boolean reply = post.answers != null;
        StringBuilder text = new StringBuilder();
        if (!reply && random.nextInt(14) == 0) {
            String somebody = Phrases.userName(random.nextInt(1, 400));
            text.append('@').append(somebody).append(' ');
            post.mentions.add(somebody);
        }
        if (random.nextInt(8) == 0) text.append(pick(Phrases.EMOJI, random)).append(' ');
        String between = random.nextInt(3) == 0 ? "\n" : random.nextInt(6) == 0 ? " 🔬 " : " ";
        text.append(String.join(between, sentences));
        if (random.nextInt(4) == 0) text.append(' ').append(pick(Phrases.EMOJI, random));
        int tags = reply ? random.nextInt(2) : random.nextInt(1, 4);
        String gap = random.nextInt(3) == 0 ? "\n\n" : " ";
        for (int i = 0; i < tags; i++) {
            String tag =
                    random.nextInt(10) < 7 || (i == 0 && !reply)
                            ? pick(Phrases.PATHOLOGY_TAGS, random)
                            : pick(Phrases.OTHER_TAGS, random);
            if (post.hashtags.contains(tag)) continue;
            text.append(i == 0 ? gap : " ").append('#').append(tag);
            post.hashtags.add(tag);
        }
        if (!reply && random.nextInt(12) == 0) {
            String somebody = Phrases.userName(random.nextInt(1, 400));
            text.append(" @").append(somebody);
            post.mentions.add(somebody);
        }
        if (!post.media.isEmpty() || random.nextInt(10) == 0) {
            String link = "https://t.co/" + fileName().substring(0, 10);
            text.append(' ').append(link);
            post.urls.add(link);
        }
        post.text =
                text.toString()
                        .strip()
                        .replace("&", "&amp;")
                        .replace("<", "&lt;")
                        .replace(">", "&gt;");
        double tag = random.nextDouble();
        post.language = tag < 0.92 ? "en" : tag < 0.97 ? null : "und";
    }

    private long id(Instant time) {
        long made;
        do {
            made = (time.toEpochMilli() - SNOWFLAKE_EPOCH) << 22 | random.nextInt(1 << 22);
        } while (!ids.add(made));
        return made;
    }

    private String fileName() {
        String name;
        do {
            StringBuilder letters = new StringBuilder();
            for (int i = 0; i < 16; i++) {
                letters.append("abcdefghijklmnopqrstuvwxyz234567".charAt(random.nextInt(32)));
            }
            name = letters.toString();
        } while (!names.add(name));
        return name;
    }

    private static @Nullable Reason verdict(Post post, Media picture) {
        return post.reason != null ? post.reason : picture.own();
    }

    private static String word(@Nullable Reason reason) {
        return reason == null ? "keep" : reason.word();
    }

    private Map<String, Object> json(Post post) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("id", String.valueOf(post.id));
        line.put("text", post.text);
        line.put("created_at", post.created.toString());
        line.put("author_id", String.valueOf(100_000 + post.author));
        line.put("conversation_id", String.valueOf(post.conversation));
        if (post.language != null) line.put("lang", post.language);
        line.put("possibly_sensitive", post.sensitive);
        Map<String, Object> metrics = new LinkedHashMap<>();
        metrics.put("like_count", post.likes);
        metrics.put("reply_count", post.replies);
        metrics.put("retweet_count", post.retweets);
        line.put("public_metrics", metrics);
        if (post.referenceType != null) {
            Map<String, Object> reference = new LinkedHashMap<>();
            reference.put("type", post.referenceType);
            reference.put("id", String.valueOf(post.referenceId));
            line.put("referenced_tweets", List.of(reference));
        }
        Map<String, Object> entities = new LinkedHashMap<>();
        entities.put("hashtags", post.hashtags.stream().map(tag -> Map.of("tag", tag)).toList());
        entities.put("urls", post.urls.stream().map(url -> Map.of("url", url)).toList());
        entities.put(
                "mentions", post.mentions.stream().map(user -> Map.of("username", user)).toList());
        line.put("entities", entities);
        if (!post.media.isEmpty()) {
            line.put(
                    "attachments",
                    Map.of("media_keys", post.media.stream().map(Media::key).toList()));
            List<Map<String, Object>> files = new ArrayList<>();
            for (Media picture : post.media) {
                Map<String, Object> file = new LinkedHashMap<>();
                file.put("media_key", picture.key());
                file.put("type", "photo");
                file.put("path", picture.path());
                file.put("url", picture.url());
                files.add(file);
            }
            line.put("media", files);
        }
        line.put("truth", truth(post));
        return line;
    }

    private static Map<String, Object> truth(Post post) {
        Map<String, Object> truth = new LinkedHashMap<>();
        truth.put("post", word(post.reason));
        truth.put("caption", post.reason == null ? post.caption : null);
        if (post.answers != null) truth.put("pairs_with", String.valueOf(post.answers.id));
        Map<String, Object> pictures = new LinkedHashMap<>();
        List<Media> shown = post.answers == null ? post.media : post.answers.media;
        for (Media picture : shown) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("verdict", word(verdict(post, picture)));
            one.put("class", picture.tissue() == null ? null : picture.tissue().name());
            one.put("kind", picture.picture().kind());
            if (picture.of() != null) one.put("of", picture.of());
            pictures.put(picture.key(), one);
        }
        truth.put("pictures", pictures);
        return truth;
    }

    private record PictureFile(Path file, Picture picture) {}

    private Summary save(Path folder, Progress progress) throws IOException {
        Files.createDirectories(folder);
        Files.deleteIfExists(folder.resolve("world.json"));
        clear(folder.resolve("media"));
        List<PictureFile> files = new ArrayList<>();
        for (TissueClass tissue : TissueClass.values()) {
            clear(folder.resolve("heldout").resolve(tissue.name()));
        }
        for (Heldout test : heldout) {
            files.add(new PictureFile(folder.resolve(test.path()), test.picture()));
        }
        for (Media picture : media) {
            files.add(new PictureFile(folder.resolve(picture.path()), picture.picture()));
        }
        draw(files, progress);

        List<String> lines = new ArrayList<>();
        int pairs = 0;
        Map<String, Integer> postVerdicts = new TreeMap<>();
        Map<String, Integer> pairVerdicts = new TreeMap<>();
        Map<String, Integer> kept = new TreeMap<>();
        for (Post post : posts) {
            lines.add(MAPPER.writeValueAsString(json(post)));
            postVerdicts.merge(word(post.reason), 1, Integer::sum);
            List<Media> shown = post.answers == null ? post.media : post.answers.media;
            for (Media picture : shown) {
                Reason reason = verdict(post, picture);
                pairVerdicts.merge(word(reason), 1, Integer::sum);
                if (reason == null) {
                    pairs++;
                    kept.merge(String.valueOf(picture.tissue()), 1, Integer::sum);
                }
            }
        }
        // Two lines as a crash and a stray log leave them.
        int broken = lines.size() / 3;
        String victim = lines.get(broken);
        lines.add(broken, victim.substring(0, victim.length() * 2 / 5));
        int stray = lines.size() * 2 / 3;
        lines.add(stray, "WARN rate limit reached, sleeping 900 s");
        AtomicFiles.write(
                folder.resolve("posts.jsonl"),
                out -> {
                    for (String line : lines) {
                        out.write(line.getBytes(StandardCharsets.UTF_8));
                        out.write('\n');
                    }
                });

        StringBuilder csv = new StringBuilder("image,label,caption\n");
        for (Heldout test : heldout) {
            csv.append(test.path())
                    .append(',')
                    .append(test.picture().tissue())
                    .append(",\"")
                    .append(test.caption().replace("\"", "\"\""))
                    .append("\"\n");
        }
        AtomicFiles.writeString(folder.resolve("heldout.csv"), csv.toString());

        Map<String, Object> world = new LinkedHashMap<>();
        world.put("notice", NOTICE);
        world.put("seed", options.seed());
        world.put("posts", posts.size());
        world.put("malformedLines", List.of(broken + 1, stray + 1));
        world.put("heldoutPerClass", options.heldoutPerClass());
        world.put("heldout", heldout.size());
        world.put("pictures", media.size());
        world.put("pairs", pairs);
        world.put("pairsByClass", kept);
        world.put("postVerdicts", postVerdicts);
        world.put("pairVerdicts", pairVerdicts);
        world.put("trainBefore", CUT.toString());
        Json.write(folder.resolve("world.json"), world);
        return new Summary(posts.size(), pairs, media.size(), heldout.size());
    }

    /// Removes the pictures of an older world, known by their names, and makes the folder.
    private static void clear(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (DirectoryStream<Path> old = Files.newDirectoryStream(folder)) {
            for (Path file : old) {
                if (file.getFileName().toString().matches("[a-z2-7]{16}\\.(jpg|png)")) {
                    Files.delete(file);
                }
            }
        }
    }

    private void draw(List<PictureFile> files, Progress progress) throws IOException {
        ExecutorService pool = Executors.newFixedThreadPool(options.threads());
        try (Progress.Task task = progress.begin("drawing pictures", files.size())) {
            ExecutorCompletionService<Boolean> done = new ExecutorCompletionService<>(pool);
            for (PictureFile one : files) {
                done.submit(
                        () -> {
                            if (!(one.picture() instanceof Picture.Missing)) {
                                Files.write(one.file(), one.picture().bytes());
                            }
                            return true;
                        });
            }
            for (PictureFile _ : files) {
                done.take().get();
                task.advance(1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while drawing", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) throw cause;
            throw new IllegalStateException(e.getCause());
        } finally {
            pool.shutdownNow();
        }
    }
}
