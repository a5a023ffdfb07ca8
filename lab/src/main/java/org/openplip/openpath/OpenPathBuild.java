package org.openplip.openpath;

import com.jerolba.carpet.CarpetWriter;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openplip.image.ImageDecoder;
import org.openplip.image.ImageEncoder;
import org.openplip.image.RgbImage;
import org.openplip.io.DataException;
import org.openplip.io.Hashes;
import org.openplip.io.Json;
import org.openplip.io.Progress;
import org.openplip.openpath.filter.PictureScorer;
import org.openplip.report.Leak;
import org.openplip.report.LeakPage;

/// Builds a release of OpenPath from archived posts, in the order of the paper's Fig. 1a, with
/// duplicates and copies of evaluation pictures taken out before the split by time.
///
///     lines ─► posts: not a repost, not sensitive, hashtag, English, with a photo or an answer
///           ─► texts: of each post, and of the answer with most likes among those that name
///                     pathology; no question, long enough, no evaluation caption
///           ─► pictures of posts that have a text: readable, pathology, not an evaluation
///                     picture, not seen before
///           ─► pairs of each text with each picture of its post ─► split by time ─► release
///
/// Two posts' texts of one picture are not both kept, a post's and its answer's are. Everything
/// that does not go on is a row of `rejected.parquet` and a count in `flow.json`. The same inputs
/// and settings give the same bytes. A build that was killed is started again; until `flow.json` is
/// there, the folder is not a release.
public final class OpenPathBuild {
    private static final int LINES_PER_TASK = 256;

    /// That are embedded and looked up together.
    private static final int PICTURES_PER_BATCH = 64;

    private static final int JPEG_QUALITY = 95;
    static final String NO_PICTURE = "picture_left";
    private static final String CAPTION_LEAK = "caption_leak";
    private static final List<String> PICTURE_STEPS =
            List.of("readable", "pathology", "test_leak", "duplicate");

    /// Where a post stood.
    private record Place(Path file, long line) {
        @Override
        public String toString() {
            return file.getFileName() + ":" + line;
        }
    }

    /// A post or an answer that passed the rules for posts.
    private record Text(Post post, String caption, Place place) {
        boolean isAnswer() {
            return OpenPathBuild.isAnswer(post);
        }
    }

    /// What a line came to; `step` is the index of the rule that rejected it.
    private record Judged(PostLines.Parsed line, @Nullable Text text, int step, Verdict verdict) {}

    /// A picture of a post that has a text.
    private record Picture(
            Text owner, int index, Post.Media medium, @Nullable Path file, String key) {}

    /// A picture that was looked at, or the reason why it could not be.
    ///
    /// @param prepared for the scorer; let go when it has a score
    private record Looked(
            Picture picture,
            Verdict verdict,
            @Nullable Fingerprint fingerprint,
            PictureScorer.@Nullable Prepared prepared,
            double probability,
            int width,
            int height) {
        Fingerprint print() {
            if (fingerprint == null) throw new IllegalStateException("unreadable");
            return fingerprint;
        }

        PictureScorer.Prepared toScore() {
            if (prepared == null) throw new IllegalStateException("unreadable");
            return prepared;
        }

        Looked scored(double score) {
            return new Looked(picture, verdict, fingerprint, null, score, width, height);
        }
    }

    private final BuildConfig config;
    private final BuildSettings settings;
    private final Progress progress;
    private final OrderedPool pool;
    private final Rejections rejections;
    private final List<Rule> postRules;
    private final List<Rule> textRules;
    private final Rule keyword;
    private final PictureScorer scorer;
    private final double pictureThreshold;
    private final Set<String> takenDown;

    /// The steps of a text in order, for a post with photos and for an answer.
    private final List<String> postSteps = new ArrayList<>();

    private final List<String> answerSteps = new ArrayList<>();
    private final CaptionLeaks captionLeaks = new CaptionLeaks();
    private final Map<String, Path> evaluationFiles = new HashMap<>();
    private final List<Leak> leaks = new ArrayList<>();
    private final Map<String, Integer> duplicates = new HashMap<>();
    private final List<FlowStep> flow = new ArrayList<>();
    private FlowStep evaluationStep =
            FlowStep.of("evaluation_picture", "evaluation picture", 0, Map.of());

    private OpenPathBuild(
            BuildConfig config,
            Progress progress,
            OrderedPool pool,
            Rejections rejections,
            PictureScorer scorer)
            throws IOException {
        this.config = config;
        this.settings = config.settings();
        this.progress = progress;
        this.pool = pool;
        this.rejections = rejections;
        takenDown = Takedown.ids(config.out());
        postRules =
                List.of(
                        new Rule.NotTakenDown(takenDown),
                        new Rule.NotRepost(),
                        new Rule.NotSensitive(),
                        new Rule.Hashtagged(
                                settings.requireHashtag()
                                        ? Set.copyOf(WordList.hashtags())
                                        : Set.of()),
                        new Rule.English(EnglishDetector.load()));
        keyword = Rule.NamesPathology.of(WordList.pathologyKeywords());
        textRules = List.of(new Rule.NoQuestion(), new Rule.LongEnough(settings.minimumWords()));
        this.scorer = scorer;
        pictureThreshold =
                Objects.requireNonNullElse(
                        settings.pictureThreshold(), scorer.filter().threshold());
        postSteps.add("parse");
        for (Rule rule : postRules) postSteps.add(rule.name());
        postSteps.add("photo_or_answer");
        answerSteps.addAll(postSteps);
        answerSteps.addAll(List.of(keyword.name(), "most_likes", "answered_post"));
        for (List<String> steps : List.of(postSteps, answerSteps)) {
            for (Rule rule : textRules) steps.add(rule.name());
            steps.add(CAPTION_LEAK);
        }
    }

    /// Builds the release that `config` asks for.
    ///
    /// @throws DataException if an input file or folder is missing; what is wrong within them is
    ///   rejected and counted instead
    public static BuildSummary run(BuildConfig config, Progress progress) throws IOException {
        for (Path file : config.posts()) {
            if (!Files.isRegularFile(file)) throw new DataException(file, "is missing");
        }
        // The release's writer removes what an earlier build left, beginning with flow.json.
        try (PictureScorer scorer =
                        PictureScorer.open(
                                config.pictureFilter(),
                                config.model(),
                                config.settings().duplicateCosine() != null);
                Release.Writer release =
                        Release.create(config.out(), config.settings().pairsPerShard());
                OrderedPool pool = new OrderedPool(config.threads());
                Rejections rejections =
                        new Rejections(config.out().resolve(ReleaseFiles.REJECTED))) {
            return new OpenPathBuild(config, progress, pool, rejections, scorer).build(release);
        }
    }

    private BuildSummary build(Release.Writer release) throws IOException {
        Map<String, Text> posts = new LinkedHashMap<>();
        Map<String, Text> answers = new LinkedHashMap<>();
        Map<String, List<Text>> texts;
        Map<String, List<Looked>> pictures;
        try (NearDuplicates evaluation = nearDuplicates();
                NearDuplicates seen = nearDuplicates()) {
            evaluationSets(evaluation);
            readPosts(posts, answers);
            texts = captions(posts, answers);
            pictures = pictures(texts, posts, evaluation, seen);
        }
        textsWithoutPicture(texts, pictures);
        List<Pair> pairs = pairs(release, texts, pictures);
        rejections.finish();
        FilterQuality quality =
                FilterQuality.measure(
                        config.posts(), config.out().resolve(ReleaseFiles.REJECTED), pairs);
        if (quality != null) quality.write(config.out().resolve(ReleaseFiles.QUALITY));
        BuildRecord record = record(quality);
        Json.write(config.out().resolve(ReleaseFiles.BUILD), record);
        LeakPage.write(config.out().resolve(ReleaseFiles.LEAKS), record.notice(), leaks);
        ReleaseFiles.describe(config.out(), record, flow, pairs);
        release.finish(flow);
        long train = pairs.stream().filter(pair -> pair.split().equals("train")).count();
        return new BuildSummary(
                pairs.size(),
                train,
                pairs.size() - train,
                rejections.count(),
                List.copyOf(flow),
                quality);
    }

    private NearDuplicates nearDuplicates() throws IOException {
        return NearDuplicates.of(settings, scorer.width(), config.out());
    }

    /// Reads all lines and asks the rules for posts. Posts with photos go to `posts` by their id;
    /// of the answers to each post, the one with most likes goes to `answers` by the post's id.
    private void readPosts(Map<String, Text> posts, Map<String, Text> answers) throws IOException {
        FlowCounter parse = new FlowCounter("parse", "line");
        List<FlowCounter> rules =
                postRules.stream().map(rule -> new FlowCounter(rule.name(), "post")).toList();
        FlowCounter role = new FlowCounter("photo_or_answer", "post");
        FlowCounter named = new FlowCounter(keyword.name(), "answer");
        FlowCounter mostLikes = new FlowCounter("most_likes", "answer");
        Set<String> ids = new HashSet<>();
        try (Progress.Task task = progress.begin("reading posts", -1)) {
            for (Path file : config.posts()) {
                try (PostLines lines = new PostLines(file)) {
                    pool.map(
                            chunks(lines),
                            chunk -> chunk.stream().map(this::judge).toList(),
                            judged -> {
                                for (Judged line : judged) {
                                    parse.in();
                                    switch (line.line) {
                                        case PostLines.Malformed bad -> {
                                            parse.reject("malformed");
                                            rejections.add(
                                                    new Rejection(
                                                            null,
                                                            null,
                                                            List.of(),
                                                            null,
                                                            "parse",
                                                            "malformed",
                                                            bad.reason(),
                                                            null,
                                                            List.of(),
                                                            new Place(bad.file(), bad.line())
                                                                    .toString()));
                                        }
                                        case PostLines.Read read -> {
                                            Place place = new Place(read.file(), read.line());
                                            if (!ids.add(read.post().id())) {
                                                reject(
                                                        parse,
                                                        "repeated_id",
                                                        "",
                                                        null,
                                                        read.post(),
                                                        place);
                                            } else {
                                                sort(
                                                        line, place, rules, role, named, mostLikes,
                                                        posts, answers);
                                            }
                                        }
                                    }
                                }
                                task.advance(judged.size());
                            });
                } catch (UncheckedIOException e) {
                    throw e.getCause();
                }
            }
        }
        flow.add(parse.toStep());
        for (FlowCounter rule : rules) flow.add(rule.toStep());
        flow.add(role.toStep());
        flow.add(named.toStep());
        flow.add(mostLikes.toStep());
    }

    private static Iterator<List<PostLines.Line>> chunks(PostLines lines) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return lines.hasNext();
            }

            @Override
            public List<PostLines.Line> next() {
                List<PostLines.Line> chunk = new ArrayList<>(LINES_PER_TASK);
                while (lines.hasNext() && chunk.size() < LINES_PER_TASK) chunk.add(lines.next());
                return chunk;
            }
        };
    }

    /// Runs on the pool.
    private Judged judge(PostLines.Line line) {
        PostLines.Parsed parsed = line.parse();
        if (!(parsed instanceof PostLines.Read read)) {
            return new Judged(parsed, null, 0, Verdict.KEPT);
        }
        Rule.Candidate candidate = Rule.Candidate.of(read.post());
        for (int step = 0; step < postRules.size(); step++) {
            Verdict verdict = postRules.get(step).judge(candidate);
            if (verdict instanceof Verdict.Rejected) return new Judged(parsed, null, step, verdict);
        }
        Text text = new Text(read.post(), candidate.caption(), new Place(read.file(), read.line()));
        return new Judged(parsed, text, postRules.size(), Verdict.KEPT);
    }

    private void sort(
            Judged line,
            Place place,
            List<FlowCounter> rules,
            FlowCounter role,
            FlowCounter named,
            FlowCounter mostLikes,
            Map<String, Text> posts,
            Map<String, Text> answers)
            throws IOException {
        for (int step = 0; step < Math.min(line.step + 1, rules.size()); step++) {
            rules.get(step).in();
        }
        Text text = line.text;
        if (text == null) {
            Post post = ((PostLines.Read) line.line).post();
            Verdict.Rejected rejected = (Verdict.Rejected) line.verdict;
            reject(rules.get(line.step), rejected.reason(), rejected.detail(), null, post, place);
            return;
        }
        role.in();
        String parent = text.post.repliedTo();
        if (!text.post.photos().isEmpty()) {
            posts.put(text.post.id(), text);
        } else if (parent == null) {
            reject(role, "no_photo", "", null, text.post, place);
        } else {
            named.in();
            if (keyword.judge(new Rule.Candidate(text.post, text.caption))
                    instanceof Verdict.Rejected rejected) {
                reject(named, rejected.reason(), rejected.detail(), null, text.post, place);
                return;
            }
            mostLikes.in();
            Text best = answers.get(parent);
            if (best == null) {
                answers.put(parent, text);
            } else {
                boolean better = MOST_LIKES_FIRST.compare(text, best) < 0;
                Text winner = better ? text : best;
                Text loser = better ? best : text;
                answers.put(parent, winner);
                reject(
                        mostLikes,
                        "fewer_likes",
                        "%d, the other %d"
                                .formatted(
                                        loser.post.publicMetrics().likeCount(),
                                        winner.post.publicMetrics().likeCount()),
                        winner.post.id(),
                        loser.post,
                        loser.place);
            }
        }
    }

    /// Ties go to the earlier answer, then to the smaller id.
    private static final Comparator<Text> MOST_LIKES_FIRST =
            Comparator.comparingLong((Text text) -> -text.post.publicMetrics().likeCount())
                    .thenComparing(text -> text.post.createdAt())
                    .thenComparing(text -> text.post.id());

    /// The texts that become captions, by the id of the post whose pictures they go with; the
    /// post's own text first.
    private Map<String, List<Text>> captions(Map<String, Text> posts, Map<String, Text> answers)
            throws IOException {
        FlowCounter parent = new FlowCounter("answered_post", "answer");
        List<FlowCounter> rules =
                Stream.concat(textRules.stream().map(Rule::name), Stream.of(CAPTION_LEAK))
                        .map(name -> new FlowCounter(name, "text"))
                        .toList();
        Map<String, List<Text>> captions = new LinkedHashMap<>();
        for (Text post : posts.values()) {
            if (passes(post, rules)) {
                captions.computeIfAbsent(post.post.id(), _ -> new ArrayList<>()).add(post);
            }
        }
        for (Map.Entry<String, Text> entry : answers.entrySet()) {
            Text answer = entry.getValue();
            parent.in();
            if (!posts.containsKey(entry.getKey())) {
                reject(
                        parent,
                        "answered_post_not_kept",
                        "",
                        entry.getKey(),
                        answer.post,
                        answer.place);
                continue;
            }
            if (passes(answer, rules)) {
                captions.computeIfAbsent(entry.getKey(), _ -> new ArrayList<>()).add(answer);
            }
        }
        flow.add(parent.toStep());
        for (FlowCounter rule : rules) flow.add(rule.toStep());
        return captions;
    }

    private boolean passes(Text text, List<FlowCounter> counters) throws IOException {
        Rule.Candidate candidate = new Rule.Candidate(text.post, text.caption);
        for (int i = 0; i < textRules.size(); i++) {
            counters.get(i).in();
            if (textRules.get(i).judge(candidate) instanceof Verdict.Rejected rejected) {
                reject(
                        counters.get(i),
                        rejected.reason(),
                        rejected.detail(),
                        null,
                        text.post,
                        text.place);
                return false;
            }
        }
        FlowCounter leak = counters.getLast();
        leak.in();
        CaptionLeaks.Match match = captionLeaks.find(text.caption);
        if (match == null) return true;
        String reason = match.similarity() == 1 ? "same_words" : "near_words";
        reject(leak, reason, match.describe(), match.name(), text.post, text.place);
        leaks.add(
                new Leak(
                        ids(text.post.id(), text.post.authorId()),
                        text.place.toString(),
                        match.describe(),
                        text.caption,
                        null,
                        match.name(),
                        match.caption(),
                        null));
        return false;
    }

    private static List<String> ids(@Nullable String... ids) {
        return Stream.of(ids).filter(Objects::nonNull).toList();
    }

    private static boolean isAnswer(Post post) {
        return post.repliedTo() != null && post.photos().isEmpty();
    }

    /// The pictures that are kept, by post.
    private Map<String, List<Looked>> pictures(
            Map<String, List<Text>> captions,
            Map<String, Text> posts,
            NearDuplicates evaluation,
            NearDuplicates seen)
            throws IOException {
        List<Picture> candidates = new ArrayList<>();
        for (String id : captions.keySet()) {
            Text owner = Objects.requireNonNull(posts.get(id));
            List<Post.Media> photos = owner.post.photos();
            for (int i = 0; i < photos.size(); i++) {
                String path = photos.get(i).path();
                candidates.add(
                        new Picture(
                                owner,
                                i,
                                photos.get(i),
                                path == null ? null : PostLines.beside(owner.place.file, path),
                                key(id) + "-" + i));
            }
        }
        // In the order of time, so that the first to show a picture keeps it.
        candidates.sort(
                Comparator.comparing((Picture picture) -> picture.owner.post.createdAt())
                        .thenComparing(picture -> picture.owner.post.id())
                        .thenComparingInt(Picture::index));

        List<FlowCounter> steps =
                PICTURE_STEPS.stream().map(name -> new FlowCounter(name, "picture")).toList();
        Map<String, List<Looked>> kept = new LinkedHashMap<>();
        List<Looked> batch = new ArrayList<>();
        try (Progress.Task task = progress.begin("looking at pictures", candidates.size())) {
            pool.map(
                    candidates.iterator(),
                    this::look,
                    looked -> {
                        batch.add(looked);
                        if (batch.size() < PICTURES_PER_BATCH) return;
                        decide(batch, steps, evaluation, seen, kept);
                        task.advance(batch.size());
                        batch.clear();
                    });
            decide(batch, steps, evaluation, seen, kept);
            task.advance(batch.size());
        }
        flow.add(evaluationStep);
        for (FlowCounter step : steps) flow.add(step.toStep());
        return kept;
    }

    /// Takes pictures, in the order of time, through the steps.
    private void decide(
            List<Looked> batch,
            List<FlowCounter> steps,
            NearDuplicates evaluation,
            NearDuplicates seen,
            Map<String, List<Looked>> kept)
            throws IOException {
        FlowCounter readable = steps.get(0);
        FlowCounter pathology = steps.get(1);
        FlowCounter leak = steps.get(2);
        FlowCounter duplicate = steps.get(3);
        List<Looked> good = new ArrayList<>();
        for (Looked looked : batch) {
            readable.in();
            if (looked.verdict instanceof Verdict.Rejected rejected) {
                reject(readable, rejected.reason(), rejected.detail(), null, looked);
            } else {
                good.add(looked);
            }
        }
        List<PictureScorer.Score> scores =
                scorer.score(good.stream().map(Looked::toScore).toList());
        List<Looked> tissue = new ArrayList<>();
        List<NearDuplicates.Look> looks = new ArrayList<>();
        for (int i = 0; i < good.size(); i++) {
            PictureScorer.Score score = scores.get(i);
            Looked looked = good.get(i).scored(score.probability());
            pathology.in();
            if (score.probability() < pictureThreshold) {
                String detail = String.format(Locale.ROOT, "probability %.3f", score.probability());
                reject(pathology, "not_pathology", detail, null, looked);
            } else {
                tissue.add(looked);
                looks.add(new NearDuplicates.Look(looked.print(), score.embedding()));
            }
        }
        NearDuplicates.Lookup tests = evaluation.lookup(looks);
        NearDuplicates.Lookup earlier = seen.lookup(looks);
        for (int i = 0; i < tissue.size(); i++) {
            Looked looked = tissue.get(i);
            Picture picture = looked.picture;
            leak.in();
            NearDuplicates.Match leaked = tests.find(i);
            if (leaked != null) {
                reject(leak, leaked.kind(), leaked.describe(), leaked.name(), looked);
                leaks.add(
                        new Leak(
                                ids(
                                        picture.key,
                                        picture.owner.post.id(),
                                        picture.medium.mediaKey(),
                                        picture.owner.post.authorId()),
                                picture.owner.place.toString(),
                                leaked.kind() + " " + leaked.describe(),
                                picture.owner.caption,
                                picture.file,
                                leaked.name(),
                                "",
                                evaluationFiles.get(leaked.name())));
                continue;
            }
            duplicate.in();
            NearDuplicates.Match before = earlier.find(i);
            if (before != null) {
                duplicates.merge(before.name(), 1, Integer::sum);
                reject(duplicate, before.kind(), before.describe(), before.name(), looked);
                continue;
            }
            seen.add(picture.key, looks.get(i));
            kept.computeIfAbsent(picture.owner.post.id(), _ -> new ArrayList<>()).add(looked);
        }
    }

    /// Runs on the pool.
    private Looked look(Picture picture) {
        if (takenDown.contains(picture.medium.mediaKey()) || takenDown.contains(picture.key)) {
            return unreadable(picture, Rule.TAKEN_DOWN, "");
        }
        Path file = picture.file;
        if (file == null || !Files.isRegularFile(file)) {
            String path = picture.medium.path();
            return unreadable(picture, "missing", path == null ? "was not fetched" : path);
        }
        try {
            byte[] bytes = Files.readAllBytes(file);
            RgbImage image = ImageDecoder.decode(bytes, String.valueOf(picture.medium.path()));
            if (Math.min(image.width(), image.height()) < settings.minimumSide()) {
                return unreadable(picture, "too_small", image.width() + " x " + image.height());
            }
            return new Looked(
                    picture,
                    Verdict.KEPT,
                    Fingerprint.of(bytes, image),
                    scorer.prepare(image),
                    0,
                    image.width(),
                    image.height());
        } catch (IOException e) {
            String reason = e instanceof DataException data ? data.reason() : e.toString();
            return unreadable(picture, "unreadable", reason);
        }
    }

    private static Looked unreadable(Picture picture, String reason, String detail) {
        return new Looked(picture, Verdict.rejected(reason, detail), null, null, 0, 0, 0);
    }

    /// Writes down the texts that went on and found no picture left.
    private void textsWithoutPicture(
            Map<String, List<Text>> captions, Map<String, List<Looked>> pictures)
            throws IOException {
        FlowCounter pictured = new FlowCounter(NO_PICTURE, "text");
        for (Map.Entry<String, List<Text>> entry : captions.entrySet()) {
            for (Text text : entry.getValue()) {
                pictured.in();
                if (pictures.containsKey(entry.getKey())) continue;
                List<String> passed = text.isAnswer() ? answerSteps : postSteps;
                pictured.reject("no_picture");
                rejections.add(
                        rejection(
                                pictured,
                                "no_picture",
                                "all pictures of the post were left out",
                                text.isAnswer() ? entry.getKey() : null,
                                text.post,
                                text.place,
                                passed));
            }
        }
        flow.add(pictured.toStep());
    }

    private record Evaluated(
            EvaluationSet.Sample sample,
            @Nullable Fingerprint print,
            PictureScorer.@Nullable Prepared prepared,
            String reason) {}

    /// Looks at the evaluation sets: their captions go to `captionLeaks`, their pictures to
    /// `pictures`.
    private void evaluationSets(NearDuplicates pictures) throws IOException {
        FlowCounter readable = new FlowCounter("evaluation_picture", "evaluation picture");
        List<EvaluationSet.Sample> samples =
                config.exclude().stream().flatMap(set -> set.samples().stream()).toList();
        for (EvaluationSet.Sample sample : samples) {
            if (sample.caption() != null) captionLeaks.add(sample.name(), sample.caption());
        }
        List<Evaluated> batch = new ArrayList<>();
        try (Progress.Task task = progress.begin("evaluation pictures", samples.size())) {
            pool.map(
                    samples.iterator(),
                    this::evaluated,
                    evaluated -> {
                        task.advance(1);
                        readable.in();
                        String name = evaluated.sample.name();
                        if (evaluated.print == null) {
                            readable.reject("unreadable");
                            rejections.add(
                                    new Rejection(
                                            null,
                                            null,
                                            List.of(),
                                            null,
                                            readable.step(),
                                            "unreadable",
                                            evaluated.reason,
                                            null,
                                            List.of(),
                                            name));
                            return;
                        }
                        evaluationFiles.put(name, evaluated.sample.picture());
                        batch.add(evaluated);
                        if (batch.size() < PICTURES_PER_BATCH) return;
                        addEvaluated(batch, pictures);
                        batch.clear();
                    });
            addEvaluated(batch, pictures);
        }
        evaluationStep = readable.toStep();
    }

    private void addEvaluated(List<Evaluated> batch, NearDuplicates pictures) throws IOException {
        List<PictureScorer.Score> scores =
                embeds()
                        ? scorer.score(
                                batch.stream()
                                        .map(one -> Objects.requireNonNull(one.prepared))
                                        .toList())
                        : List.of();
        for (int i = 0; i < batch.size(); i++) {
            Evaluated evaluated = batch.get(i);
            pictures.add(
                    evaluated.sample.name(),
                    new NearDuplicates.Look(
                            Objects.requireNonNull(evaluated.print),
                            embeds() ? scores.get(i).embedding() : null));
        }
    }

    /// Whether copies are found by embedding.
    private boolean embeds() {
        return settings.duplicateCosine() != null;
    }

    /// Runs on the pool.
    private Evaluated evaluated(EvaluationSet.Sample sample) {
        try {
            byte[] bytes = Files.readAllBytes(sample.picture());
            RgbImage image = ImageDecoder.decode(bytes, sample.name());
            return new Evaluated(
                    sample,
                    Fingerprint.of(bytes, image),
                    embeds() ? scorer.prepare(image) : null,
                    "");
        } catch (IOException e) {
            String reason = e instanceof DataException data ? data.reason() : e.toString();
            return new Evaluated(sample, null, null, reason);
        }
    }

    /// Pairs each text with each picture of its post, splits by the post's time, and writes them.
    /// Pictures come in the order of time, so that all training pairs that have an author are
    /// before all validation pairs.
    private List<Pair> pairs(
            Release.Writer release,
            Map<String, List<Text>> captions,
            Map<String, List<Looked>> pictures)
            throws IOException {
        FlowCounter split = new FlowCounter("split", "pair");
        Set<String> trainAuthors = new HashSet<>();
        List<Pair> pairs = new ArrayList<>();
        try (Progress.Task task = progress.begin("writing shards", pictures.size())) {
            for (Map.Entry<String, List<Looked>> entry : pictures.entrySet()) {
                task.advance(1);
                for (Looked looked : entry.getValue()) {
                    byte[] jpeg = null;
                    for (Text text : Objects.requireNonNull(captions.get(entry.getKey()))) {
                        split.in();
                        if (unsplit(split, looked, text, trainAuthors)) continue;
                        if (jpeg == null) jpeg = jpeg(looked);
                        Pair pair = release.add(pair(looked, text, jpeg), jpeg);
                        pairs.add(pair);
                        if (pair.split().equals("train")) {
                            if (pair.authorId() != null) trainAuthors.add(pair.authorId());
                            if (pair.postAuthorId() != null) trainAuthors.add(pair.postAuthorId());
                        }
                    }
                }
            }
        }
        flow.add(split.toStep());
        return pairs;
    }

    /// Whether a pair belongs to no split; it is then written down.
    private boolean unsplit(FlowCounter split, Looked looked, Text text, Set<String> trainAuthors)
            throws IOException {
        Post shown = looked.picture.owner.post;
        String reason = null;
        String detail = "";
        if (!inTrain(shown) && !shown.createdAt().isBefore(settings.validationEnd())) {
            reason = "after_validation";
            detail = shown.createdAt().toString();
        } else if (settings.authorInOneSplit()
                && !inTrain(shown)
                && (trainAuthors.contains(shown.authorId())
                        || trainAuthors.contains(text.post.authorId()))) {
            reason = "author_in_train";
        } else if (takenDown.contains(key(looked, text))) {
            reason = Rule.TAKEN_DOWN;
        }
        if (reason == null) return false;
        split.reject(reason);
        rejections.add(
                new Rejection(
                        text.post.id(),
                        looked.picture.medium.mediaKey(),
                        List.of(),
                        text.post.authorId(),
                        split.step(),
                        reason,
                        detail,
                        null,
                        rulesOf(looked, text),
                        text.place.toString()));
        return true;
    }

    /// Web rows are of no time and, as in the paper, not for validation.
    private boolean inTrain(Post shown) {
        return shown.isWeb() || shown.createdAt().isBefore(settings.trainEnd());
    }

    private static String key(Looked looked, Text text) {
        boolean answer = !text.post.id().equals(looked.picture.owner.post.id());
        return looked.picture.key + (answer ? "-reply" : "");
    }

    private List<String> rulesOf(Looked looked, Text text) {
        List<String> rules = new ArrayList<>(text.isAnswer() ? answerSteps : postSteps);
        rules.addAll(passed(looked, PICTURE_STEPS.size()));
        return rules;
    }

    /// The first `count` steps of a picture, with the number where there is one.
    private static List<String> passed(Looked looked, int count) {
        List<String> passed = new ArrayList<>(PICTURE_STEPS.subList(0, count));
        if (count > 1) {
            passed.set(1, String.format(Locale.ROOT, "pathology %.3f", looked.probability));
        }
        return passed;
    }

    private Pair pair(Looked looked, Text text, byte[] jpeg) {
        Picture picture = looked.picture;
        Post shown = picture.owner.post;
        boolean answer = !text.post.id().equals(shown.id());
        Post.Attribution credit = text.post.attribution();
        return new Pair(
                key(looked, text),
                answer ? "reply" : shown.isWeb() ? "web" : "post",
                shown.id(),
                text.post.id(),
                picture.medium.mediaKey(),
                text.post.authorId(),
                shown.authorId(),
                credit.username(),
                credit.link(),
                picture.medium.licence(),
                shown.createdAt(),
                shown.entities().hashtags().stream()
                        .map(tag -> tag.toLowerCase(Locale.ROOT))
                        .distinct()
                        .toList(),
                text.caption,
                Hashes.sha256(jpeg),
                PerceptualHash.toHex(looked.print().hash()),
                picture.key,
                duplicates.getOrDefault(picture.key, 0),
                rulesOf(looked, text),
                inTrain(shown) ? "train" : "validation",
                looked.width,
                looked.height,
                "",
                picture.medium.url());
    }

    /// A JPEG file as it is; anything else as a JPEG of quality 95.
    private static byte[] jpeg(Looked looked) throws IOException {
        Path file = Objects.requireNonNull(looked.picture.file);
        byte[] bytes = Files.readAllBytes(file);
        if (!Hashes.sha256(bytes).equals(looked.print().fileSha256())) {
            throw new DataException(file, "changed during the build");
        }
        if (bytes.length > 2 && (bytes[0] & 0xff) == 0xff && (bytes[1] & 0xff) == 0xd8) {
            return bytes;
        }
        return ImageEncoder.jpeg(ImageDecoder.decode(bytes, file.toString()), JPEG_QUALITY);
    }

    /// An id as a WebDataset key. Ids of X are digits and stay; others, such as `at://` addresses,
    /// get a part of their SHA-256 so that they stay apart.
    private static String key(String id) {
        if (id.matches("[A-Za-z0-9_]{1,40}")) return id;
        String plain = id.replaceAll("[^A-Za-z0-9_]+", "_");
        return plain.substring(Math.max(0, plain.length() - 24))
                + "_"
                + Hashes.sha256(id.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                        .substring(0, 16);
    }

    private void reject(
            FlowCounter step,
            String reason,
            String detail,
            @Nullable String of,
            Post post,
            Place place)
            throws IOException {
        step.reject(reason);
        List<String> steps = isAnswer(post) ? answerSteps : postSteps;
        List<String> passed = steps.subList(0, steps.indexOf(step.step()));
        rejections.add(rejection(step, reason, detail, of, post, place, passed));
    }

    private static Rejection rejection(
            FlowCounter step,
            String reason,
            String detail,
            @Nullable String of,
            Post post,
            Place place,
            List<String> passed) {
        return new Rejection(
                post.id(),
                null,
                post.photos().stream().map(Post.Media::mediaKey).toList(),
                post.authorId(),
                step.step(),
                reason,
                detail,
                of,
                passed,
                place.toString());
    }

    private void reject(
            FlowCounter step, String reason, String detail, @Nullable String of, Looked looked)
            throws IOException {
        step.reject(reason);
        Picture picture = looked.picture;
        rejections.add(
                new Rejection(
                        picture.owner.post.id(),
                        picture.medium.mediaKey(),
                        List.of(),
                        picture.owner.post.authorId(),
                        step.step(),
                        reason,
                        detail,
                        of,
                        passed(looked, PICTURE_STEPS.indexOf(step.step())),
                        picture.owner.place.toString()));
    }

    private BuildRecord record(@Nullable FilterQuality quality) throws IOException {
        List<BuildRecord.Input> inputs = new ArrayList<>();
        String notice = "";
        for (Path file : config.posts()) {
            inputs.add(
                    new BuildRecord.Input(
                            String.valueOf(file.getFileName()),
                            Files.size(file),
                            Hashes.sha256(file)));
            Path world = file.resolveSibling("world.json");
            if (Files.isRegularFile(world)) {
                notice = Json.read(world).path("notice").asText(notice);
            }
        }
        List<Rule> rules = new ArrayList<>(postRules);
        rules.add(keyword);
        rules.addAll(textRules);
        List<EvaluationSet.Sample> samples =
                config.exclude().stream().flatMap(set -> set.samples().stream()).toList();
        return new BuildRecord(
                settings,
                inputs,
                notice,
                rules.stream()
                        .map(rule -> new BuildRecord.RuleText(rule.name(), rule.describe()))
                        .toList(),
                new BuildRecord.Filter(
                        scorer.filter().features(), pictureThreshold, scorer.filter().card()),
                scorer.checkpoint(),
                samples.size(),
                samples.stream().filter(sample -> sample.caption() != null).count(),
                quality);
    }

    /// The table of what did not go on, written as the build goes. Closing without [#finish] leaves
    /// nothing.
    private static final class Rejections implements Closeable {
        private final Path file;
        private final Path partial;
        private final OutputStream bytes;
        private final CarpetWriter<Rejection> table;
        private long count;
        private boolean closed;

        Rejections(Path file) throws IOException {
            this.file = file;
            this.partial = file.resolveSibling(file.getFileName() + ".partial");
            this.bytes = new BufferedOutputStream(Files.newOutputStream(partial));
            this.table = ParquetTable.writer(bytes, Rejection.class);
        }

        void add(Rejection rejection) throws IOException {
            count++;
            table.write(rejection);
        }

        long count() {
            return count;
        }

        void finish() throws IOException {
            closeTable();
            Files.move(
                    partial,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        }

        private void closeTable() throws IOException {
            if (closed) return;
            closed = true;
            table.close();
            bytes.close();
        }

        @Override
        public void close() throws IOException {
            closeTable();
            Files.deleteIfExists(partial);
        }
    }
}
