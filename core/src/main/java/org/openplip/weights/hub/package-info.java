/// Checkpoints from a hub of the Hugging Face form, kept in the cache that `huggingface_hub` keeps,
/// so that Python's programs and ours fetch a file once between them.
@NullMarked
package org.openplip.weights.hub;

import org.jspecify.annotations.NullMarked;
