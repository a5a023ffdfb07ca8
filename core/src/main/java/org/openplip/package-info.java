/// The encoder in a few lines: `Plip` turns pictures and captions into embeddings.
@NullMarked
package org.openplip;

import org.jspecify.annotations.NullMarked;
