/// Recipes: what an experiment is made of, and what it ran on.
@NullMarked
package org.openplip.recipe;

import org.jspecify.annotations.NullMarked;
