package org.openplip.bench;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.openplip.model.Clip;
import org.openplip.model.ClipConfig;

/// CLIP's image tower as one writes it down over libtorch's binding, line by line from the paper:
/// the peer that shows what our own form of it is worth.
final class NaiveClip implements AutoCloseable {
    private final Map<String, Tensor> weights = new HashMap<>();
    private final ClipConfig.Vision config;
    private final ScalarType type;

    NaiveClip(Clip clip, ScalarType type) {
        this.config = clip.config().vision();
        this.type = type;
        clip.parameters()
                .forEach(
                        (name, parameter) -> {
                            try (PointerScope _ = new PointerScope();
                                    FloatPointer values = new FloatPointer(parameter.floats())) {
                                Tensor copy = torch.from_blob(values, parameter.shape()).clone();
                                weights.put(name, (Tensor) copy.to(type).clone().retainReference());
                            }
                        });
    }

    /// Embeddings `[n * width]` of normalised pixels `[n, 3, size, size]`.
    float[] images(float[] pixels, int n) {
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard();
                FloatPointer values = new FloatPointer(pixels)) {
            long size = config.imageSize();
            long w = config.width();
            long t = config.tokens();
            long h = config.heads();
            long p = config.patchSize();
            long side = size / p;
            Tensor x = torch.from_blob(values, new long[] {n, 3, size, size}).to(type);
            x =
                    x.reshape(n, 3, side, p, side, p)
                            .permute(0, 2, 4, 1, 3, 5)
                            .reshape(n, side * side, 3 * p * p)
                            .matmul(
                                    of("vision_model.embeddings.patch_embedding.weight")
                                            .reshape(w, 3 * p * p)
                                            .t());
            Tensor first = of("vision_model.embeddings.class_embedding").expand(n, 1, w);
            x = torch.cat(new TensorVector(first, x), 1);
            x = x.add(of("vision_model.embeddings.position_embedding.weight"));
            x = norm(x, "vision_model.pre_layrnorm");
            for (int i = 0; i < config.depth(); i++) {
                String block = "vision_model.encoder.layers." + i;
                Tensor y = norm(x, block + ".layer_norm1");
                Tensor seen =
                        torch.scaled_dot_product_attention(
                                linear(y, block + ".self_attn.q_proj")
                                        .view(n, t, h, w / h)
                                        .transpose(1, 2),
                                linear(y, block + ".self_attn.k_proj")
                                        .view(n, t, h, w / h)
                                        .transpose(1, 2),
                                linear(y, block + ".self_attn.v_proj")
                                        .view(n, t, h, w / h)
                                        .transpose(1, 2),
                                new TensorOptional(),
                                0.0,
                                false,
                                new DoubleOptional(),
                                false);
                seen = seen.transpose(1, 2).reshape(n, t, w);
                x = x.add(linear(seen, block + ".self_attn.out_proj"));
                y = linear(norm(x, block + ".layer_norm2"), block + ".mlp.fc1");
                y = y.mul(torch.sigmoid(y.mul(new Scalar(1.702))));
                x = x.add(linear(y, block + ".mlp.fc2"));
            }
            x = norm(x.select(1, 0), "vision_model.post_layernorm");
            x = x.matmul(of("visual_projection.weight").t()).to(ScalarType.Float).contiguous();
            float[] embeddings = new float[(int) x.numel()];
            new FloatPointer(x.data_ptr()).capacity(embeddings.length).get(embeddings);
            return embeddings;
        }
    }

    private Tensor linear(Tensor x, String name) {
        return torch.linear(x, of(name + ".weight"), of(name + ".bias"));
    }

    private Tensor norm(Tensor x, String name) {
        return torch.layer_norm(
                x,
                new long[] {config.width()},
                new TensorOptional(of(name + ".weight")),
                new TensorOptional(of(name + ".bias")),
                config.layerNormEpsilon(),
                false);
    }

    private Tensor of(String name) {
        Tensor tensor = weights.get(name);
        if (tensor == null) throw new IllegalArgumentException("no parameter " + name);
        return tensor;
    }

    @Override
    public void close() {
        weights.values().forEach(Tensor::close);
    }
}
