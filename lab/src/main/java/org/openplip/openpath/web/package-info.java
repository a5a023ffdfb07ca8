/// Finds pictures with captions in collections of the web that are like pictures one has: the
/// paper's PathLAION.
@NullMarked
package org.openplip.openpath.web;

import org.jspecify.annotations.NullMarked;
