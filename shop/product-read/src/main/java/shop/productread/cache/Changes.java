package shop.productread.cache;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.annotation.KafkaListener;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Hears of changes and ends the cached pages of what changed. A change whose page cannot be ended
 * (Redis is away) is tried again until it can: the listener's error handler does not let go.
 */
final class Changes {

    private static final Logger LOG = LoggerFactory.getLogger(Changes.class);

    /** `shop/contracts/events/product-changed.v1.json`, as far as it is needed here. */
    private record ProductChanged(String product_id, long version, Instant changed_at) {}

    private final CachedPages pages;
    private final JsonMapper json;
    private final MeterRegistry meters;
    private final Timer staleness;

    Changes(CachedPages pages, JsonMapper json, MeterRegistry meters) {
        this.pages = pages;
        this.json = json;
        this.meters = meters;
        this.staleness = Timer.builder("catalogue.staleness")
                .description("From the commit of a change to its being visible here.")
                .publishPercentileHistogram()
                .maximumExpectedValue(Duration.ofMinutes(1))
                .register(meters);
    }

    @KafkaListener(topics = "product-changes")
    void heard(ConsumerRecord<String, byte[]> record) throws Redis.Unreachable {
        ProductChanged change;
        try {
            change = readable(record.value());
        } catch (JacksonException | IllegalArgumentException error) {
            // It will not get better by trying again, and those behind it wait.
            meters.counter("changes.unreadable").increment();
            LOG.error("a change cannot be read: partition {}, offset {}",
                    record.partition(), record.offset(), error);
            return;
        }
        pages.changed(change.product_id, change.version);
        staleness.record(Duration.between(change.changed_at, Instant.now()));
    }

    private ProductChanged readable(byte[] value) {
        ProductChanged change = value == null ? null : json.readValue(value, ProductChanged.class);
        boolean whole = change != null && change.product_id != null && change.version > 0
                && change.changed_at != null;
        if (!whole) {
            throw new IllegalArgumentException("not a whole ProductChanged");
        }
        return change;
    }
}
