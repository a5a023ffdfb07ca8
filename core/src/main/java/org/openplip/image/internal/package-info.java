/// Foreign calls of this package's owner.
@NullMarked
package org.openplip.image.internal;

import org.jspecify.annotations.NullMarked;
