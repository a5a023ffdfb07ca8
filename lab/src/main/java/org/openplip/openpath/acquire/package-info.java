/// Posts from where they were published, or from archives of them, into one `posts.jsonl`.
///
/// A [org.openplip.openpath.acquire.PostSource] gives pages of posts for a query;
/// [org.openplip.openpath.acquire.Acquisition] decides which queries are still to be asked, and the
/// store beneath it keeps each page with the place where to go on in one step. Only the three
/// sources use the network.
@NullMarked
package org.openplip.openpath.acquire;

import org.jspecify.annotations.NullMarked;
