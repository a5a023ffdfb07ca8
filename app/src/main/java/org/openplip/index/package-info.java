/// Making a search index of pictures, slides and releases, and keeping what was taken down out of
/// it.
@NullMarked
package org.openplip.index;

import org.jspecify.annotations.NullMarked;
