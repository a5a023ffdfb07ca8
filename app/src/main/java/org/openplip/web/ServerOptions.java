package org.openplip.web;

import java.nio.file.Path;
import java.util.List;

/// Where the server listens, what it says about itself, and how much it takes.
///
/// @param host the address to listen on; loopback unless told otherwise
/// @param port the port; 0 takes any free one
/// @param model the model's name, as shown on the page
/// @param notice what people must know about the data ("Phantoms: procedural drawings, not
///   tissue."), shown on every page; empty for none
/// @param examples phrases offered on the page
/// @param root relative paths in the index start here
/// @param uploadBytes larger uploads are refused before they are read
/// @param uploadPixels pictures with more pixels are refused before they are decoded
public record ServerOptions(
        String host,
        int port,
        String model,
        String notice,
        List<String> examples,
        Path root,
        long uploadBytes,
        long uploadPixels) {
    public ServerOptions {
        if (host.isBlank()) throw new IllegalArgumentException("host: is blank");
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port: expected 0 to 65535, got " + port);
        }
        if (uploadBytes < 1 || uploadBytes > 1L << 30) {
            throw new IllegalArgumentException(
                    "uploadBytes: expected 1 to 2^30, got " + uploadBytes);
        }
        if (uploadPixels < 1) {
            throw new IllegalArgumentException("uploadPixels: expected > 0, got " + uploadPixels);
        }
        examples = List.copyOf(examples);
    }

    /// Loopback, 20 MB and 50 megapixels an upload, and a few phrases that fit most tissue.
    public static ServerOptions onPort(int port) {
        return new ServerOptions(
                "127.0.0.1",
                port,
                "unnamed model",
                "",
                List.of(
                        "adipose tissue",
                        "lymphocytes",
                        "mucus",
                        "smooth muscle",
                        "normal colon mucosa",
                        "colorectal adenocarcinoma epithelium"),
                Path.of(""),
                20_000_000,
                50_000_000);
    }

    public ServerOptions withHost(String newHost) {
        return new ServerOptions(
                newHost, port, model, notice, examples, root, uploadBytes, uploadPixels);
    }

    public ServerOptions withModel(String newModel) {
        return new ServerOptions(
                host, port, newModel, notice, examples, root, uploadBytes, uploadPixels);
    }

    public ServerOptions withNotice(String newNotice) {
        return new ServerOptions(
                host, port, model, newNotice, examples, root, uploadBytes, uploadPixels);
    }

    public ServerOptions withExamples(List<String> newExamples) {
        return new ServerOptions(
                host, port, model, notice, newExamples, root, uploadBytes, uploadPixels);
    }

    public ServerOptions withRoot(Path newRoot) {
        return new ServerOptions(
                host, port, model, notice, examples, newRoot, uploadBytes, uploadPixels);
    }

    public ServerOptions withUploadLimits(long bytes, long pixels) {
        return new ServerOptions(host, port, model, notice, examples, root, bytes, pixels);
    }
}
