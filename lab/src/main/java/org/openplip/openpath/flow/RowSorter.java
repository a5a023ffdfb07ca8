package org.openplip.openpath.flow;

import java.util.Arrays;
import org.apache.lucene.util.IntroSorter;

/// Orders the rows of a [Batch] by channel, key and value: the places of the rows are moved, not
/// the rows. Beside each place stands the beginning of its key, which settles most comparisons.
final class RowSorter extends IntroSorter {
    private final byte[] bytes;
    private final int[] places;
    private final long[] beginnings;
    private int pivot;
    private long pivotBeginning;

    private RowSorter(byte[] bytes, int[] places) {
        this.bytes = bytes;
        this.places = places;
        this.beginnings = new long[places.length];
        for (int i = 0; i < places.length; i++) beginnings[i] = beginning(places[i]);
    }

    /// The places of the rows in order.
    static int[] sort(Batch batch) {
        int count = 0;
        byte[] bytes = batch.bytes();
        for (int at = 0; at < batch.length(); at += Batch.size(bytes, at)) count++;
        int[] places = new int[count];
        int at = 0;
        for (int i = 0; i < count; i++) {
            places[i] = at;
            at += Batch.size(bytes, at);
        }
        new RowSorter(bytes, places).sort(0, count);
        return places;
    }

    /// The channel and the first seven bytes of the key.
    private long beginning(int place) {
        int length = Math.min(7, Batch.keyLength(bytes, place));
        long beginning = bytes[place];
        for (int i = 0; i < 7; i++) {
            int next = i < length ? bytes[place + Batch.HEAD + i] & 0xff : 0;
            beginning = (beginning << 8) | next;
        }
        return beginning;
    }

    private int compare(int a, long beginningA, int b, long beginningB) {
        int byBeginning = Long.compareUnsigned(beginningA, beginningB);
        if (byBeginning != 0) return byBeginning;
        int keyA = a + Batch.HEAD;
        int keyB = b + Batch.HEAD;
        int valueA = keyA + Batch.keyLength(bytes, a);
        int valueB = keyB + Batch.keyLength(bytes, b);
        int byKey = Arrays.compareUnsigned(bytes, keyA, valueA, bytes, keyB, valueB);
        if (byKey != 0) return byKey;
        return Arrays.compareUnsigned(
                bytes,
                valueA,
                valueA + Batch.valueLength(bytes, a),
                bytes,
                valueB,
                valueB + Batch.valueLength(bytes, b));
    }

    @Override
    protected int compare(int i, int j) {
        return compare(places[i], beginnings[i], places[j], beginnings[j]);
    }

    @Override
    protected void swap(int i, int j) {
        int place = places[i];
        places[i] = places[j];
        places[j] = place;
        long beginning = beginnings[i];
        beginnings[i] = beginnings[j];
        beginnings[j] = beginning;
    }

    @Override
    protected void setPivot(int i) {
        pivot = places[i];
        pivotBeginning = beginnings[i];
    }

    @Override
    protected int comparePivot(int j) {
        return compare(pivot, pivotBeginning, places[j], beginnings[j]);
    }
}
