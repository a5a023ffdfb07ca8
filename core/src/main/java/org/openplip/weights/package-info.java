/// Safetensors in and out, and checkpoint folders in the Hugging Face layout.
@NullMarked
package org.openplip.weights;

import org.jspecify.annotations.NullMarked;
