package org.openplip.openpath;

import java.util.List;

/// The names of the steps of a build, in order: those of `flow.json` and of `rejected.parquet`.
final class Steps {
    static final String PARSE = "parse";

    /// Whether a post has a photo or is an answer.
    static final String ROLE = "photo_or_answer";

    static final String KEYWORD = "keyword";
    static final String MOST_LIKES = "most_likes";
    static final String ANSWERED_POST = "answered_post";
    static final String CAPTION_LEAK = "caption_leak";
    static final String EVALUATION_PICTURE = "evaluation_picture";
    static final String READABLE = "readable";
    static final String PATHOLOGY = "pathology";
    static final String TEST_LEAK = "test_leak";
    static final String DUPLICATE = "duplicate";
    static final String PICTURE_LEFT = "picture_left";
    static final String SPLIT = "split";

    /// Asked of every post.
    static final List<String> OF_POSTS =
            List.of("takedown", "repost", "sensitive", "hashtag", "language");

    /// Asked of the texts that may become captions.
    static final List<String> OF_TEXTS = List.of("question", "length");

    static final List<String> OF_ANSWERS = List.of(KEYWORD, MOST_LIKES, ANSWERED_POST);
    static final List<String> OF_PICTURES = List.of(READABLE, PATHOLOGY, TEST_LEAK, DUPLICATE);

    /// What a post with photos passes, as far as its text goes.
    static final List<String> OF_A_POST =
            joined(
                    List.of(
                            List.of(PARSE),
                            OF_POSTS,
                            List.of(ROLE),
                            OF_TEXTS,
                            List.of(CAPTION_LEAK)));

    /// What an answer passes, as far as its text goes.
    static final List<String> OF_AN_ANSWER =
            joined(
                    List.of(
                            List.of(PARSE),
                            OF_POSTS,
                            List.of(ROLE),
                            OF_ANSWERS,
                            OF_TEXTS,
                            List.of(CAPTION_LEAK)));

    /// All steps in the order of `flow.json`.
    static final List<String> ALL =
            joined(
                    List.of(
                            OF_AN_ANSWER,
                            List.of(EVALUATION_PICTURE),
                            OF_PICTURES,
                            List.of(PICTURE_LEFT, SPLIT)));

    private Steps() {}

    private static List<String> joined(List<List<String>> parts) {
        return parts.stream().flatMap(List::stream).toList();
    }

    /// The steps of a text.
    static List<String> ofText(boolean answer) {
        return answer ? OF_AN_ANSWER : OF_A_POST;
    }

    /// The steps of a text before `step`.
    static List<String> before(String step, boolean answer) {
        List<String> steps = ofText(answer);
        return steps.subList(0, steps.indexOf(step));
    }
}
