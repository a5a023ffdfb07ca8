/// Foreign calls of this package's owner.
@NullMarked
package org.openplip.tensor.internal;

import org.jspecify.annotations.NullMarked;
