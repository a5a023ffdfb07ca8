package org.openplip.cluster;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.openplip.openpath.flow.Engine;
import org.openplip.openpath.flow.Stage;

/// An engine whose first worker to come to a certain table is killed there.
///
/// @param table the name of that table
/// @param folder where the worker writes its process id, and waits for its end
record Disturbed(Engine engine, String table, Path folder) implements Engine {

    /// Kills the process that comes first, from outside.
    Thread killer() {
        return Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                Path pid = folder.resolve("pid");
                                while (Files.notExists(pid)) Thread.sleep(5);
                                Optional<ProcessHandle> worker =
                                        ProcessHandle.of(Long.parseLong(Files.readString(pid)));
                                worker.orElseThrow().destroyForcibly();
                                worker.orElseThrow().onExit().join();
                                Files.createFile(folder.resolve("killed"));
                            } catch (IOException | InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        });
    }

    private Stage disturbed(String name, Stage stage) {
        return name.equals(table) ? new Waiting(stage, folder.toString()) : stage;
    }

    private record Waiting(Stage stage, String folder) implements Stage {
        @Override
        public Step open() throws IOException {
            Step step = stage.open();
            return (rows, out) -> {
                await();
                step.run(rows, out);
            };
        }

        private void await() throws IOException {
            Path taken = Path.of(folder, "taken");
            try {
                Files.createFile(taken);
            } catch (FileAlreadyExistsException _) {
                return; // the process that was to be killed is another one, or is dead
            }
            Path partial = Path.of(folder, "partial");
            Files.writeString(partial, String.valueOf(ProcessHandle.current().pid()));
            Files.move(partial, Path.of(folder, "pid"));
            try {
                Thread.sleep(Duration.ofMinutes(2));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new IOException("was not killed");
        }
    }

    @Override
    public Table rows(String name, Source source) throws IOException {
        return engine.rows(name, source);
    }

    @Override
    public Table lines(String name, List<Path> files, Stage stage) throws IOException {
        return engine.lines(name, files, disturbed(name, stage));
    }

    @Override
    public Table map(String name, List<Rows> from, Stage stage) throws IOException {
        return engine.map(name, from, disturbed(name, stage));
    }

    @Override
    public Table group(String name, List<Rows> from, Stage stage) throws IOException {
        return engine.group(name, from, disturbed(name, stage));
    }

    @Override
    public Cursor sorted(List<Rows> from) throws IOException {
        return engine.sorted(from);
    }

    @Override
    public void close() throws IOException {
        engine.close();
    }
}
