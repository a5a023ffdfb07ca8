package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openplip.Checkpoint;
import org.openplip.Plip;
import org.openplip.index.IndexContents;
import org.openplip.io.DataException;
import org.openplip.search.SearchIndex;
import org.openplip.slide.Slide;
import org.openplip.web.Encoder;
import org.openplip.web.PlipServer;
import org.openplip.web.ServedSlide;
import org.openplip.web.ServerOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `plip serve`: the search page over an index.
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Serve the search page and REST over an index.",
        description = {"", "Listens on this machine only, until Ctrl-C."})
final class ServeCommand implements Callable<Integer> {
    private static final Duration GRACE = Duration.ofSeconds(10);

    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            converter = CheckpointConverter.class,
            description = "the checkpoint that made the index: a folder or a model's name")
    private Path model = Path.of("");

    @Option(
            names = "--index",
            required = true,
            paramLabel = "DIR",
            description = "what plip index wrote")
    private Path index = Path.of("");

    @Option(
            names = "--port",
            defaultValue = "8080",
            paramLabel = "N",
            description = "0 takes any free one (default: ${DEFAULT-VALUE})")
    private int port;

    @Override
    public Integer call() throws IOException, InterruptedException {
        serve(model, index, port);
        return 0;
    }

    /// Serves until the process is told to end.
    static void serve(Path model, Path folder, int port) throws IOException, InterruptedException {
        // SIGINT and SIGTERM run the hook, which lets the last answers out and all be closed.
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Thread hook =
                new Thread(
                        () -> {
                            told.countDown();
                            try {
                                boolean _ = closed.await(GRACE.toSeconds(), TimeUnit.SECONDS);
                            } catch (InterruptedException _) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "stop-serving");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            serve(model, folder, port, told);
        } finally {
            closed.countDown();
        }
    }

    private static void serve(Path model, Path folder, int port, CountDownLatch told)
            throws IOException, InterruptedException {
        try (SearchIndex index = SearchIndex.open(folder);
                Plip plip = Plip.load(model)) {
            IndexContents contents = IndexContents.read(folder);
            String checkpoint = Checkpoint.sha256(model);
            if (!contents.checkpoint().equals(checkpoint)) {
                throw new DataException(
                        folder, "was made with another model than " + model + "; index again");
            }
            List<Slide> open = new ArrayList<>();
            try {
                List<ServedSlide> slides = new ArrayList<>();
                for (IndexContents.IndexedSlide slide : contents.slides()) {
                    Path file = Path.of(slide.path());
                    open.add(Slide.open(file));
                    slides.add(
                            new ServedSlide(
                                    slide.source(),
                                    String.valueOf(file.getFileName()),
                                    open.getLast()));
                }
                ServerOptions options =
                        ServerOptions.onPort(port)
                                .withModel(model.toString())
                                .withNotice(contents.notice());
                try (PlipServer server =
                        PlipServer.start(options, Encoder.of(plip), index, slides)) {
                    System.out.println("Serving at " + server.address() + " (Ctrl-C ends it)");
                    told.await();
                }
            } finally {
                open.forEach(Slide::close);
            }
        }
    }
}
