package org.openplip.cluster;

import java.util.concurrent.atomic.AtomicLong;
import org.openplip.io.Progress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells Spark's log of the driver what begins and what ended.
final class LoggedProgress implements Progress {
    private static final Logger LOG = LoggerFactory.getLogger("org.openplip");

    @Override
    public Task begin(String name, long total) {
        LOG.info("{}: begins", name);
        AtomicLong done = new AtomicLong();
        return new Task() {
            @Override
            public void advance(long count) {
                done.addAndGet(count);
            }

            @Override
            public void note(String remark) {}

            @Override
            public void close() {
                LOG.info("{}: ended after {}", name, done);
            }
        };
    }
}
