/// A dataflow over rows of bytes that gives the same rows whatever runs it: an engine, stages, and
/// the engine of one machine.
@NullMarked
package org.openplip.openpath.flow;

import org.jspecify.annotations.NullMarked;
