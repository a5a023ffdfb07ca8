package org.openplip.openpath.filter;

import java.util.List;
import org.openplip.metrics.Bootstrap;
import org.openplip.metrics.Calibration;
import org.openplip.metrics.Proportion;

/// What a filter was fitted on and how well it does, for people.
///
/// All numbers but the counts are of pictures that the judging filter had not seen: each was judged
/// by one that was fitted and calibrated without it ([FilterTraining]). Probabilities, precision
/// and the threshold hold where as large a share of the pictures shows pathology as here.
///
/// @param pictures what is said of the labelled pictures
/// @param pathology labelled so, different files
/// @param other labelled so, different files
/// @param copies files left out because they are the same as another
/// @param unreadable files left out because they are no pictures
/// @param penalty strength of the L2 regularisation, of the mean loss
/// @param auc area under the receiver operating characteristic
/// @param brier score, 0 to 1
/// @param calibrationError expected calibration error over `reliability`
/// @param askedPrecision what the threshold was chosen for
/// @param threshold of the filter
/// @param precision at the threshold: of the pictures kept, those that show pathology
/// @param recall at the threshold: of those that show pathology, the pictures kept
/// @param otherLeftOut at the threshold: of those that do not, the pictures left out
/// @param reliability bins of probability
public record FilterCard(
        String pictures,
        long pathology,
        long other,
        long copies,
        long unreadable,
        double penalty,
        double auc,
        double brier,
        double calibrationError,
        double askedPrecision,
        double threshold,
        Share precision,
        Share recall,
        Share otherLeftOut,
        List<Calibration.Bin> reliability) {
    /// Of all intervals and bounds, which are Clopper and Pearson's.
    public static final double LEVEL = 0.95;

    /// A share of cases with its interval.
    public record Share(long hits, long n, double low, double high) {
        static Share of(long hits, long n) {
            Bootstrap.Interval interval = Proportion.interval(hits, n, LEVEL);
            return new Share(hits, n, interval.low(), interval.high());
        }

        public double value() {
            return (double) hits / n;
        }
    }

    public FilterCard {
        reliability = List.copyOf(reliability);
    }
}
