/// From an image file to normalised pixels: decode, colour, Pillow-exact resize, crop.
@NullMarked
package org.openplip.image;

import org.jspecify.annotations.NullMarked;
