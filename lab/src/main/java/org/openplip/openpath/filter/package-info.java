/// Whether a picture shows tissue under a microscope: a calibrated linear model, and its training.
@NullMarked
package org.openplip.openpath.filter;

import org.jspecify.annotations.NullMarked;
