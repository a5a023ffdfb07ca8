package org.openplip.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Map;

/// A file in ONNX Runtime, checked as strictly as it can.
public final class OnnxSession implements AutoCloseable {
    private final OrtSession.SessionOptions options;
    final OrtSession session;

    private OnnxSession(OrtSession.SessionOptions options, OrtSession session) {
        this.options = options;
        this.session = session;
    }

    /// Opens files, for a process whose output is looked at.
    public static void main(String[] files) throws OrtException {
        for (String file : files) open(Path.of(file)).close();
        System.out.println("opened " + files.length);
    }

    public static OnnxSession open(Path file) throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        // A shape that the file states and ONNX infers otherwise is an error, not a remark.
        options.addConfigEntry("session.strict_shape_type_inference", "1");
        return new OnnxSession(options, environment().createSession(file.toString(), options));
    }

    private static OrtEnvironment environment() {
        return OrtEnvironment.getEnvironment();
    }

    /// `image_embeds` of pixels `[b, 3, size, size]`.
    public float[][] images(float[] pixels, long b, long size) throws OrtException {
        long[] shape = {b, 3, size, size};
        try (OnnxTensor input =
                OnnxTensor.createTensor(environment(), FloatBuffer.wrap(pixels), shape)) {
            return run("pixel_values", input, "image_embeds");
        }
    }

    /// `text_embeds` of ids `[b, t]`.
    public float[][] texts(long[] ids, long b, long t) throws OrtException {
        long[] shape = {b, t};
        try (OnnxTensor input =
                OnnxTensor.createTensor(environment(), LongBuffer.wrap(ids), shape)) {
            return run("input_ids", input, "text_embeds");
        }
    }

    private float[][] run(String name, OnnxTensor input, String output) throws OrtException {
        try (OrtSession.Result result = session.run(Map.of(name, input))) {
            return (float[][]) result.get(output).orElseThrow().getValue();
        }
    }

    @Override
    public void close() throws OrtException {
        session.close();
        options.close();
    }
}
