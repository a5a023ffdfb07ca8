/// Scoped native tensors and the few operations used, over libtorch.
@NullMarked
package org.openplip.tensor;

import org.jspecify.annotations.NullMarked;
