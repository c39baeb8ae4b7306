package shop.productread;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What can be set, from the environment. */
public record Settings(
        String host,
        int port,
        /** {@code jdbc:postgresql://host:port/database?user=name} */
        String dsn,
        boolean cached,
        /** {@code redis://host:port}; null where nothing is cached. */
        URI redis,
        /** {@code host:port,…}; empty: no changes are heard, entries live until they expire. */
        String kafka,
        /** How long a page is fresh, before jitter. */
        Duration ttl,
        /** How long a list is fresh: no event says which lists a change touches. */
        Duration listTtl,
        int poolMax) {

    /** Settings that cannot be used: one line for each. */
    public static final class Wrong extends Exception {
        Wrong(List<String> lines) {
            super(String.join("\n", lines));
        }
    }

    private static final String PREFIX = "PRODUCT_READ_";
    private static final String TRACING =
            "org.springframework.boot.micrometer.tracing.autoconfigure."
            + "MicrometerTracingAutoConfiguration";

    public static Settings from(Map<String, String> environment) throws Wrong {
        Reader read = new Reader(environment);
        String address = read.text("HTTP_ADDR", "127.0.0.1:8080", text -> {
            int colon = text.lastIndexOf(':');
            check(colon > 0, "not an address; write host:port, e.g. 127.0.0.1:8080");
            number(text.substring(colon + 1), 0, 65_535);
            return text;
        });
        String dsn = read.text("DSN", null, text -> {
            check(text.startsWith("jdbc:postgresql://"),
                    "not a JDBC URL; write jdbc:postgresql://host:port/database?user=name");
            return text;
        });
        Boolean cached = read.text("CATALOGUE", "cached", text -> {
            check(text.equals("cached") || text.equals("uncached"), "write cached or uncached");
            return text.equals("cached");
        });
        URI redis = read.text("REDIS", "redis://127.0.0.1:6379", text -> {
            check(text.startsWith("redis://"), "not a Redis URL; write redis://host:port");
            return URI.create(text);
        });
        String kafka = read.text("KAFKA", "", Function.identity());
        Integer ttl = read.text("TTL_S", "3600", text -> number(text, 1, 86_400));
        Integer listTtl = read.text("LIST_TTL_S", "10", text -> number(text, 1, 3_600));
        Integer poolMax = read.text("POOL_MAX", "10", text -> number(text, 1, 1_000));
        if (!read.wrong.isEmpty()) {
            throw new Wrong(read.wrong);
        }
        int colon = address.lastIndexOf(':');
        return new Settings(
                address.substring(0, colon),
                Integer.parseInt(address.substring(colon + 1)),
                dsn,
                cached,
                cached ? redis : null,
                kafka,
                Duration.ofSeconds(ttl),
                Duration.ofSeconds(listTtl),
                poolMax);
    }

    Map<String, Object> springProperties() {
        Map<String, Object> properties = new HashMap<>();
        properties.put("server.address", host);
        properties.put("server.port", port);
        properties.put("spring.datasource.url", dsn);
        properties.put("spring.datasource.hikari.maximum-pool-size", poolMax);
        properties.put("spring.kafka.bootstrap-servers", kafka.isEmpty() ? "127.0.0.1:9092" : kafka);
        String traces = System.getenv("OTEL_EXPORTER_OTLP_ENDPOINT");
        properties.put("management.tracing.export.enabled", traces != null);
        properties.put("management.otlp.metrics.export.enabled", false);
        properties.put("management.logging.export.enabled", false);
        if (traces == null) {
            // A span that nobody is sent would still cost every request its making.
            properties.put("spring.autoconfigure.exclude", TRACING);
        } else {
            properties.put("management.tracing.sampling.probability", 1.0);
            properties.put("management.opentelemetry.tracing.export.otlp.endpoint", traces);
            properties.put("management.opentelemetry.tracing.export.otlp.transport", "grpc");
        }
        return properties;
    }

    private static int number(String text, int least, int most) {
        String hint = "not a whole number from " + least + " to " + most;
        check(text.matches("[0-9]{1,9}"), hint);
        int number = Integer.parseInt(text);
        check(number >= least && number <= most, hint);
        return number;
    }

    private static void check(boolean right, String hint) {
        if (!right) {
            throw new IllegalArgumentException(hint);
        }
    }

    private record Reader(Map<String, String> environment, List<String> wrong) {
        Reader(Map<String, String> environment) {
            this(environment, new ArrayList<>());
        }

        /** The value of a variable, or null where it is wrong (which is then written down). */
        <T> T text(String name, String otherwise, Function<String, T> parse) {
            String found = environment.getOrDefault(PREFIX + name, otherwise);
            if (found == null) {
                wrong.add(PREFIX + name + " is not set");
                return null;
            }
            try {
                return parse.apply(found);
            } catch (IllegalArgumentException error) {
                wrong.add(PREFIX + name + "=" + found + ": " + error.getMessage());
                return null;
            }
        }
    }
}
