package org.openplip.openpath;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/// The rules of a build for texts.
///
/// @param post asked of every post: [Steps#OF_POSTS]
/// @param keyword asked of answers
/// @param text asked of the texts that may become captions: [Steps#OF_TEXTS]
record BuildRules(List<Rule> post, Rule keyword, List<Rule> text) {
    /// @param takenDown ids that were removed before
    static BuildRules of(BuildSettings settings, Collection<String> takenDown) throws IOException {
        return new BuildRules(
                List.of(
                        new Rule.NotTakenDown(Set.copyOf(takenDown)),
                        new Rule.NotRepost(),
                        new Rule.NotSensitive(),
                        new Rule.Hashtagged(
                                settings.requireHashtag()
                                        ? Set.copyOf(WordList.hashtags())
                                        : Set.of()),
                        new Rule.English(EnglishDetector.load())),
                Rule.NamesPathology.of(WordList.pathologyKeywords()),
                List.of(new Rule.NoQuestion(), new Rule.LongEnough(settings.minimumWords())));
    }

    /// All rules, in order.
    List<Rule> all() {
        List<Rule> all = new ArrayList<>(post);
        all.add(keyword);
        all.addAll(text);
        return all;
    }
}
