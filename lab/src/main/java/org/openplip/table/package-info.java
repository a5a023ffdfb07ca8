/// Tables that people write: rows under the names of columns.
@NullMarked
package org.openplip.table;

import org.jspecify.annotations.NullMarked;
