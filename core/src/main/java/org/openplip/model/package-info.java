/// CLIP's two towers.
@NullMarked
package org.openplip.model;

import org.jspecify.annotations.NullMarked;
