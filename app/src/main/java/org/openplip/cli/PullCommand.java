package org.openplip.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openplip.io.AtomicFiles;
import org.openplip.weights.hub.Hub;
import org.openplip.weights.hub.HubSettings;
import org.openplip.weights.hub.ModelName;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `plip pull`: a checkpoint from a hub into the cache.
@Command(
        name = "pull",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Fetch a checkpoint from a model hub, such as vinid/plip.",
        description = {
            "",
            "This uses the network; afterwards --model NAME works without it. Files are checked"
                    + " against the hub's hashes and kept in the cache of huggingface_hub, so that"
                    + " Python's programs find them too. A pull that was stopped goes on where it"
                    + " was when the same command is given again.",
            "",
            "Environment: HF_ENDPOINT (another hub), HF_TOKEN or the file HF_HOME/token (private"
                    + " and gated models), HF_HOME, HF_HUB_CACHE and XDG_CACHE_HOME (where the cache"
                    + " is), HF_HUB_OFFLINE=1 (answer from the cache alone)."
        })
final class PullCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "NAME", description = "owner/name or owner/name@revision")
    private String name = "";

    @Option(
            names = "--revision",
            paramLabel = "R",
            description = "branch, tag, commit or refs/pr/N (default: main)")
    private @Nullable String revision;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "copy the files there too, as a folder of its own")
    private @Nullable Path out;

    @Override
    public Integer call() throws IOException, InterruptedException {
        String full = revision == null ? name : name + "@" + revision;
        ModelName model =
                ModelName.parse(full)
                        .orElseThrow(
                                () ->
                                        new CommandLine.ParameterException(
                                                spec.commandLine(),
                                                "expected owner/name[@revision], got \""
                                                        + full
                                                        + "\""));
        Hub.Pulled pulled;
        try (Hub hub = Hub.open(HubSettings.of(System.getenv()))) {
            pulled = hub.pull(model, new TerminalProgress(System.err));
        }
        Path folder = pulled.snapshot();
        if (out != null) {
            folder = out;
            for (String file : pulled.files()) {
                AtomicFiles.write(
                        out.resolve(file),
                        content -> Files.copy(pulled.snapshot().resolve(file), content));
            }
        }
        System.out.printf("%s is commit %s%n", model, pulled.commit());
        System.out.printf(
                Locale.ROOT,
                "%s: %d files, %.1f MB%n",
                folder,
                pulled.files().size(),
                pulled.size() / 1e6);
        return 0;
    }
}
