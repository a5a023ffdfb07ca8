/// Figures and the report page.
@NullMarked
package org.openplip.report;

import org.jspecify.annotations.NullMarked;
