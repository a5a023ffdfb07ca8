package org.openplip.train;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.openplip.model.AdamWSettings;
import org.openplip.model.ContrastiveLoss;
import org.openplip.model.Precision;

/// Configurations of runs of a few steps, for tests.
final class TrainConfigs {
    long seed = 3;
    TrainConfig.@Nullable Model model =
            new TrainConfig.Model(16, 8, 16, 1, 2, 16, 1, 2, 12, 540, 8);
    int epochs = 2;
    TrainConfig.Order order = TrainConfig.Order.SHUFFLED;
    boolean oneCaptionPerPicture;
    int batch = 8;
    int part = 8;
    double averageDecay;
    double checkpointEveryEpochs = 1.5;
    int keepCheckpoints = 1;
    TrainConfig.Best best = TrainConfig.Best.LOWEST_LOSS;
    TrainConfig.Data data = new TrainConfig.Data(0.25, 0.1);
    TrainConfig.Pictures pictures = TrainConfigs.pictures(18);
    TrainConfig.Loss loss = new TrainConfig.Loss(ContrastiveLoss.CROSS_ENTROPY, false, true);
    TrainConfig.Tower imageTower = TrainConfig.Tower.whole();
    double learningRate = 1e-3;
    double weightDecay = 0.2;
    int warmupSteps = 1;

    /// Variant A.
    static TrainConfig.Pictures pictures(int shortestEdge) {
        return new TrainConfig.Pictures(
                shortestEdge, true, true, TrainConfig.Pictures.Form.NONE, 0);
    }

    static TrainConfig of(UnaryOperator<TrainConfigs> change) {
        return change.apply(new TrainConfigs()).config();
    }

    private TrainConfig config() {
        return new TrainConfig(
                seed,
                model,
                epochs,
                order,
                oneCaptionPerPicture,
                batch,
                Math.min(part, batch),
                Precision.FLOAT32,
                false,
                averageDecay,
                checkpointEveryEpochs,
                keepCheckpoints,
                best,
                data,
                pictures,
                loss,
                imageTower,
                TrainConfig.Tower.whole(),
                new TrainConfig.Optimiser(
                        learningRate,
                        0.9,
                        0.98,
                        1e-6,
                        weightDecay,
                        AdamWSettings.Decayed.MATRICES_AND_TABLES,
                        1,
                        Double.POSITIVE_INFINITY,
                        warmupSteps));
    }
}
