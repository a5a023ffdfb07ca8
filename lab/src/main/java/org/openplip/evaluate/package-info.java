/// Zero-shot classification and retrieval, with intervals.
@NullMarked
package org.openplip.evaluate;

import org.jspecify.annotations.NullMarked;
