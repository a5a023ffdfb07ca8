/// One class per sub-command.
@NullMarked
package org.openplip.cli;

import org.jspecify.annotations.NullMarked;
