package org.openplip.evaluate.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.openplip.numpy.RandomState;

/// A split that keeps pictures of one group (slide, patient, post) together and each label's share
/// about equal. A picture without a group is a group of its own.
///
/// Groups are put into strata by their most frequent label (the first in order of those), each
/// stratum into a random order by its own generator; a group goes to the split in which its first
/// picture falls when the stratum's pictures are laid out in that order. The same samples in
/// another order of groups give another split; readers sort by name first.
final class GroupedSplit {
    private static final long SEED = 1;
    private static final double TEST = 0.3;
    private static final double VALIDATION = 0.1;

    private GroupedSplit() {}

    /// About 60 % for training, 10 % for validation, 30 % for the test, in the order of `samples`.
    static List<Sample> of(List<Sample> samples) {
        return split(samples, TEST, VALIDATION);
    }

    /// About 10 % of the training samples for validation; others stay in their split.
    static List<Sample> withValidation(List<Sample> samples) {
        List<Sample> train = samples.stream().filter(s -> s.split() == Split.TRAIN).toList();
        Map<String, Split> chosen = new HashMap<>();
        for (Sample sample : split(train, 0, VALIDATION)) {
            chosen.put(sample.name(), sample.split());
        }
        return samples.stream().map(s -> s.in(chosen.getOrDefault(s.name(), s.split()))).toList();
    }

    private static List<Sample> split(List<Sample> samples, double test, double validation) {
        Map<String, List<Sample>> groups = new LinkedHashMap<>();
        for (Sample sample : samples) {
            groups.computeIfAbsent(groupOf(sample), _ -> new ArrayList<>()).add(sample);
        }
        Map<String, List<List<Sample>>> strata = new TreeMap<>();
        for (List<Sample> group : groups.values()) {
            strata.computeIfAbsent(label(group), _ -> new ArrayList<>()).add(group);
        }
        Map<String, Split> splits = new HashMap<>();
        for (List<List<Sample>> stratum : strata.values()) {
            double all = stratum.stream().mapToInt(List::size).sum();
            long before = 0;
            for (int row : new RandomState(SEED).permutation(stratum.size())) {
                List<Sample> group = stratum.get(row);
                double place = before / all;
                splits.put(
                        groupOf(group.getFirst()),
                        place < test
                                ? Split.TEST
                                : place < test + validation ? Split.VALIDATION : Split.TRAIN);
                before += group.size();
            }
        }
        return samples.stream()
                .map(s -> s.in(Objects.requireNonNull(splits.get(groupOf(s)))))
                .toList();
    }

    /// A key that no group and no name of a picture share.
    private static String groupOf(Sample sample) {
        return sample.group() == null ? "picture " + sample.name() : "group " + sample.group();
    }

    private static String label(List<Sample> group) {
        Map<String, Integer> counts = new TreeMap<>();
        for (Sample sample : group) {
            counts.merge(sample.label() == null ? "" : sample.label(), 1, Integer::sum);
        }
        return counts.entrySet().stream()
                .max(
                        Map.Entry.<String, Integer>comparingByValue()
                                .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                .map(Map.Entry::getKey)
                .orElse("");
    }
}
