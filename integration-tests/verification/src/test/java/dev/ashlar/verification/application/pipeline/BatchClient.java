package dev.ashlar.verification.application.pipeline;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;

/** One connection to an {@link IngestServer}, for one thread. Its own memory is that of Arrow's default. */
final class BatchClient implements AutoCloseable {

    private final Socket socket;
    private final DataOutputStream requests;
    private final DataInputStream answers;

    BatchClient(InetSocketAddress server) throws IOException {
        socket = new Socket(server.getAddress(), server.getPort());
        requests = new DataOutputStream(socket.getOutputStream());
        answers = new DataInputStream(socket.getInputStream());
    }

    /** Sends one batch, whose ids follow each other, and waits for the answer. */
    String send(long firstId, List<String> texts) throws IOException {
        byte[] stream = stream(firstId, texts);
        requests.writeInt(stream.length);
        requests.write(stream);
        return new String(answers.readNBytes(answers.readInt()), StandardCharsets.UTF_8);
    }

    private static byte[] stream(long firstId, List<String> texts) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (BufferAllocator arrow = new RootAllocator();
                VectorSchemaRoot batch =
                        VectorSchemaRoot.of(new BigIntVector("id", arrow), new VarCharVector("text", arrow));
                ArrowStreamWriter writer = new ArrowStreamWriter(batch, null, Channels.newChannel(bytes))) {
            for (int i = 0; i < texts.size(); i++) {
                ((BigIntVector) batch.getVector("id")).setSafe(i, firstId + i);
                ((VarCharVector) batch.getVector("text"))
                        .setSafe(i, texts.get(i).getBytes(StandardCharsets.UTF_8));
            }
            batch.setRowCount(texts.size());
            writer.writeBatch();
        }
        return bytes.toByteArray();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
