/// Where pairs come from: releases, tables and WebDataset shards, alone or together.
@NullMarked
package org.openplip.train.source;

import org.jspecify.annotations.NullMarked;
