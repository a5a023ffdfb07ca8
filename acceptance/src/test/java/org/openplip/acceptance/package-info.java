/// The product from outside, as a user meets it.
@NullMarked
package org.openplip.acceptance;

import org.jspecify.annotations.NullMarked;
