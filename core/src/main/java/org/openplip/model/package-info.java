/// CLIP's two towers, and the networks for pictures alone that it is compared with.
@NullMarked
package org.openplip.model;

import org.jspecify.annotations.NullMarked;
