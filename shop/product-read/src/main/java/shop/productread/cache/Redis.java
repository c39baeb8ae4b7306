package shop.productread.cache;

import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.resource.ClientResources;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
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
    private static final Duration SLOW = Duration.ofMillis(50);

    // Put only where what is there is not newer: loads overtake each other.
    private static final String PUT = """
            local there = redis.call('GETRANGE', KEYS[1], 0, 7)
            if #there == 8 and there > ARGV[1] then return 0 end
            redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
            return 1
            """;

    private final ClientResources resources;
    private final RedisClient client;
    private final CircuitBreaker breaker;
    private final Compression compression = new Compression();
    private volatile StatefulRedisConnection<String, byte[]> connection;

    Redis(URI address, CircuitBreakerRegistry breakers) {
        resources = ClientResources.builder()
                // Ours are in CacheMetrics; these would be taken for every command and shown nowhere.
                .commandLatencyRecorder(CommandLatencyRecorder.disabled())
                .build();
        // The time-out of a command that a thread waits for, as all of ours do.
        client = RedisClient.create(resources, RedisURI.builder(RedisURI.create(address))
                .withTimeout(COMMAND_TIMEOUT).build());
        client.setOptions(ClientOptions.builder()
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(Duration.ofMillis(500)).tcpNoDelay(true).keepAlive(true).build())
                // A command that nobody waits for any more must not be sent when Redis is back.
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(10_000)
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

    /** The entry under a key; null where there is none. */
    Entry get(String key) throws Unreachable {
        byte[] bytes = call(redis -> awaited(redis.async().get(key)));
        return bytes == null ? null : Entry.from(bytes, compression);
    }

    /** Whether it was put: false where a newer one is there. */
    boolean put(String key, Entry entry, Duration ttl) throws Unreachable {
        byte[] bytes = entry.bytes(compression);
        byte[] ttlMs = Long.toString(ttl.toMillis()).getBytes(StandardCharsets.US_ASCII);
        Long put = call(redis -> redis.sync().eval(PUT, ScriptOutputType.INTEGER,
                new String[] {key}, Entry.versionBytes(entry.version()), bytes, ttlMs));
        return put != null && put == 1;
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        resources.shutdown(0, 1, TimeUnit.SECONDS);
    }

    /** Without the proxy that the library's synchronous commands go through. */
    private static <T> T awaited(RedisFuture<T> future) {
        return LettuceFutures.awaitOrCancel(
                future, COMMAND_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
    }

    private <T> T call(Function<StatefulRedisConnection<String, byte[]>, T> command)
            throws Unreachable {
        try {
            return breaker.executeSupplier(() -> command.apply(connected()));
        } catch (RedisException | CallNotPermittedException error) {
            throw new Unreachable(error);
        }
    }

    /** Opened at the first use: Redis may come later than we do. It reconnects by itself. */
    private StatefulRedisConnection<String, byte[]> connected() {
        StatefulRedisConnection<String, byte[]> open = connection;
        if (open != null) {
            return open;
        }
        synchronized (client) {
            if (connection == null) {
                connection = client.connect(
                        RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE));
            }
            return connection;
        }
    }

    private static boolean isFull(Throwable error) {
        return error instanceof RedisCommandExecutionException
                && String.valueOf(error.getMessage()).startsWith("OOM");
    }
}
