/// Posts in, a filtered and documented release of pairs out.
@NullMarked
package org.openplip.openpath;

import org.jspecify.annotations.NullMarked;
