package org.openplip.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Map;

/// A tower that `plip export` wrote, run by ONNX Runtime on all cores.
final class OnnxTower implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final int size;

    OnnxTower(Path file, int size) throws OrtException {
        this.size = size;
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(Runtime.getRuntime().availableProcessors());
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            session = environment.createSession(file.toString(), options);
        }
    }

    /// Embeddings `[n][width]` of normalised pixels `[n, 3, size, size]`.
    float[][] images(float[] pixels, int n) throws OrtException {
        long[] shape = {n, 3, size, size};
        try (OnnxTensor input =
                        OnnxTensor.createTensor(environment, FloatBuffer.wrap(pixels), shape);
                OrtSession.Result result = session.run(Map.of("pixel_values", input))) {
            return (float[][]) result.get(0).getValue();
        }
    }

    /// Embeddings `[n][width]` of ids `[n, t]`.
    float[][] texts(long[] ids, int n) throws OrtException {
        long[] shape = {n, ids.length / n};
        try (OnnxTensor input = OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape);
                OrtSession.Result result = session.run(Map.of("input_ids", input))) {
            return (float[][]) result.get(0).getValue();
        }
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
