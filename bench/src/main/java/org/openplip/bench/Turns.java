package org.openplip.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// Times candidates that take turns, so that whatever else the machine does meets them all alike:
/// one call of each in a round, over and over. What counts is the median of a candidate's calls.
///
/// JMH times one candidate after the other, in a process each; over minutes on a shared machine
/// that measures the neighbours.
final class Turns {
    /// Median seconds by candidate.
    record Seconds(Map<String, Double> medians) {
        double of(String candidate) {
            Double median = medians.get(candidate);
            if (median == null) throw new IllegalArgumentException("no candidate " + candidate);
            return median;
        }
    }

    /// Something that can be timed.
    @FunctionalInterface
    interface Candidate {
        void run() throws Exception;
    }

    /// Before each call: the idle threads of the candidate before may spin for some milliseconds.
    private static final long PAUSE_MILLISECONDS = 30;

    private final Map<String, Candidate> candidates = new LinkedHashMap<>();

    Turns add(String name, Candidate candidate) {
        candidates.put(name, candidate);
        return this;
    }

    /// Median seconds of a call of each candidate.
    ///
    /// @param warmups calls of each before any is timed
    Seconds run(int warmups, int rounds) throws Exception {
        for (Candidate candidate : candidates.values()) {
            for (int i = 0; i < warmups; i++) candidate.run();
        }
        Map<String, double[]> seconds = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (Map.Entry<String, Candidate> entry : candidates.entrySet()) {
                Thread.sleep(PAUSE_MILLISECONDS);
                long start = System.nanoTime();
                entry.getValue().run();
                double took = (System.nanoTime() - start) / 1e9;
                seconds.computeIfAbsent(entry.getKey(), _ -> new double[rounds])[round] = took;
            }
        }
        Map<String, Double> medians = new LinkedHashMap<>();
        seconds.forEach(
                (name, all) -> {
                    Arrays.sort(all);
                    medians.put(name, (all[(rounds - 1) / 2] + all[rounds / 2]) / 2);
                });
        return new Seconds(medians);
    }
}
