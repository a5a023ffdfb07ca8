/// Random numbers as NumPy's legacy generator gives them, so that published splits can be repeated.
@NullMarked
package org.openplip.numpy;

import org.jspecify.annotations.NullMarked;
