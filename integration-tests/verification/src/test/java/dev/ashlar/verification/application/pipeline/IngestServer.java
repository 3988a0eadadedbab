package dev.ashlar.verification.application.pipeline;

import dev.ashlar.api.compose.Allocators;
import dev.ashlar.arrow.ArrowMemory;
import dev.ashlar.netty.AllocationError;
import dev.ashlar.netty.AshlarByteBufAllocator;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.util.concurrent.DefaultEventExecutorGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;

/**
 * Receives Arrow streams with the columns {@code id} and {@code text}, appends their rows to a Parquet file, and
 * indexes their texts. A request is the length of a stream in four bytes, and the stream. An answer has the same form,
 * and is the text {@code ok}, or {@code error} and why. Rows that the index refuses are in the file all the same.
 */
final class IngestServer implements AutoCloseable {

    private static final int LENGTH_BYTES = Integer.BYTES;
    private static final int LARGEST_REQUEST = 4 << 20;

    /** Of Arrow's quota, for one request: what its vectors take, and its messages while they are read. */
    private static final long REQUEST_MEMORY = 4L * LARGEST_REQUEST;

    private final AshlarByteBufAllocator buffers;
    private final ArrowMemory vectors;
    private final RootAllocator arrow;
    private final RowFile file;
    final TextIndex index;

    private final EventLoopGroup eventLoops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());

    /** Event loops must not wait, and files and the index make threads wait. */
    private final EventExecutorGroup workers = new DefaultEventExecutorGroup(2);

    private final Channel listening;

    /**
     * Listens on a free port of this machine.
     *
     * @param memory stays open when the server is closed
     * @param path of the Parquet file, which must not exist
     */
    IngestServer(ServerMemory memory, Path path) throws IOException {
        buffers = new AshlarByteBufAllocator(Allocators.limited(memory.allocator, memory.netty));
        vectors = ArrowMemory.over(memory.allocator, memory.arrow);
        arrow = vectors.rootAllocator();
        file = new RowFile(path, memory.allocator, memory.parquet);
        index = new TextIndex(memory.allocator, memory.lucene);
        listening = new ServerBootstrap()
                .group(eventLoops)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.ALLOCATOR, buffers)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(new LengthFieldBasedFrameDecoder(
                                        LENGTH_BYTES + LARGEST_REQUEST, 0, LENGTH_BYTES, 0, LENGTH_BYTES))
                                .addLast(new LengthFieldPrepender(LENGTH_BYTES))
                                .addLast(new Requests());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
    }

    /** Answers the requests of one connection, in their order. */
    @SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the connection
    private final class Requests extends ChannelInboundHandlerAdapter {

        private final EventExecutor worker = workers.next();

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            worker.execute(() -> answer(context, (ByteBuf) message));
        }

        private void answer(ChannelHandlerContext context, ByteBuf stream) {
            try {
                context.writeAndFlush(ByteBufUtil.writeUtf8(context.alloc(), answerTo(stream)));
            } catch (AllocationError e) { // no room for an answer
                context.close();
            } finally {
                stream.release();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    private String answerTo(ByteBuf stream) {
        try {
            ingest(stream);
            return "ok";
        } catch (IOException | RuntimeException e) {
            return "error " + e.getMessage();
        }
    }

    private void ingest(ByteBuf stream) throws IOException {
        try (BufferAllocator request = arrow.newChildAllocator("request", 0, REQUEST_MEMORY);
                ArrowStreamReader reader = new ArrowStreamReader(new ByteBufInputStream(stream), request)) {
            VectorSchemaRoot batch = reader.getVectorSchemaRoot();
            while (reader.loadNextBatch()) {
                BigIntVector ids = (BigIntVector) batch.getVector("id");
                VarCharVector texts = (VarCharVector) batch.getVector("text");
                file.append(ids, texts);
                index.add(ids, texts);
            }
        }
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listening.localAddress();
    }

    /** Waits until the buffers of all requests that are answered are released. */
    void settle() {
        for (EventExecutorGroup group : List.of(workers, eventLoops)) {
            group.forEach(thread -> thread.submit(() -> {}).syncUninterruptibly());
        }
    }

    /** Ends the connections first, then the requests that wait, and then what they use, from the last to the first. */
    @Override
    public void close() throws IOException {
        try (file;
                index;
                vectors;
                arrow;
                buffers) {
            for (EventExecutorGroup group : List.of(eventLoops, workers)) {
                group.shutdownGracefully(0, 30, TimeUnit.SECONDS).syncUninterruptibly();
            }
        }
    }
}
