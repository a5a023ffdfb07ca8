package org.openplip.tensor;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.openplip.tensor.ProcessGroup.LostProcessException;
import org.openplip.tensor.ProcessGroup.Watch;

/// Who of a group is lost. Each process has a connection with rank 0, over which both send a sign
/// of life now and then, from a thread that does nothing else. A connection that ends or is silent
/// means a loss, of which rank 0 tells all others. The first loss counts.
final class Heartbeat implements AutoCloseable {
    private static final byte BEAT = 0;
    private static final byte LOSS = 1;

    /// Where rank 0 is found, and the word by which it knows the others: strangers may knock too.
    record Place(String host, int port, String word) {
        static Place of(String line) {
            String[] parts = line.split(" ", 3);
            return new Place(parts[0], Integer.parseInt(parts[1]), parts[2]);
        }

        String line() {
            return host + " " + port + " " + word;
        }
    }

    /// The other end of a connection.
    private record Other(
            int rank, String name, Socket socket, DataInputStream in, DataOutputStream out) {
        synchronized void beat() throws IOException {
            out.writeByte(BEAT);
        }

        synchronized void tell(LostProcessException lost) throws IOException {
            out.writeByte(LOSS);
            out.writeInt(lost.rank().orElseThrow());
            out.writeUTF(String.valueOf(lost.getMessage()));
        }
    }

    private final int size;
    private final Watch watch;
    private final List<Other> others = new ArrayList<>();
    private final CompletableFuture<LostProcessException> loss = new CompletableFuture<>();

    /// Opens when this process has noticed the loss, or left the group.
    private final CountDownLatch settled = new CountDownLatch(1);

    private Heartbeat(int size, Watch watch) {
        this.size = size;
        this.watch = watch;
    }

    // ---- coming together --------------------------------------------------------------------

    /// Rank 0's end, before the others have come.
    static final class Host implements AutoCloseable {
        private final ServerSocket server;
        private final Place place;

        /// @param host own name or address, by which the others reach it
        Host(String host, int size) throws IOException {
            server = new ServerSocket(0, size, InetAddress.getByName(host));
            byte[] word = new byte[16];
            new SecureRandom().nextBytes(word);
            place = new Place(host, server.getLocalPort(), HexFormat.of().formatHex(word));
        }

        Place place() {
            return place;
        }

        /// The heartbeat, once all others are there.
        Heartbeat await(String ownName, int size, Duration patience, Watch watch)
                throws IOException {
            Heartbeat heartbeat = new Heartbeat(size, watch);
            server.setSoTimeout(Math.toIntExact(patience.toMillis()));
            boolean complete = false;
            try {
                while (heartbeat.others.size() < size - 1) {
                    Socket socket = server.accept();
                    try {
                        Other other = connection(socket, watch, place.word, ownName);
                        heartbeat.others.add(other);
                    } catch (IOException _) {
                        socket.close(); // a stranger
                    }
                }
                complete = true;
            } finally {
                if (!complete) heartbeat.close();
            }
            heartbeat.start();
            return heartbeat;
        }

        private static Other connection(Socket socket, Watch watch, String word, String ownName)
                throws IOException {
            Other other = open(socket, watch, -1, "");
            if (!other.in.readUTF().equals(word)) throw new IOException("a stranger");
            int rank = other.in.readInt();
            String name = other.in.readUTF();
            other.out.writeUTF(ownName);
            return new Other(rank, name, socket, other.in, other.out);
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    /// Another rank's end.
    static Heartbeat with(Place place, String ownName, int rank, int size, Watch watch)
            throws IOException {
        Heartbeat heartbeat = new Heartbeat(size, watch);
        Socket socket = new Socket(place.host, place.port);
        boolean complete = false;
        try {
            Other first = open(socket, watch, 0, "");
            first.out.writeUTF(place.word);
            first.out.writeInt(rank);
            first.out.writeUTF(ownName);
            heartbeat.others.add(new Other(0, first.in.readUTF(), socket, first.in, first.out));
            complete = true;
        } finally {
            if (!complete) socket.close();
        }
        heartbeat.start();
        return heartbeat;
    }

    private static Other open(Socket socket, Watch watch, int rank, String name)
            throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(Math.toIntExact(watch.silence().toMillis()));
        return new Other(
                rank,
                name,
                socket,
                new DataInputStream(socket.getInputStream()),
                new DataOutputStream(socket.getOutputStream()));
    }

    // ---- beating ----------------------------------------------------------------------------

    /// Threads of the system, which run whatever the others compute.
    private void start() {
        Thread.ofPlatform().daemon().name("heartbeat").start(this::beat);
        for (Other other : others) {
            Thread.ofPlatform()
                    .daemon()
                    .name("heartbeat of rank " + other.rank)
                    .start(() -> listen(other));
        }
    }

    private void beat() {
        try {
            do {
                for (Other other : others) {
                    try {
                        other.beat();
                    } catch (IOException _) {
                        // Whoever listens to it notices.
                    }
                }
            } while (!settled.await(watch.beat().toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException _) {
            // Nobody does this; it would end the beat.
        }
    }

    private void listen(Other other) {
        try {
            while (true) {
                if (other.in.readByte() == BEAT) continue;
                int rank = other.in.readInt();
                lose(new LostProcessException(OptionalInt.of(rank), other.in.readUTF(), null));
                return;
            }
        } catch (SocketTimeoutException _) {
            lose(other, "it was silent for %d s".formatted(watch.silence().toSeconds()));
        } catch (IOException _) {
            lose(other, "its connection ended");
        }
    }

    private void lose(Other other, String why) {
        lose(
                new LostProcessException(
                        OptionalInt.of(other.rank),
                        "lost rank %d (%s) of %d: %s".formatted(other.rank, other.name, size, why),
                        null));
    }

    private void lose(LostProcessException lost) {
        synchronized (this) {
            if (settled.getCount() == 0 || loss.isDone()) return;
            for (Other other : others) {
                try {
                    other.tell(lost);
                } catch (IOException _) {
                    // It is lost itself.
                }
            }
            loss.complete(lost);
        }
        try {
            if (!settled.await(watch.grace().toMillis(), TimeUnit.MILLISECONDS)) {
                watch.onLoss().accept(lost);
            }
        } catch (InterruptedException _) {
            // Nobody does this.
        }
    }

    /// The loss that made a call of the group fail, for the caller to act on; waits until it is
    /// known, or everyone was heard of since.
    Optional<LostProcessException> noticed() {
        try {
            return Optional.of(loss.get(watch.silence().toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException | ExecutionException _) {
            return Optional.empty();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } finally {
            settled.countDown();
        }
    }

    /// Leaves the group.
    @Override
    public void close() {
        settled.countDown();
        for (Other other : others) {
            try {
                other.socket.close();
            } catch (IOException _) {
                // It is closed for us in any case.
            }
        }
    }
}
