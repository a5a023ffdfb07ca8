package org.openplip.weights.hub;

import java.net.URI;

/// A file on a hub, at one commit.
///
/// @param name its path in the repository
/// @param size bytes
record RemoteFile(ModelName model, String name, URI address, ContentHash hash, long size) {}
