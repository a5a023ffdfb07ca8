/// Contrastive training that can be killed and resumed.
@NullMarked
package org.openplip.train;

import org.jspecify.annotations.NullMarked;
