/// Labelled and captioned pictures: the paper's data sets as they are distributed, and any folder
/// or table, in one shape.
@NullMarked
package org.openplip.evaluate.data;

import org.jspecify.annotations.NullMarked;
