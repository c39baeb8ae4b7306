package shop.productread.cache;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;

/**
 * {@code cache_requests_total{kind,result}}, {@code cache_hits_total{kind}} (answered from Redis,
 * fresh or stale), {@code cache_degraded_total{kind}} (answered by one of Redis and the store alone,
 * since the other could not be asked) and {@code cache_not_put_total}.
 */
final class CacheMetrics {

    enum Result {
        HIT,
        MISS,
        /** Redis could not be asked. */
        BYPASS,
        /** Past its time, since the store could not be asked. */
        STALE,
        /** Neither Redis nor the store had an answer. */
        FAILED
    }

    private final Map<String, Map<Result, Counter>> requests;
    private final Map<String, Counter> hits;
    private final Map<String, Counter> degraded;
    private final Counter notPut;

    CacheMetrics(MeterRegistry meters) {
        requests = Map.of("product", requests(meters, "product"), "list", requests(meters, "list"));
        hits = counters(meters, "cache.hits");
        degraded = counters(meters, "cache.degraded");
        notPut = meters.counter("cache.not.put");
    }

    void count(String kind, Result result) {
        requests.get(kind).get(result).increment();
        if (result == Result.HIT || result == Result.STALE) {
            hits.get(kind).increment();
        }
        if (result == Result.BYPASS || result == Result.STALE) {
            degraded.get(kind).increment();
        }
    }

    void notPut() {
        notPut.increment();
    }

    private static Map<String, Counter> counters(MeterRegistry meters, String name) {
        return Map.of("product", meters.counter(name, "kind", "product"),
                "list", meters.counter(name, "kind", "list"));
    }

    private static Map<Result, Counter> requests(MeterRegistry meters, String kind) {
        Map<Result, Counter> counters = new EnumMap<>(Result.class);
        for (Result result : Result.values()) {
            counters.put(result, meters.counter(
                    "cache.requests", "kind", kind, "result", result.name().toLowerCase()));
        }
        return counters;
    }
}
