/// Builds of data sets on many machines with Apache Spark: an engine for the same stages, and the
/// job that is submitted.
@NullMarked
package org.openplip.cluster;

import org.jspecify.annotations.NullMarked;
