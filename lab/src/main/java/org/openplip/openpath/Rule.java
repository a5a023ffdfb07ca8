package org.openplip.openpath;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/// A named decision about the text of one post, from that post alone: a pure function.
///
/// The first five are asked of every post, the others of those texts that may become captions. The
/// order is the paper's (Fig. 1a): not a repost, not sensitive, English; the reply with most likes;
/// no question; then cleaning and length.
public sealed interface Rule
        permits Rule.NotTakenDown,
                Rule.NotRepost,
                Rule.NotSensitive,
                Rule.Hashtagged,
                Rule.English,
                Rule.NamesPathology,
                Rule.NoQuestion,
                Rule.LongEnough {

    /// The reason of what [Takedown] removed.
    String TAKEN_DOWN = "taken_down";

    /// A post with its text cleaned.
    ///
    /// @param caption what [TextCleaner] makes of the text
    record Candidate(Post post, String caption) {
        public static Candidate of(Post post) {
            return new Candidate(post, TextCleaner.clean(post.text()));
        }
    }

    /// The rule's name in `flow.json` and `rejected.parquet`.
    String name();

    /// What the rule asks, with its parameters, as a sentence without a full stop.
    String describe();

    /// Whether the candidate goes on.
    Verdict judge(Candidate candidate);

    /// Not removed from this release before, as a post or by its author; see [Takedown].
    record NotTakenDown(Set<String> ids) implements Rule {
        public NotTakenDown {
            ids = Set.copyOf(ids);
        }

        @Override
        public String name() {
            return "takedown";
        }

        @Override
        public String describe() {
            return "not taken down: %d ids of posts, pictures, pairs and authors"
                    .formatted(ids.size());
        }

        @Override
        public Verdict judge(Candidate candidate) {
            String author = candidate.post.authorId();
            return ids.contains(candidate.post.id()) || (author != null && ids.contains(author))
                    ? Verdict.rejected(TAKEN_DOWN, "")
                    : Verdict.KEPT;
        }
    }

    /// Not somebody else's post passed on: marked as such, or beginning with `RT @name` as reposts
    /// did before they were marked, a colon after `RT` or not, in any case, after spaces and
    /// invisible characters. A post that quotes another has a text of its own and stays.
    record NotRepost() implements Rule {
        private static final Pattern BEGINNING =
                Pattern.compile("[\\s\\p{Cf}]*RT:?\\s?[@＠]\\w", Pattern.CASE_INSENSITIVE);

        @Override
        public String name() {
            return "repost";
        }

        @Override
        public String describe() {
            return "not a repost";
        }

        @Override
        public Verdict judge(Candidate candidate) {
            if (candidate.post.isRepost()) return Verdict.rejected("retweeted", "");
            if (BEGINNING.matcher(candidate.post.text()).lookingAt()) {
                return Verdict.rejected("retweeted", "text begins with RT @");
            }
            return Verdict.KEPT;
        }
    }

    /// Not flagged as sensitive by its source.
    record NotSensitive() implements Rule {
        @Override
        public String name() {
            return "sensitive";
        }

        @Override
        public String describe() {
            return "not flagged as possibly sensitive by its source";
        }

        @Override
        public Verdict judge(Candidate candidate) {
            return candidate.post.possiblySensitive()
                    ? Verdict.rejected("possibly_sensitive", "")
                    : Verdict.KEPT;
        }
    }

    /// With one of a set of hashtags. Replies need none, as they belong to a post that has one, nor
    /// do web rows.
    ///
    /// @param hashtags lower case, without `#`; empty where no hashtag is asked for
    record Hashtagged(Set<String> hashtags) implements Rule {
        public Hashtagged {
            hashtags = Set.copyOf(hashtags);
        }

        @Override
        public String name() {
            return "hashtag";
        }

        @Override
        public String describe() {
            return hashtags.isEmpty()
                    ? "no hashtag is asked for"
                    : "a post that is no reply has one of %d hashtags".formatted(hashtags.size());
        }

        @Override
        public Verdict judge(Candidate candidate) {
            boolean exempt = candidate.post.repliedTo() != null || candidate.post.isWeb();
            if (hashtags.isEmpty() || exempt) return Verdict.KEPT;
            for (String tag : candidate.post.entities().hashtags()) {
                if (hashtags.contains(tag.toLowerCase(Locale.ROOT))) return Verdict.KEPT;
            }
            return Verdict.rejected("no_hashtag", "");
        }
    }

    /// In English, as far as [EnglishDetector] can tell.
    record English(EnglishDetector detector) implements Rule {
        @Override
        public String name() {
            return "language";
        }

        @Override
        public String describe() {
            return "in English: " + EnglishDetector.DESCRIPTION;
        }

        @Override
        public Verdict judge(Candidate candidate) {
            EnglishDetector.Guess guess = detector.guess(candidate.caption, candidate.post.lang());
            return guess.english() ? Verdict.KEPT : Verdict.rejected("not_english", guess.why());
        }
    }

    /// With at least one pathology keyword as a whole word or words, in any case; a plural `s`
    /// counts as the same word. Asked of replies only.
    record NamesPathology(List<String> keywords, KeywordSearch search) implements Rule {
        /// @param keywords lower case
        public static NamesPathology of(List<String> keywords) {
            return new NamesPathology(List.copyOf(keywords), new KeywordSearch(keywords));
        }

        @Override
        public String name() {
            return "keyword";
        }

        @Override
        public String describe() {
            return "a reply names at least one of %d pathology keywords".formatted(keywords.size());
        }

        @Override
        public Verdict judge(Candidate candidate) {
            return search.findsIn(candidate.caption)
                    ? Verdict.KEPT
                    : Verdict.rejected("no_pathology_keyword", "");
        }
    }

    /// Without a question mark in what is left after cleaning, so that one inside a link does not
    /// count; the full-width and the Arabic marks count, and marks of two. Web rows keep theirs, as
    /// in the paper.
    record NoQuestion() implements Rule {
        private static final String MARKS = "?？؟⁇⁈‽";

        @Override
        public String name() {
            return "question";
        }

        @Override
        public String describe() {
            return "no question mark outside of links, but in web rows";
        }

        @Override
        public Verdict judge(Candidate candidate) {
            if (candidate.post.isWeb()) return Verdict.KEPT;
            for (int i = 0; i < candidate.caption.length(); i++) {
                if (MARKS.indexOf(candidate.caption.charAt(i)) >= 0) {
                    return Verdict.rejected("question_mark", "");
                }
            }
            return Verdict.KEPT;
        }
    }

    /// With enough words after cleaning.
    ///
    /// @param minimumWords at least this many, as [TextCleaner#words] counts
    record LongEnough(int minimumWords) implements Rule {
        @Override
        public String name() {
            return "length";
        }

        @Override
        public String describe() {
            return "at least %d words after cleaning".formatted(minimumWords);
        }

        @Override
        public Verdict judge(Candidate candidate) {
            int words = TextCleaner.words(candidate.caption);
            return words >= minimumWords
                    ? Verdict.KEPT
                    : Verdict.rejected("too_short", words + " words");
        }
    }
}
