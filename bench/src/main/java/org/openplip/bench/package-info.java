/// Speed, measured as ratios between candidates that take turns in one run.
@NullMarked
package org.openplip.bench;

import org.jspecify.annotations.NullMarked;
