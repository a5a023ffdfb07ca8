/// Whole-slide images: levels, tiles, tissue.
@NullMarked
package org.openplip.slide;

import org.jspecify.annotations.NullMarked;
