/// The tensors of checkpoints by name: Safetensors in and out, PyTorch's files in, and the names of
/// OpenAI, open_clip and Hugging Face for one another.
@NullMarked
package org.openplip.weights;

import org.jspecify.annotations.NullMarked;
