package org.openplip.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The two prepared forms of an affine map, against libtorch's plain one and against integers
/// computed by hand.
class LinearTest {
    private static final int IN = 37; // no multiple of a kernel's block
    private static final int OUT = 53;

    private final Random random = new Random(5);

    private float[] numbers(int n, double spread) {
        float[] numbers = new float[n];
        for (int i = 0; i < n; i++) numbers[i] = (float) (spread * random.nextGaussian());
        return numbers;
    }

    private static void assertClose(String what, Tensor actual, Tensor expected, double tolerance) {
        float[] a = actual.floats();
        float[] e = expected.floats();
        assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
        double largest = 0;
        double entry = 0;
        for (int i = 0; i < e.length; i++) {
            largest = Math.max(largest, Math.abs(a[i] - e[i]));
            entry = Math.max(entry, Math.abs(e[i]));
        }
        assertThat(largest / entry).as("%s: of the largest entry", what).isLessThan(tolerance);
    }

    @ParameterizedTest
    @CsvSource({"F32, 1e-6", "BF16, 1e-2"})
    void aPackedMapIsLibtorchsWithWhatFollowsIt(ElementType type, double tolerance) {
        try (Scope scope = Scope.open();
                NoGradients _ = NoGradients.open()) {
            Tensor weight = Tensor.of(numbers(OUT * IN, 0.3), OUT, IN).to(type);
            Tensor bias = Tensor.of(numbers(OUT, 1), OUT).to(type);
            assertThat(PackedLinear.supports(type)).isTrue();
            PackedLinear packed = PackedLinear.of(weight, bias, scope);
            for (int rows : new int[] {1, 2, 65}) {
                Tensor x = Tensor.of(numbers(2 * rows * IN, 1), 2, rows, IN).to(type);
                Tensor residual = Tensor.of(numbers(2 * rows * OUT, 1), 2, rows, OUT).to(type);
                Tensor plain = x.to(ElementType.F32).linear(wide(weight), wide(bias));
                assertThat(packed.apply(x).type()).isEqualTo(type);
                assertClose("map", packed.apply(x), plain, tolerance);
                assertClose("silu", packed.silu(x), plain.silu(), tolerance);
                assertClose("gelu", packed.gelu(x), plain.gelu(), tolerance);
                assertClose(
                        "residual",
                        packed.addedTo(residual, x),
                        wide(residual).add(plain),
                        tolerance);
            }
            PackedLinear without = PackedLinear.of(weight, null, scope);
            Tensor x = Tensor.of(numbers(IN, 1), 1, IN).to(type);
            assertClose("no bias", without.apply(x), wide(x).linear(wide(weight), null), tolerance);
        }
    }

    private static Tensor wide(Tensor tensor) {
        return tensor.to(ElementType.F32);
    }

    @Test
    void anInt8MapIsTheSumOfIntegersByItsScales() {
        try (Scope scope = Scope.open();
                NoGradients _ = NoGradients.open()) {
            float[] weight = numbers(OUT * IN, 0.3);
            Arrays.fill(weight, 3 * IN, 4 * IN, 0); // an output that reads nothing
            float[] bias = numbers(OUT, 1);
            Int8Linear quantized =
                    Int8Linear.of(Tensor.of(weight, OUT, IN), Tensor.of(bias, OUT), scope);
            for (double shift : new double[] {0, 5, -5}) { // inputs about zero, and on one side
                float[] x = numbers(3 * IN, 1);
                for (int i = 0; i < x.length; i++) x[i] += (float) shift;
                Tensor expected = Tensor.of(byHand(x, weight, bias), 3, OUT);
                Tensor input = Tensor.of(x, 3, IN);
                Tensor residual = Tensor.of(numbers(3 * OUT, 1), 3, OUT);
                assertClose("map", quantized.apply(input), expected, 1e-5);
                assertClose("silu", quantized.silu(input), expected.silu(), 1e-5);
                assertClose("gelu", quantized.gelu(input), expected.gelu(), 1e-5);
                assertClose(
                        "residual",
                        quantized.addedTo(residual, input),
                        residual.add(expected),
                        1e-5);
                Tensor exact = input.linear(Tensor.of(weight, OUT, IN), Tensor.of(bias, OUT));
                assertClose("against float32", quantized.apply(input), exact, 0.03);
            }
        }
    }

    /// Both factors rounded to 8 bits, summed as integers.
    private static float[] byHand(float[] x, float[] weight, float[] bias) {
        double low = 0;
        double high = 0;
        for (float value : x) {
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        double scale = (high - low) / 255;
        long zero = Math.clamp(Math.round(-low / scale), 1, 255);
        float[] out = new float[x.length / IN * OUT];
        for (int row = 0; row < x.length / IN; row++) {
            for (int o = 0; o < OUT; o++) {
                double largest = 0;
                for (int i = 0; i < IN; i++) {
                    largest = Math.max(largest, Math.abs(weight[o * IN + i]));
                }
                double step = Math.max(largest / 127, Float.MIN_NORMAL);
                long sum = 0;
                for (int i = 0; i < IN; i++) {
                    long q = Math.clamp((long) Math.rint(x[row * IN + i] / scale) + zero, 0, 255);
                    sum += (q - zero) * (long) Math.rint(weight[o * IN + i] / step);
                }
                out[row * OUT + o] = (float) (sum * scale * step + bias[o]);
            }
        }
        return out;
    }

    @Test
    void whatNo8BitsStandForIsRefused() {
        try (Scope scope = Scope.open();
                NoGradients _ = NoGradients.open()) {
            Int8Linear quantized =
                    Int8Linear.of(
                            Tensor.of(numbers(OUT * IN, 1), OUT, IN),
                            Tensor.of(numbers(OUT, 1), OUT),
                            scope);
            for (float odd : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
                float[] x = numbers(IN, 1);
                x[5] = odd;
                assertThatThrownBy(() -> quantized.apply(Tensor.of(x, 1, IN)))
                        .isInstanceOf(ArithmeticException.class);
            }
            assertThat(quantized.apply(Tensor.zeros(ElementType.F32, 2, IN)).shape())
                    .containsExactly(2, OUT);
        }
    }
}
