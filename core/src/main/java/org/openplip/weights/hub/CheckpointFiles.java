package org.openplip.weights.hub;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which files of a repository make a checkpoint. Only these names are ever asked for or written,
/// whatever a hub lists.
final class CheckpointFiles {
    private static final List<String> BESIDE_WEIGHTS =
            List.of(
                    "config.json",
                    "open_clip_config.json",
                    "preprocessor_config.json",
                    "tokenizer.json",
                    "vocab.json",
                    "merges.txt",
                    "tokenizer_config.json",
                    "special_tokens_map.json",
                    "README.md");

    /// The weights, the best first: those without a pickle before those with one.
    private static final List<String> WEIGHTS =
            List.of(
                    "model.safetensors",
                    "open_clip_model.safetensors",
                    "pytorch_model.bin",
                    "open_clip_pytorch_model.bin");

    private CheckpointFiles() {}

    /// The files to fetch of those in a repository, the weights last; empty where it has no weights
    /// in a format that is known.
    static Optional<List<String>> choose(Collection<String> names) {
        return weights(names)
                .map(
                        weights -> {
                            List<String> chosen = new ArrayList<>(BESIDE_WEIGHTS);
                            chosen.retainAll(names);
                            chosen.addAll(weights);
                            return chosen;
                        });
    }

    static boolean hasWeights(Collection<String> names) {
        return weights(names).isPresent();
    }

    /// Whether a model can be loaded from these files alone, with all it may need.
    static boolean areWhole(Collection<String> names) {
        return hasWeights(names)
                && (names.containsAll(List.of("config.json", "preprocessor_config.json"))
                        || names.contains("open_clip_config.json"))
                && (names.contains("tokenizer.json")
                        || names.containsAll(List.of("vocab.json", "merges.txt")));
    }

    private static Optional<List<String>> weights(Collection<String> names) {
        for (String file : WEIGHTS) {
            if (names.contains(file)) return Optional.of(List.of(file));
            List<String> shards = shards(file, names);
            if (!shards.isEmpty()) return Optional.of(shards);
        }
        return Optional.empty();
    }

    /// The parts of `file`, `STEM-00001-of-00003.EXTENSION`, and their index; none unless all are
    /// there.
    private static List<String> shards(String file, Collection<String> names) {
        String index = file + ".index.json";
        int point = file.lastIndexOf('.');
        Pattern form =
                Pattern.compile(
                        Pattern.quote(file.substring(0, point))
                                + "-[0-9]{5}-of-([0-9]{5})"
                                + Pattern.quote(file.substring(point)));
        List<String> shards = new ArrayList<>();
        int expected = 0;
        for (String name : names.stream().sorted().toList()) {
            Matcher matcher = form.matcher(name);
            if (!matcher.matches()) continue;
            shards.add(name);
            expected = Integer.parseInt(matcher.group(1));
        }
        if (shards.isEmpty() || shards.size() != expected || !names.contains(index)) {
            return List.of();
        }
        shards.add(index);
        return shards;
    }
}
