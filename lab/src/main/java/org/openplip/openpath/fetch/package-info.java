/// Fetches the pictures that posts show, politely, once, with every outcome on record.
@NullMarked
package org.openplip.openpath.fetch;

import org.jspecify.annotations.NullMarked;
