package org.openplip.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.openplip.io.DataException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The program: `plip COMMAND`. Exit code 0 is success, 1 a failure or inputs left out, 2 a wrong
/// call. Results go to standard output, progress and complaints to standard error.
@Command(
        name = "plip",
        version = "OpenPLIP " + PlipCommand.VERSION,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        header = "Pathology language-image pretraining: build a data set, train, measure, search.",
        description = {
            "",
            "New here? Run @|bold plip quickstart|@: it draws a world of phantom posts, filters it,"
                    + " trains a small model, measures it and serves a search page."
        },
        footer = {
            "",
            "Exit codes: 0 done, 1 failed or some inputs left out (listed), 2 wrong usage.",
            "plip help COMMAND tells more of each; plip test runs all tests."
        },
        commandListHeading = "%nCommands, in the order the data takes:%n",
        subcommands = {
            QuickstartCommand.class,
            PhantomCommand.class,
            OpenPathCommand.class,
            PullCommand.class,
            TrainCommand.class,
            DataCommand.class,
            EvaluateCommand.class,
            IndexCommand.class,
            ServeCommand.class,
            EmbedCommand.class,
            ZeroShotCommand.class,
            ExportCommand.class,
            CommandLine.HelpCommand.class,
        })
public final class PlipCommand {
    static final String VERSION = "0.1.0";

    private static final Logger LIBRARIES = Logger.getLogger("");

    PlipCommand() {}

    /// Runs the program and ends the process with its exit code.
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    static int run(String... arguments) {
        // Libraries that tell every file they read are not for a terminal.
        LIBRARIES.setLevel(Level.WARNING);
        CommandLine line = new CommandLine(new PlipCommand());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpAutoWidth(true);
        line.setExpandAtFiles(false); // @list.txt is a list of pictures, not of arguments
        spaceHelp(line);
        line.setExecutionExceptionHandler((e, _, _) -> failed(e, System.err));
        CommandLine.IParameterExceptionHandler wrongUsage = line.getParameterExceptionHandler();
        line.setParameterExceptionHandler(
                (e, given) ->
                        e.getCause() instanceof IOException cause
                                ? failed(cause, System.err) // a checkpoint that is not there
                                : wrongUsage.handleParseException(e, given));
        return line.execute(arguments);
    }

    /// An empty line before the parameters and before the options of a command, at every depth.
    private static void spaceHelp(CommandLine line) {
        line.getCommandSpec().usageMessage().parameterListHeading("%n").optionListHeading("%n");
        line.getSubcommands().values().forEach(PlipCommand::spaceHelp);
    }

    /// Says what went wrong; gives the exit code.
    static int failed(Exception e, PrintStream err) {
        err.println("plip: " + message(e));
        if (System.getenv("PLIP_TRACE") != null) e.printStackTrace(err);
        return CommandLine.ExitCode.SOFTWARE;
    }

    /// One line that says what went wrong and with which file.
    static String message(@Nullable Throwable e) {
        return switch (e) {
            case null -> "failed";
            case DataException data -> oneLine(data.getMessage());
            case NoSuchFileException file -> file.getFile() + ": no such file or folder";
            case AccessDeniedException file -> file.getFile() + ": permission denied";
            case NotDirectoryException file -> file.getFile() + ": is not a folder";
            case FileAlreadyExistsException file -> file.getFile() + ": already exists";
            case FileSystemException file ->
                    file.getFile() + ": " + (file.getReason() == null ? e : file.getReason());
            case java.io.UncheckedIOException wrapped -> message(wrapped.getCause());
            case IOException io -> oneLine(io.getMessage());
            case IllegalArgumentException argument -> oneLine(argument.getMessage());
            case OutOfMemoryError _ ->
                    "out of memory; give more with PLIP_JAVA_OPTIONS=-Xmx8g, or use a smaller batch";
            default -> "unexpected " + e + " (set PLIP_TRACE=1 for the stack)";
        };
    }

    private static String oneLine(@Nullable String message) {
        return message == null ? "failed" : message.lines().findFirst().orElse("failed");
    }
}
