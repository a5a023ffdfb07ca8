/// Small programs, one for each entry point of the library. Each takes a checkpoint first: a
/// folder, or a file.
@NullMarked
package org.openplip.examples;

import org.jspecify.annotations.NullMarked;
