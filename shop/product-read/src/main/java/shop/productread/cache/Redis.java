package shop.productread.cache;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.resource.ClientResources;
import io.netty.channel.EventLoopGroup;
import io.netty.util.HashedWheelTimer;
import io.netty.util.Timer;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Entries in Redis, behind a circuit breaker: a Redis that is slow or gone costs a request one
 * time-out at most, and none once the breaker has opened.
 */
final class Redis implements AutoCloseable {

    /** No answer: gone, too slow, or not even asked. */
    static final class Unreachable extends Exception {
        Unreachable(Throwable cause) {
            super(cause);
        }
    }

    private static final Duration COMMAND_TIMEOUT = Duration.ofMillis(100);
    /** How exactly a time-out is kept. */
    private static final Duration TICK = Duration.ofMillis(20);
    /** To connect and to be answered. */
    private static final Duration LONGEST = Duration.ofSeconds(1);
    private static final Duration SLOW = Duration.ofMillis(50);

    // Put only where what is there is not newer: loads overtake each other.
    private static final String PUT = """
            local there = redis.call('GETRANGE', KEYS[1], 0, 7)
            if #there == 8 and there > ARGV[1] then return 0 end
            redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
            return 1
            """;

    private final Timer timer = new HashedWheelTimer(
            new DefaultThreadFactory("redis-timer", true), TICK.toMillis(), TimeUnit.MILLISECONDS);
    private final ClientResources resources;
    private final RedisClient client;
    private final CircuitBreaker breaker;
    private final Compression compression = new Compression();
    private final RedisURI address;
    private volatile CompletableFuture<StatefulRedisConnection<String, byte[]>> connection;

    /** @param loops those that hear of requests: what Redis answers is sent on without a hand-over */
    Redis(URI address, EventLoopGroup loops, CircuitBreakerRegistry breakers) {
        resources = ClientResources.builder()
                .eventLoopGroupProvider(new SharedLoops(loops))
                .timer(timer)
                // Ours are in CacheMetrics; these would be taken for every command and shown nowhere.
                .commandLatencyRecorder(CommandLatencyRecorder.disabled())
                .build();
        this.address = RedisURI.create(address);
        client = RedisClient.create(resources);
        client.setOptions(ClientOptions.builder()
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(Duration.ofMillis(500)).tcpNoDelay(true).keepAlive(true).build())
                // A command that nobody waits for any more must not be sent when Redis is back.
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(10_000)
                .timeoutOptions(TimeoutOptions.enabled(COMMAND_TIMEOUT))
                .build());
        breaker = breakers.circuitBreaker("redis", CircuitBreakerConfig.custom()
                .slidingWindowSize(50)
                .minimumNumberOfCalls(20)
                .failureRateThreshold(50)
                .slowCallDurationThreshold(SLOW)
                .slowCallRateThreshold(80)
                .waitDurationInOpenState(Duration.ofSeconds(1))
                .permittedNumberOfCallsInHalfOpenState(5)
                // A full Redis refuses to store and still answers.
                .ignoreException(error -> isFull(error))
                .build());
    }

    /** The entry under a key; null where there is none. Fails where Redis cannot be asked. */
    CompletableFuture<Entry> get(String key) {
        return ask(redis -> redis.get(key))
                .thenApply(bytes -> bytes == null ? null : Entry.from(bytes, compression));
    }

    /** {@link #get} for those who may wait for it. */
    Entry got(String key) throws Unreachable {
        return awaited(get(key));
    }

    /** Whether it was put: false where a newer one is there. Waits for it. */
    boolean put(String key, Entry entry, Duration ttl) throws Unreachable {
        byte[] bytes = entry.bytes(compression);
        byte[] ttlMs = Long.toString(ttl.toMillis()).getBytes(StandardCharsets.US_ASCII);
        Long put = awaited(ask(redis -> redis.eval(PUT, ScriptOutputType.INTEGER,
                new String[] {key}, Entry.versionBytes(entry.version()), bytes, ttlMs)));
        return put != null && put == 1;
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        resources.shutdown(0, 1, TimeUnit.SECONDS);
        timer.stop();
    }

    private static <T> T awaited(CompletableFuture<T> answer) throws Unreachable {
        try {
            return answer.get(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException error) {
            throw new Unreachable(error);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new Unreachable(error);
        }
    }

    private <T> CompletableFuture<T> ask(
            Function<RedisAsyncCommands<String, byte[]>, CompletionStage<T>> command) {
        return breaker.executeCompletionStage(
                () -> connected().thenCompose(redis -> command.apply(redis.async())))
                .toCompletableFuture();
    }

    /** Opened at the first use: Redis may come later than we do. It reconnects by itself. */
    private CompletableFuture<StatefulRedisConnection<String, byte[]>> connected() {
        CompletableFuture<StatefulRedisConnection<String, byte[]>> open = connection;
        if (open != null && !open.isCompletedExceptionally()) {
            return open;
        }
        synchronized (client) {
            if (connection == null || connection.isCompletedExceptionally()) {
                connection = client.connectAsync(
                        RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE), address)
                        .toCompletableFuture();
            }
            return connection;
        }
    }

    private static boolean isFull(Throwable error) {
        return error instanceof RedisCommandExecutionException
                && String.valueOf(error.getMessage()).startsWith("OOM");
    }
}
