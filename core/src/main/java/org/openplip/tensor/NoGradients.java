package org.openplip.tensor;

import org.bytedeco.pytorch.NoGradGuard;

/// While it is open, operations on this thread build no graph. Close it on the same thread.
public final class NoGradients implements AutoCloseable {
    private final NoGradGuard guard;

    private NoGradients(NoGradGuard guard) {
        this.guard = guard;
    }

    public static NoGradients open() {
        LibTorch.load();
        return new NoGradients(new NoGradGuard());
    }

    @Override
    public void close() {
        guard.close();
    }
}
