/// The system call that the JDK does not offer: locks that Python's programs see.
@NullMarked
package org.openplip.weights.hub.internal;

import org.jspecify.annotations.NullMarked;
