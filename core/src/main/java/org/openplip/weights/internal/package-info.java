/// Foreign calls of this package's owner.
@NullMarked
package org.openplip.weights.internal;

import org.jspecify.annotations.NullMarked;
