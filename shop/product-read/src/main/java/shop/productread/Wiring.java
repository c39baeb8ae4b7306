package shop.productread;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.micrometer.tagged.TaggedCircuitBreakerMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.ReactorResourceFactory;
import reactor.netty.resources.LoopResources;
import shop.productread.store.CatalogueStore;
import shop.productread.store.StorePages;
import shop.productread.store.StoreThreads;

/** Which rooms are in use. {@code cache.CacheWiring} adds the cache where it is switched on. */
@Configuration
class Wiring {

    @Bean
    CircuitBreakerRegistry breakers(MeterRegistry meters) {
        CircuitBreakerRegistry breakers = CircuitBreakerRegistry.ofDefaults();
        TaggedCircuitBreakerMetrics.ofCircuitBreakerRegistry(breakers).bindTo(meters);
        return breakers;
    }

    /**
     * The threads that hear of requests: one for each processor, and none waits for anything. They end
     * after all who use them.
     */
    @Bean(destroyMethod = "dispose")
    LoopResources loops() {
        return LoopResources.create("http", Runtime.getRuntime().availableProcessors(), true);
    }

    @Bean
    ReactorResourceFactory http(LoopResources loops) {
        ReactorResourceFactory http = new ReactorResourceFactory();
        http.setUseGlobalResources(false);
        http.setLoopResources(loops);
        return http;
    }

    @Bean
    @ConditionalOnExpression("!@settings.cached()")
    Pages pages(CatalogueStore store, StoreThreads threads) {
        return new StorePages(store, threads);
    }
}
