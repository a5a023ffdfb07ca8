/// Files that are either whole or absent, JSON, NumPy arrays, and the one exception for bad data.
@NullMarked
package org.openplip.io;

import org.jspecify.annotations.NullMarked;
