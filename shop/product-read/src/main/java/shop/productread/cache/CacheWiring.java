package shop.productread.cache;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.util.backoff.FixedBackOff;
import reactor.netty.resources.LoopResources;
import shop.productread.Settings;
import shop.productread.store.CatalogueStore;
import shop.productread.store.StoreGuard;
import shop.productread.store.StoreThreads;
import tools.jackson.databind.json.JsonMapper;

/** The cache, where {@code PRODUCT_READ_CATALOGUE=cached}. */
@Configuration
@ConditionalOnExpression("@settings.cached()")
class CacheWiring {

    private static final int REFRESHERS = 2;
    private static final long RETRY_MS = 500;

    @Bean
    Redis redis(Settings settings, LoopResources loops, CircuitBreakerRegistry breakers) {
        return new Redis(settings.redis(), loops.onServer(true), breakers);
    }

    @Bean(destroyMethod = "shutdownNow")
    ExecutorService refreshers() {
        // Early refreshes are optional work: where there are too many, the rest are loaded at their end.
        return new ThreadPoolExecutor(REFRESHERS, REFRESHERS, 0, TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(100), StoreThreads.REFUSE);
    }

    @Bean
    CachedPages pages(CatalogueStore store, Redis redis, MeterRegistry meters, StoreGuard guard,
            StoreThreads loaders, ExecutorService refreshers, Settings settings) {
        return new CachedPages(store, redis, new CacheMetrics(meters), guard::isDown,
                loaders.executor(), refreshers, System::currentTimeMillis,
                settings.ttl(), settings.listTtl());
    }

    @Configuration
    @ConditionalOnExpression("@settings.cached() && !@settings.kafka().isEmpty()")
    static class Hearing {
        @Bean
        Changes changes(CachedPages pages, JsonMapper json, MeterRegistry meters) {
            return new Changes(pages, json, meters);
        }

        @Bean
        DefaultErrorHandler untilItIsDone() {
            return new DefaultErrorHandler(new FixedBackOff(RETRY_MS, FixedBackOff.UNLIMITED_ATTEMPTS));
        }
    }
}
