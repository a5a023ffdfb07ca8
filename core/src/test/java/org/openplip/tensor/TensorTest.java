package org.openplip.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

class TensorTest {
    /// The process's resident memory in KiB.
    private static long residentSize() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    /// 40 operations and their backward pass on 64 KiB.
    private static void work() {
        try (Scope scope = Scope.open()) {
            Tensor weight = Tensor.zeros(ElementType.F32, 128, 128).requireGradient();
            Tensor x = Tensor.zeros(ElementType.F32, 128, 128);
            for (int i = 0; i < 20; i++) x = x.multiply(weight).silu();
            x.sum().backward();
            assertThat(weight.gradient()).isNotNull();
            assertThat(scope.live()).isGreaterThan(40);
        }
    }

    @Test
    void tenThousandOperationsLeaveNothingAlive() throws IOException {
        for (int i = 0; i < 50; i++) work();
        long pointers = Pointer.totalCount();
        long before = residentSize();
        for (int i = 0; i < 250; i++) work();
        assertThat(Pointer.totalCount()).as("live native pointers").isLessThanOrEqualTo(pointers);
        // 10,000 leaked results would be 640 MB.
        assertThat(residentSize()).as("resident KiB").isLessThan(before + 32 * 1024);
    }

    @Test
    void keptTensorOutlivesItsScope() {
        try (Scope holder = Scope.holder()) {
            Tensor kept;
            Tensor left;
            try (Scope scope = Scope.open()) {
                left = Tensor.of(new float[] {1, 2}, 2);
                kept = holder.keep(left.add(left));
                assertThat(scope.live()).isEqualTo(1);
            }
            assertThat(kept.floats()).containsExactly(2, 4);
            assertThat(holder.live()).isEqualTo(1);
            assertThatThrownBy(left::shape)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the tensor's scope is closed");
        }
    }

    @Test
    void innerScopesGiveToOuterOnes() {
        try (Scope outer = Scope.open()) {
            Tensor kept;
            try (Scope _ = Scope.open()) {
                kept = outer.keep(Tensor.of(new long[] {7}, 1));
                Tensor.of(new long[] {8}, 1);
            }
            assertThat(outer.live()).isEqualTo(1);
            assertThat(kept.longs()).containsExactly(7);
        }
    }

    @Test
    void onlyTheResultOfWorkStaysAlive() {
        try (Scope scope = Scope.open()) {
            Tensor one = Tensor.of(new float[] {1, 2}, 2);
            Tensor sum = Scope.resultOf(() -> one.add(one).multiply(one).add(one));
            assertThat(scope.live()).isEqualTo(2);
            assertThat(sum.floats()).containsExactly(3, 10);
            assertThat(Scope.resultOf(() -> one)).isSameAs(one);
            assertThat(scope.live()).isEqualTo(2);
        }
    }

    @Test
    void withoutAScopeThereIsNoTensor() {
        assertThatThrownBy(() -> Tensor.zeros(ElementType.F32, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no Scope is open");
    }

    @Test
    void scopesCloseInTheirOrder() {
        Scope outer = Scope.open();
        Scope inner = Scope.open();
        assertThatThrownBy(outer::close).hasMessageContaining("still open");
        inner.close();
        outer.close();
        outer.close();
    }

    @Test
    void aScopeStaysOnItsThread() {
        try (Scope scope = Scope.open()) {
            assertThatThrownBy(() -> CompletableFuture.runAsync(scope::close).join())
                    .hasMessageContaining("belongs to thread");
        }
    }

    @Test
    void threadsWorkSideBySide() {
        CompletableFuture<?>[] threads = new CompletableFuture<?>[4];
        for (int i = 0; i < threads.length; i++) {
            float value = i;
            threads[i] =
                    CompletableFuture.runAsync(
                            () -> {
                                for (int j = 0; j < 200; j++) {
                                    try (Scope _ = Scope.open()) {
                                        Tensor x = Tensor.of(new float[] {value, 1}, 2);
                                        assertThat(x.multiply(x).sum().item())
                                                .isEqualTo(value * value + 1);
                                    }
                                }
                            });
        }
        CompletableFuture.allOf(threads).join();
    }

    @Test
    void valuesComeBackAsTheyWent() {
        try (Scope _ = Scope.open()) {
            float[] values = {0, -1.5f, Float.MIN_VALUE, Float.POSITIVE_INFINITY, 3e38f, 1};
            Tensor tensor = Tensor.of(values, 2, 3);
            assertThat(tensor.floats()).containsExactly(values);
            assertThat(tensor.transpose(0, 1).floats())
                    .containsExactly(0, values[3], values[1], 3e38f, values[2], 1);
            assertThat(tensor.shape()).containsExactly(2, 3);
            assertThat(Tensor.of(values, 6).to(ElementType.BF16).type())
                    .isEqualTo(ElementType.BF16);
            assertThatThrownBy(() -> Tensor.of(values, 5))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected 20 for F32 [5], got 24");
        }
    }

    @Test
    void gradientsAreTheCalculus() {
        try (Scope _ = Scope.open()) {
            // d/dx of the sum of x · sigmoid(x) at 0 is 1/2.
            Tensor x = Tensor.of(new float[] {0}, 1).requireGradient();
            x.silu().sum().backward();
            Tensor gradient = Objects.requireNonNull(x.gradient());
            assertThat(gradient.item()).isCloseTo(0.5, within(1e-7));
            x.clearGradient();
            assertThat(x.gradient()).isNull();
            try (NoGradients _ = NoGradients.open()) {
                assertThatThrownBy(() -> x.silu().sum().backward())
                        .isInstanceOf(RuntimeException.class);
            }
        }
    }
}
