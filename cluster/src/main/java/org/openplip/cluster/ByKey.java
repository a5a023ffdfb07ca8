package org.openplip.cluster;

import org.apache.spark.Partitioner;

/// Sends all [PackedRow]s of one key to the same partition.
final class ByKey extends Partitioner {
    private final int partitions;

    ByKey(int partitions) {
        this.partitions = partitions;
    }

    @Override
    public int numPartitions() {
        return partitions;
    }

    @Override
    public int getPartition(Object packed) {
        return Math.floorMod(PackedRow.keyHash((byte[]) packed), partitions);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ByKey byKey && byKey.partitions == partitions;
    }

    @Override
    public int hashCode() {
        return partitions;
    }
}
