package shop.productread;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.micrometer.tagged.TaggedCircuitBreakerMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import shop.productread.store.CatalogueStore;
import shop.productread.store.StorePages;

/** Which rooms are in use. {@code cache.CacheWiring} adds the cache where it is switched on. */
@Configuration
class Wiring {

    @Bean
    CircuitBreakerRegistry breakers(MeterRegistry meters) {
        CircuitBreakerRegistry breakers = CircuitBreakerRegistry.ofDefaults();
        TaggedCircuitBreakerMetrics.ofCircuitBreakerRegistry(breakers).bindTo(meters);
        return breakers;
    }

    @Bean
    @ConditionalOnExpression("!@settings.cached()")
    Pages pages(CatalogueStore store) {
        return new StorePages(store);
    }
}
