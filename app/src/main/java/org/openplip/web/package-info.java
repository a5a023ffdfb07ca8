/// REST and the page.
@NullMarked
package org.openplip.web;

import org.jspecify.annotations.NullMarked;
