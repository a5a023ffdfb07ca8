/// CLIP's byte-level BPE: reading, writing and training it.
@NullMarked
package org.openplip.tokenizer;

import org.jspecify.annotations.NullMarked;
