package org.openplip.cluster;

import java.io.IOException;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;
import org.openplip.openpath.flow.Stage;

/// A stage that is opened when a process first uses it, and once: Spark keeps one copy of what is
/// broadcast in each process. Where that is not the driver's, the end of the process closes it.
final class StageOfProcess implements Serializable {
    private final Stage stage;
    private transient Stage.@Nullable Step step;

    StageOfProcess(Stage stage) {
        this.stage = stage;
    }

    synchronized Stage.Step step() throws IOException {
        Stage.Step opened = step;
        if (opened == null) {
            opened = stage.open();
            step = opened;
        }
        return opened;
    }

    synchronized void close() throws IOException {
        if (step != null) step.close();
        step = null;
    }
}
