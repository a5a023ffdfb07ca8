package org.openplip.phantom;

import static org.openplip.phantom.Captions.pick;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.io.Progress;

/// Posts with known truth and no drawings: millions of lines in the format of [PhantomWorld]'s
/// `posts.jsonl`, in constant memory, for the rules that read texts. The texts are harder than a
/// world's: bare terms and abbreviations, foreign names, hashtags inside sentences, characters of
/// no width, marks of direction, entities by number, question marks as emoji, reposts without the
/// flag.
///
/// A conversation's lines follow each other, the post first; conversations are in the order of
/// time, spread evenly over three years.
///
/// `truth` of a post: `faults`, the [Fault]s of its text, each judged by itself; `post`, `keep` or
/// the [Reason] of the first of them, `reply_not_chosen` for a reply that names nothing or lost to
/// another; `caption`, the text after cleaning, or null where there is a fault. There is no truth
/// of pictures.
public final class PhantomPosts {
    /// What a rule has to find in the text of one post, in the order of the rules.
    public enum Fault {
        RETWEET,
        SENSITIVE,
        /// A post that is no reply has none of the hashtags that OpenPath was collected by.
        NO_HASHTAG,
        NOT_ENGLISH,
        /// A reply names nothing of pathology.
        NO_KEYWORD,
        QUESTION,
        TOO_SHORT;

        /// As it stands in `faults`.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final long FIRST = Instant.parse("2020-01-01T00:00:00Z").toEpochMilli();
    private static final long LAST = Instant.parse("2023-01-15T00:00:00Z").toEpochMilli();

    /// Twitter's epoch: ids hold the milliseconds since then.
    private static final long SNOWFLAKE_EPOCH = 1288834974657L;

    private static final int REMEMBERED = 64;
    private static final int LEAST_WORDS = 3;

    /// Every so many posts the progress is told.
    private static final int STEP = 10_000;

    private static final class Draft {
        final long id;
        final long created;
        final @Nullable Draft answers;
        int author;
        final StringBuilder text = new StringBuilder();
        final StringBuilder caption = new StringBuilder();
        final Set<Fault> faults = EnumSet.noneOf(Fault.class);
        final List<String> hashtags = new ArrayList<>();
        @Nullable String language = "en";
        int likes;
        int replies;
        int pictures;
        @Nullable String referenceType;
        long referenceId;
        boolean chosen;

        Draft(long id, long created, @Nullable Draft answers) {
            this.id = id;
            this.created = created;
            this.answers = answers;
        }

        /// Words of the caption.
        Draft say(String words) {
            if (words.isEmpty()) return this;
            gap();
            for (int i = 0; i < words.length(); i++) {
                char c = words.charAt(i);
                switch (c) {
                    case '&' -> text.append("&amp;");
                    case '<' -> text.append("&lt;");
                    case '>' -> text.append("&gt;");
                    default -> text.append(c);
                }
            }
            if (!caption.isEmpty()) caption.append(' ');
            caption.append(words);
            return this;
        }

        /// What a cleaned caption does not have.
        Draft dress(String noise) {
            gap();
            text.append(noise);
            return this;
        }

        private void gap() {
            if (!text.isEmpty()) text.append(' ');
        }
    }

    private final SplittableRandom random;
    private final long posts;
    private final List<String> pictures;
    private final JsonGenerator json;
    private final Draft[] remembered = new Draft[REMEMBERED];
    private long written;
    private long conversations;
    private long picturesShown;

    private PhantomPosts(OutputStream out, long posts, long seed, List<String> pictures)
            throws IOException {
        if (posts < 1) throw new IllegalArgumentException("posts: expected at least 1: " + posts);
        this.random = new SplittableRandom(seed);
        this.posts = posts;
        this.pictures = List.copyOf(pictures);
        this.json = new JsonFactory().createGenerator(out);
        json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        json.setRootValueSeparator(new SerializedString("\n"));
    }

    /// Writes `posts` lines into `file`.
    ///
    /// @param pictures paths that the posts' photos have, in turn; empty for photos that were not
    ///   fetched
    public static void write(
            Path file, long posts, long seed, List<String> pictures, Progress progress)
            throws IOException {
        AtomicFiles.write(file, out -> write(out, posts, seed, pictures, progress));
    }

    /// Writes `posts` lines to `out`, the same for the same seed, byte for byte; `out` stays open.
    public static void write(
            OutputStream out, long posts, long seed, List<String> pictures, Progress progress)
            throws IOException {
        PhantomPosts made = new PhantomPosts(out, posts, seed, pictures);
        try (Progress.Task task = progress.begin("writing posts", posts);
                JsonGenerator closed = made.json) {
            long told = 0;
            while (made.written < posts) {
                made.conversation();
                if (made.written - told >= STEP) {
                    task.advance(made.written - told);
                    told = made.written;
                }
            }
            task.advance(made.written - told);
            closed.writeRaw('\n');
        }
    }

    private void conversation() throws IOException {
        int replies = 0;
        if (random.nextInt(100) < 18) replies = random.nextInt(1, 5);
        replies = (int) Math.min(replies, posts - written - 1);
        double share = (double) written / posts;
        long time = FIRST + (long) ((LAST - FIRST) * share);
        Draft post = draft(time, null, 0);
        post.author = random.nextInt(1, 20_000);
        post.likes = (int) (Math.pow(random.nextDouble(), 3) * 300);
        post.replies = replies;
        Draft seen = remembered[(int) (conversations % REMEMBERED)];
        if (seen != null && replies == 0 && random.nextInt(100) < 6) {
            repost(post, seen);
            put(post);
            return;
        }
        compose(post);
        remembered[(int) (conversations % REMEMBERED)] = post;
        conversations++;
        if (replies == 0) {
            put(post);
            return;
        }
        List<Draft> answers = replies(post, replies);
        put(post);
        for (Draft answer : answers) put(answer);
    }

    private Draft draft(long time, @Nullable Draft answers, int place) {
        long id = (time - SNOWFLAKE_EPOCH) << 22 | (written + place) % (1 << 22);
        return new Draft(id, time, answers);
    }

    private void compose(Draft post) {
        post.pictures =
                random.nextInt(30) == 0 ? 0 : 1 + (int) (3.2 * Math.pow(random.nextDouble(), 3));
        if (random.nextInt(100) < 3) post.faults.add(Fault.SENSITIVE);
        if (random.nextInt(50) == 0) {
            post.referenceType = "quoted";
            post.referenceId = post.id - (1L << 40);
        }
        int which = random.nextInt(100);
        if (random.nextInt(14) == 0) post.dress("@" + somebody());
        if (random.nextInt(9) == 0) post.dress(pick(Phrases.EMOJI, random));
        if (which < 9) {
            foreign(post);
        } else if (which < 12) {
            post.say(pick(Phrases.SHORT, random).replaceAll("[^A-Za-z !.]", "").strip());
        } else {
            boolean asks = which < 19;
            if (asks && random.nextBoolean()) ask(post);
            body(post);
            if (asks && !post.faults.contains(Fault.QUESTION)) ask(post);
        }
        if (random.nextInt(5) == 0) post.dress(pick(Phrases.EMOJI, random));
        tags(post);
        if (random.nextInt(12) == 0) post.dress("@" + somebody());
        if (post.pictures > 0) post.dress(link());
        finish(post);
    }

    /// An English caption, in one of the ways in which texts are hard to clean.
    private void body(Draft post) {
        if (random.nextInt(8) == 0) post.say(pick(Phrases.ASIDES, random));
        TissueClass tissue = pick(TissueClass.values(), random);
        String sentence =
                random.nextInt(3) == 0
                        ? ClinicalPhrases.caption(random)
                        : Captions.of(tissue, Attributes.random(tissue, random), random);
        int space = sentence.indexOf(' ');
        switch (random.nextInt(24)) {
            case 0 -> {
                // A hashtag and a link with a question mark inside the sentence.
                post.say(sentence.substring(0, space))
                        .dress("#" + pick(Phrases.OTHER_TAGS, random));
                post.dress("https://example.org/case?id=" + random.nextInt(1000));
                post.say(sentence.substring(space + 1));
            }
            case 1 -> {
                // A character of no width inside a word.
                post.say(sentence);
                int at = post.text.length() - 3;
                if (!sentence.contains("&")) {
                    post.text.insert(at, random.nextBoolean() ? '\u200b' : '\u00ad');
                }
            }
            case 2 -> post.dress("\u200e").say(sentence).dress("\u200f");
            case 3 -> {
                int at = post.text.length() + (post.text.isEmpty() ? 0 : 1);
                post.say(sentence);
                int first = post.text.indexOf(" ", at);
                post.text.replace(first, first + 1, random.nextBoolean() ? "&nbsp;" : "&#32;");
            }
            case 4 -> post.say(sentence).dress("<br>").dress("\r\n\t");
            case 5 -> post.say(sentence).say("It’s 40° &c., “as is” … done.");
            case 6 -> post.dress("<b>").say(sentence).dress("</b>");
            default -> post.say(sentence);
        }
        if (random.nextInt(8) == 0) post.say(pick(Phrases.ASIDES, random));
    }

    private void ask(Draft post) {
        post.faults.add(Fault.QUESTION);
        if (random.nextInt(3) > 0) {
            post.say(pick(Phrases.QUESTIONS, random));
        } else if (random.nextInt(3) > 0) {
            post.dress(pick(ClinicalPhrases.QUESTIONS, random));
        } else {
            post.dress("What is it&#63;");
        }
    }

    private void foreign(Draft post) {
        post.faults.add(Fault.NOT_ENGLISH);
        String text;
        if (random.nextInt(4) == 0) {
            Phrases.Foreign foreign = pick(Phrases.FOREIGN, random);
            text = foreign.text();
            post.language = foreign.language();
        } else {
            ForeignPhrases phrases = pick(ForeignPhrases.ALL, random);
            text = phrases.sentence(random);
            post.language = phrases.language();
        }
        post.say(text);
        switch (random.nextInt(16)) {
            case 0 -> post.say("H&E follow-up");
            case 1 -> {
                post.say(post.language.equals("ar") ? "؟" : "?");
                post.faults.add(Fault.QUESTION);
            }
            default -> {}
        }
        double tag = random.nextDouble();
        if (tag > 0.94) post.language = tag < 0.98 ? "und" : tag < 0.995 ? null : "en";
    }

    private void tags(Draft post) {
        int others = random.nextInt(3);
        if (random.nextInt(25) == 0) {
            post.faults.add(Fault.NO_HASHTAG);
            for (int i = 0; i < others; i++) tag(post, pick(Phrases.OTHER_TAGS, random));
            if (random.nextInt(3) == 0) tag(post, pick(Phrases.PATHOLOGY_TAGS, random) + "2022");
            return;
        }
        String tag = pick(Phrases.PATHOLOGY_TAGS, random);
        int letters = random.nextInt(10);
        if (letters == 0) tag = tag.toUpperCase(Locale.ROOT);
        if (letters == 1) tag = tag.toLowerCase(Locale.ROOT);
        if (random.nextInt(3) == 0) post.dress("\n");
        tag(post, tag);
        for (int i = 0; i < others; i++) {
            tag(
                    post,
                    pick(
                            random.nextBoolean() ? Phrases.OTHER_TAGS : Phrases.PATHOLOGY_TAGS,
                            random));
        }
    }

    private static void tag(Draft post, String tag) {
        if (post.hashtags.contains(tag)) return;
        post.dress("#" + tag);
        post.hashtags.add(tag);
    }

    /// Counts words, and has the source guess the language.
    private void finish(Draft post) {
        if (words(post.caption) < LEAST_WORDS) post.faults.add(Fault.TOO_SHORT);
        if (post.faults.contains(Fault.NOT_ENGLISH)) return;
        double tag = random.nextDouble();
        post.language = tag < 0.92 ? "en" : tag < 0.96 ? null : "und";
        // Now and then the source is wrong; of a word or two nobody could tell.
        if (tag > 0.996 && !post.faults.contains(Fault.TOO_SHORT)) {
            post.language = tag < 0.998 ? "ro" : "ca";
        }
    }

    private void repost(Draft post, Draft seen) {
        post.author = random.nextInt(1, 20_000);
        post.pictures = seen.pictures;
        post.faults.addAll(seen.faults);
        post.faults.add(Fault.RETWEET);
        post.language = seen.language;
        post.hashtags.addAll(seen.hashtags);
        post.likes = 0;
        String before =
                switch (random.nextInt(8)) {
                    case 0 -> "rt @";
                    case 1 -> " RT: @";
                    case 2 -> "\u200eRT @";
                    default -> "RT @";
                };
        post.text
                .append(before)
                .append(Phrases.userName(seen.author))
                .append(": ")
                .append(seen.text);
        if (random.nextInt(3) > 0) {
            post.referenceType = "retweeted";
            post.referenceId = seen.id;
        }
    }

    /// The most liked of the replies that have no fault is chosen, when its post may have one.
    private List<Draft> replies(Draft parent, int count) {
        List<Draft> replies = new ArrayList<>();
        @Nullable Draft best = null;
        TissueClass tissue = pick(TissueClass.values(), random);
        int likes = random.nextInt(3);
        long time = parent.created;
        for (int i = 0; i < count; i++) {
            time += random.nextLong(120_000, 15_000_000);
            Draft reply = draft(time, parent, i + 1);
            reply.referenceType = "replied_to";
            reply.referenceId = parent.id;
            reply.author = random.nextInt(1, 20_000);
            likes += random.nextInt(1, 12);
            reply.likes = likes;
            reply.dress("@" + Phrases.userName(parent.author));
            int which = random.nextInt(100);
            if (which < 45) {
                reply.say(Captions.reply(tissue, Attributes.random(tissue, random), random));
            } else if (which < 52) {
                reply.say("Wow,").dress("👏🏽").say("a case of LYMPHOMAS I would say.");
            } else if (which < 70) {
                reply.faults.add(Fault.NO_KEYWORD);
                reply.say(pick(Phrases.CHATTER, random));
            } else if (which < 85) {
                reply.faults.add(Fault.NO_KEYWORD);
                reply.say(pick(ClinicalPhrases.NO_KEYWORDS, random));
                reply.dress("#lymphoma @melanoma_fan").dress("https://example.org/carcinoma?a=1");
            } else if (which < 93) {
                reply.faults.add(Fault.NO_KEYWORD);
                reply.faults.add(Fault.QUESTION);
                reply.say("So very nice, where can I read more of it?");
            } else {
                foreign(reply);
            }
            if (random.nextInt(5) == 0) reply.dress(pick(Phrases.EMOJI, random));
            if (random.nextInt(8) == 0) tag(reply, pick(Phrases.PATHOLOGY_TAGS, random));
            finish(reply);
            replies.add(reply);
            if (reply.faults.isEmpty()) best = reply;
        }
        boolean open =
                !parent.faults.contains(Fault.SENSITIVE)
                        && !parent.faults.contains(Fault.NO_HASHTAG)
                        && !parent.faults.contains(Fault.NOT_ENGLISH)
                        && parent.pictures > 0;
        if (best != null && open) best.chosen = true;
        return replies;
    }

    private String somebody() {
        return Phrases.userName(random.nextInt(1, 20_000));
    }

    private String link() {
        char[] name = new char[10];
        for (int i = 0; i < name.length; i++) {
            name[i] = "abcdefghijklmnopqrstuvwxyz234567".charAt(random.nextInt(32));
        }
        return "https://t.co/" + new String(name) + (random.nextInt(6) == 0 ? "?s=20" : "");
    }

    private static int words(CharSequence caption) {
        int words = 0;
        boolean in = false;
        boolean counted = false;
        for (int i = 0; i < caption.length(); i++) {
            char c = caption.charAt(i);
            if (c == ' ') {
                in = false;
                continue;
            }
            if (!in) counted = false;
            in = true;
            if (!counted && Character.isLetterOrDigit(c)) {
                counted = true;
                words++;
            }
        }
        return words;
    }

    private static String verdict(Draft post) {
        for (Fault fault : post.faults) {
            return switch (fault) {
                case RETWEET, SENSITIVE, NO_HASHTAG, NOT_ENGLISH, QUESTION, TOO_SHORT ->
                        fault.word();
                case NO_KEYWORD -> Reason.REPLY_NOT_CHOSEN.word();
            };
        }
        if (post.answers != null) return post.chosen ? "keep" : Reason.REPLY_NOT_CHOSEN.word();
        return post.pictures == 0 ? Reason.NO_PICTURE.word() : "keep";
    }

    private void put(Draft post) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", Long.toString(post.id));
        json.writeStringField("text", post.text.toString());
        json.writeStringField("created_at", Instant.ofEpochMilli(post.created).toString());
        json.writeStringField("author_id", Integer.toString(100_000 + post.author));
        long conversation = post.answers == null ? post.id : post.answers.id;
        json.writeStringField("conversation_id", Long.toString(conversation));
        if (post.language != null) json.writeStringField("lang", post.language);
        json.writeBooleanField("possibly_sensitive", post.faults.contains(Fault.SENSITIVE));
        json.writeObjectFieldStart("public_metrics");
        json.writeNumberField("like_count", post.likes);
        json.writeNumberField("reply_count", post.replies);
        json.writeNumberField("retweet_count", post.likes / 5);
        json.writeEndObject();
        if (post.referenceType != null) {
            json.writeArrayFieldStart("referenced_tweets");
            json.writeStartObject();
            json.writeStringField("type", post.referenceType);
            json.writeStringField("id", Long.toString(post.referenceId));
            json.writeEndObject();
            json.writeEndArray();
        }
        json.writeObjectFieldStart("entities");
        json.writeArrayFieldStart("hashtags");
        for (String tag : post.hashtags) {
            json.writeStartObject();
            json.writeStringField("tag", tag);
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
        if (post.pictures > 0) photos(post);
        json.writeObjectFieldStart("truth");
        json.writeStringField("post", verdict(post));
        json.writeArrayFieldStart("faults");
        for (Fault fault : post.faults) json.writeString(fault.word());
        json.writeEndArray();
        if (post.faults.isEmpty()) {
            json.writeStringField("caption", post.caption.toString());
        } else {
            json.writeNullField("caption");
        }
        json.writeEndObject();
        json.writeEndObject();
        written++;
    }

    private void photos(Draft post) throws IOException {
        json.writeObjectFieldStart("attachments");
        json.writeArrayFieldStart("media_keys");
        for (int i = 0; i < post.pictures; i++) json.writeString("3_" + post.id + i);
        json.writeEndArray();
        json.writeEndObject();
        json.writeArrayFieldStart("media");
        for (int i = 0; i < post.pictures; i++) {
            json.writeStartObject();
            json.writeStringField("media_key", "3_" + post.id + i);
            json.writeStringField("type", "photo");
            if (!pictures.isEmpty()) {
                json.writeStringField(
                        "path", pictures.get((int) (picturesShown++ % pictures.size())));
            }
            json.writeStringField("url", "https://phantom.invalid/media/" + post.id + i + ".jpg");
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
