package org.openplip;

import java.util.Map;

/// The label that fits a picture best, and how well all fit.
///
/// @param label the one whose prompts are most similar to the picture; of equals the first
/// @param probability of `label`
/// @param probabilities of every label in their order: the softmax over the labels of similarity
///   times the model's logit scale. They say how the labels share the picture among themselves, not
///   whether any of them is right
/// @param similarities cosine of the picture and each label's prompts
public record Prediction(
        String label,
        double probability,
        Map<String, Double> probabilities,
        Map<String, Double> similarities) {}
