/// The vector and text index.
@NullMarked
package org.openplip.search;

import org.jspecify.annotations.NullMarked;
