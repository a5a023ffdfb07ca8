package org.openplip.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import org.openplip.io.Json;

/// What an evaluation found, as it stands in `results.json`: every number with its n, interval,
/// protocol, prompts and checkpoint. The report page is made from this record and the pictures.
///
/// @param models the contenders; the first is the model under test, the others its baselines
/// @param leftOut listed pictures that were not used, each with its reason
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Results(
        String format,
        String title,
        Provenance provenance,
        DataSet data,
        List<Model> models,
        @Nullable ZeroShot zeroShot,
        @Nullable TextToImage textToImage,
        @Nullable Training training,
        @Nullable Filter filter,
        List<LeftOut> leftOut) {
    public static final String FORMAT = "openplip-evaluation-1";

    /// The results in `file`.
    ///
    /// @throws DataException if the file holds something else
    public static Results read(Path file) throws IOException {
        Results results = Json.read(file, Results.class);
        if (!FORMAT.equals(results.format)) {
            throw new DataException(
                    file, "format", "expected " + FORMAT + ", got " + results.format);
        }
        return results;
    }

    /// Where the numbers come from.
    ///
    /// @param created when, ISO 8601
    /// @param command the command line that made them, or the call
    /// @param commit of the program, or `unknown`
    /// @param config the evaluation's resolved configuration
    public record Provenance(
            String created,
            String command,
            String version,
            String commit,
            String java,
            long seed,
            Map<String, Object> config) {}

    /// The test set.
    ///
    /// @param path of the table, or of the folder of classes
    /// @param root files are named relative to this folder
    /// @param sha256 of the table's bytes; absent for a folder
    /// @param listed pictures listed
    /// @param used pictures read and encoded by every model
    /// @param notice what a reader must know of the data (drawings, not tissue), if anything
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record DataSet(
            String name,
            String path,
            String root,
            @Nullable String sha256,
            int listed,
            int used,
            @Nullable String notice) {}

    /// A contender.
    ///
    /// @param checkpoint its folder, or how it was made
    /// @param sha256 of its weights, by [org.openplip.Checkpoint#sha256]; absent where no file
    ///   exists
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Model(String name, String checkpoint, @Nullable String sha256) {}

    /// A number with its percentile bootstrap interval and the n it was resampled from.
    public record Measured(double value, double low, double high, int n) {}

    /// How intervals were made.
    ///
    /// @param unit what was resampled
    public record Bootstrap(int draws, double level, long seed, String unit) {}

    /// A listed picture that was not used.
    public record LeftOut(String file, String reason) {}

    /// Zero-shot classification: the class whose prompt is nearest to the picture.
    ///
    /// @param n labelled pictures
    /// @param scores one per model, in the order of `models`
    /// @param references answers that look at no picture
    /// @param mistakes of the first model, widest margin first
    public record ZeroShot(
            String protocol,
            List<String> templates,
            List<ClassOf> classes,
            int n,
            Bootstrap bootstrap,
            List<ZeroShotScore> scores,
            List<Reference> references,
            List<Mistake> mistakes) {}

    /// A class: its label in the data, its name in the prompts, and how many pictures it has.
    public record ClassOf(String label, String name, int n) {}

    /// @param confusion `[true class][predicted class]` counts
    public record ZeroShotScore(
            String model,
            Measured weightedF1,
            Measured macroF1,
            Measured accuracy,
            Measured balancedAccuracy,
            Measured mcc,
            List<ClassScore> perClass,
            List<List<Long>> confusion) {}

    /// @param n pictures of the class; where 0, `f1` and `recall` are absent
    /// @param precision absent where the class was never predicted
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ClassScore(
            String label,
            int n,
            @Nullable Double precision,
            @Nullable Double recall,
            @Nullable Measured f1) {}

    /// The expected score of an answer that looks at no picture.
    public record Reference(
            String name,
            String definition,
            double weightedF1,
            double accuracy,
            double balancedAccuracy) {}

    /// A picture that was put in the wrong class.
    ///
    /// @param margin cosine with the predicted class minus cosine with the true one
    public record Mistake(String file, String label, String predicted, double margin) {}

    /// Text-to-image retrieval: every caption ranks all pictures.
    ///
    /// @param queries captions asked
    /// @param items pictures ranked by each
    /// @param distinctCaptions how many of the captions differ; under `paper` a picture with the
    ///   same caption as the query's own is a miss
    /// @param scores one per model, in the order of `models`
    /// @param chance recall of a random order at each k
    public record TextToImage(
            String protocol,
            int queries,
            int items,
            int distinctCaptions,
            Bootstrap bootstrap,
            List<RetrievalScore> scores,
            List<ChanceAt> chance,
            double chanceMedianRank,
            List<Query> examples) {}

    public record RetrievalScore(String model, List<RecallAt> recall, Measured medianRank) {}

    /// @param foldOverChance the recall divided by that of a random order
    public record RecallAt(int k, Measured recall, double foldOverChance) {}

    public record ChanceAt(int k, double recall) {}

    /// A caption and what the first model found for it.
    ///
    /// @param rank of the caption's own picture, 1 is best
    public record Query(String caption, String file, int rank, List<Hit> hits) {}

    public record Hit(String file, @Nullable String label, double similarity, boolean own) {}

    /// The training run's log.
    ///
    /// @param run the run's folder
    /// @param logged steps in the log
    /// @param points the log, thinned evenly when it is long
    /// @param environment the run's `environment.json`, if it has one
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Training(
            String run, int logged, List<Point> points, @Nullable JsonNode environment) {}

    /// What the training log says of a step.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Point(
            long step,
            @Nullable Double epoch,
            @Nullable Double loss,
            @Nullable Double learningRate,
            @Nullable Double logitScale,
            @Nullable Double samplesPerSecond,
            @Nullable Double validationLoss,
            @Nullable Double validationRecallAt10) {}

    /// How the training data were made from posts.
    ///
    /// @param quality against known truth; absent where there is none
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Filter(String release, List<Step> steps, @Nullable JsonNode quality) {}

    /// A step of the filter: what came in, what went out, and why the rest did not.
    ///
    /// @param unit what is counted, such as `post` or `pair`
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Step(
            String step, @Nullable String unit, long in, long out, Map<String, Long> rejected) {}
}
