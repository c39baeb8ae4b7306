package shop.productread.store;

import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.function.Supplier;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Stands before Postgres: while it is gone, requests are refused at once instead of queueing for a
 * connection. A probe finds out when it is back, so that no request has to.
 */
@Component("storeHealthIndicator")
@EnableScheduling
public class StoreGuard implements HealthIndicator {

    private final JdbcClient jdbc;
    private final MeterRegistry meters;
    private final CircuitBreaker breaker;
    private volatile boolean reached;

    StoreGuard(JdbcClient jdbc, MeterRegistry meters, CircuitBreakerRegistry breakers) {
        this.jdbc = jdbc;
        this.meters = meters;
        this.breaker = breakers.circuitBreaker("postgres", CircuitBreakerConfig.custom()
                .slidingWindowSize(20)
                .minimumNumberOfCalls(5)
                .failureRateThreshold(50)
                .waitDurationInOpenState(Duration.ofMillis(500))
                .permittedNumberOfCallsInHalfOpenState(2)
                // A query that is wrong says nothing of whether the store is there.
                .recordException(StoreGuard::isOutage)
                .build());
    }

    /** What is asked, or {@link StoreUnavailable}. Counted as {@code store_loads_total}. */
    <T> T call(String kind, Supplier<T> query) {
        try {
            return breaker.executeSupplier(() -> {
                meters.counter("store.loads", "kind", kind).increment();
                return query.get();
            });
        } catch (CallNotPermittedException error) {
            throw new StoreUnavailable("the store is down", error);
        } catch (DataAccessException error) {
            throw isOutage(error) ? new StoreUnavailable("the store does not answer", error) : error;
        }
    }

    /** Whether the store is known to be gone: what is cached cannot be compared with it now. */
    public boolean isDown() {
        return breaker.getState() != CircuitBreaker.State.CLOSED;
    }

    private static boolean isOutage(Throwable error) {
        return error instanceof DataAccessResourceFailureException
                || error instanceof TransientDataAccessException
                || error instanceof RecoverableDataAccessException;
    }

    @Scheduled(fixedDelay = 500)
    void probe() {
        try {
            breaker.executeSupplier(() -> jdbc.sql("SELECT 1").query(Integer.class).single());
            reached = true;
        } catch (CallNotPermittedException | DataAccessException stillGone) {
            // The breaker's metrics tell of it.
        }
    }

    /** Ready once the store was reached; what is cached serves on when it is lost later. */
    @Override
    public Health health() {
        return reached ? Health.up().build()
                : Health.outOfService().withDetail("reason", "the store was not reached yet").build();
    }
}
