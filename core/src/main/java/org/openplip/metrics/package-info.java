/// Pure functions from labels, scores and ranks to numbers.
@NullMarked
package org.openplip.metrics;

import org.jspecify.annotations.NullMarked;
