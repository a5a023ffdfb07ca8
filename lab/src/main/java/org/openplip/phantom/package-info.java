/// Procedural tissue and posts with known truth. Drawings, never tissue.
@NullMarked
package org.openplip.phantom;

import org.jspecify.annotations.NullMarked;
