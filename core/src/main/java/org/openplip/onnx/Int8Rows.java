package org.openplip.onnx;

import java.lang.foreign.MemorySegment;
import org.openplip.tensor.ElementType;
import org.openplip.tensor.Tensor;

/// A matrix in steps of int8, symmetric around zero: element `[i, j]` is `scales[i] · steps[i, j]`,
/// and the largest magnitude of a row is 127 steps.
///
/// @param steps int8 `[rows, columns]`
/// @param scales float32 `[rows]`
record Int8Rows(Tensor steps, Tensor scales) {
    private static final int MOST_STEPS = 127;

    /// The nearest to float32 `matrix` `[rows, columns]`; in the innermost scope.
    static Int8Rows of(Tensor matrix) {
        int rows = Math.toIntExact(matrix.size(0));
        int columns = Math.toIntExact(matrix.size(1));
        float[] values = matrix.floats();
        byte[] steps = new byte[values.length];
        float[] scales = new float[rows];
        for (int row = 0; row < rows; row++) {
            float largest = 0;
            for (int i = row * columns; i < (row + 1) * columns; i++) {
                largest = Math.max(largest, Math.abs(values[i]));
            }
            scales[row] = largest == 0 ? 1 : largest / MOST_STEPS;
            for (int i = row * columns; i < (row + 1) * columns; i++) {
                steps[i] = (byte) Math.round(values[i] / scales[row]);
            }
        }
        return new Int8Rows(
                Tensor.of(ElementType.I8, MemorySegment.ofArray(steps), rows, columns),
                Tensor.of(scales, rows));
    }
}
