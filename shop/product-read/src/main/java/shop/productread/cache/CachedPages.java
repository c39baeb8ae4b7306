package shop.productread.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import shop.productread.Answer;
import shop.productread.Page;
import shop.productread.Pages;
import shop.productread.api.ListQuery;
import shop.productread.cache.CacheMetrics.Result;
import shop.productread.store.CatalogueStore;
import shop.productread.store.StoreUnavailable;

/**
 * Cache-aside: Redis first, the store where it has nothing fresh.
 *
 * <p>An entry is fresh for its TTL, and is kept for {@link #GRACE} longer: should the store be gone
 * when it ends, an old answer is better than none, and says that it is old.
 */
public final class CachedPages implements Pages {

    private static final Logger LOG = LoggerFactory.getLogger(CachedPages.class);
    private static final Duration GRACE = Duration.ofMinutes(10);
    /** Longer than a load can take, so that none that began before the change puts its page after. */
    private static final Duration TOMBSTONE = Duration.ofMinutes(1);
    private static final double JITTER = 0.1;
    /** How long what was loaded answers for a Redis that did not take it or cannot be asked. */
    private static final Duration RECENT = Duration.ofSeconds(1);
    private static final int MOST_RECENT = 1_000;
    private static final int MOST_UNKNOWN = 10_000;
    private static final Duration UNKNOWN = Duration.ofSeconds(30);

    private final CatalogueStore store;
    private final Redis redis;
    private final CacheMetrics metrics;
    private final Supplier<Boolean> storeDown;
    /** Where the store is waited for: by those who are waited for, and by early refreshes. */
    private final Executor loaders;
    private final Executor background;
    private final LongSupplier clockMs;
    private final Duration ttl;
    private final Duration listTtl;
    private final Floors floors = new Floors();
    private final Flights<Loaded> flights = new Flights<>(Duration.ofSeconds(2));
    /** Ids of which the store said that there is no such product. */
    private final Cache<String, Boolean> unknown = Caffeine.newBuilder()
            .maximumSize(MOST_UNKNOWN).expireAfterWrite(UNKNOWN).build();

    /** Pages by key: while Redis is away, a hot page costs the store one load a second. */
    private final Cache<String, Recent> recent = Caffeine.newBuilder()
            .maximumSize(MOST_RECENT).expireAfterWrite(RECENT).build();

    /**
     * What was loaded a moment ago.
     *
     * @param taken whether Redis has it
     */
    private record Recent(Page page, boolean taken) {}

    /** What the one who holds a flight brings; null where there is no such product. */
    private record Loaded(Page page) {}

    CachedPages(CatalogueStore store, Redis redis, CacheMetrics metrics, Supplier<Boolean> storeDown,
            Executor loaders, Executor background, LongSupplier clockMs, Duration ttl, Duration listTtl) {
        this.store = store;
        this.redis = redis;
        this.metrics = metrics;
        this.storeDown = storeDown;
        this.loaders = loaders;
        this.background = background;
        this.clockMs = clockMs;
        this.ttl = ttl;
        this.listTtl = listTtl;
    }

    @Override
    public Mono<Answer> product(String id) {
        if (floors.of(id) == 0 && unknown.getIfPresent(id) != null) {
            return Mono.empty();
        }
        return answer(new Wanted("product", "product:" + id, id, ttl, () -> atLeast(id)));
    }

    @Override
    public Mono<Answer> list(ListQuery query) {
        String key = query.key();
        return answer(new Wanted("list", "list:" + key, null, listTtl, () -> store.list(query)));
    }

    /** A change was heard of: nobody is to see an older page any more. */
    void changed(String id, long version) throws Redis.Unreachable {
        floors.raise(id, version);
        unknown.invalidate(id);
        redis.put("product:" + id, Entry.tombstone(version, clockMs.getAsLong()), TOMBSTONE);
    }

    /**
     * One thing to answer with.
     *
     * @param productId null for a list, which has no version
     * @param load gives null where there is no such product
     */
    private record Wanted(
            String kind, String key, String productId, Duration ttl, Supplier<Page> load) {}

    /**
     * What Redis said.
     *
     * @param entry null where it had nothing to serve
     * @param reachable whether it could be asked
     */
    private record Look(Entry entry, boolean reachable) {
        boolean isFresh(long nowMs) {
            return entry != null && nowMs < entry.freshToMs();
        }
    }

    /** Empty where there is no such product. A hit is answered by the thread that hears Redis. */
    private Mono<Answer> answer(Wanted wanted) {
        return Mono.fromFuture(() -> redis.get(wanted.key)
                        .handle((entry, gone) -> new Look(usable(wanted, entry), gone == null)))
                .flatMap(look -> answer(wanted, look));
    }

    private Mono<Answer> answer(Wanted wanted, Look look) {
        Entry entry = look.entry;
        long nowMs = clockMs.getAsLong();
        if (!look.isFresh(nowMs)) {
            return loaded(wanted, look);
        }
        if (EarlyRefresh.due(nowMs, entry.freshToMs(), entry.loadUs(), chance())) {
            refresh(wanted);
        }
        metrics.count(wanted.kind, Result.HIT);
        return Mono.just(hit(wanted, entry, nowMs, storeDown.get()));
    }

    private Mono<Answer> loaded(Wanted wanted, Look look) {
        String status = look.reachable
                ? "product-read; fwd=miss" : "product-read; fwd=bypass; detail=redis-unreachable";
        return flights.get(wanted.key,
                        () -> loadedMeanwhile(wanted).orElseGet(() -> load(wanted)), loaders)
                .mapNotNull(loaded -> {
                    metrics.count(wanted.kind, look.reachable ? Result.MISS : Result.BYPASS);
                    return loaded.page == null ? null : Answer.fresh(loaded.page, status);
                })
                .onErrorResume(StoreUnavailable.class, error -> {
                    metrics.count(wanted.kind, look.entry == null ? Result.FAILED : Result.STALE);
                    return look.entry == null ? Mono.error(error)
                            : Mono.just(hit(wanted, look.entry, clockMs.getAsLong(), true));
                });
    }

    /** Null for what must not be served: nothing, a tombstone, older than what was seen already. */
    private Entry usable(Wanted wanted, Entry entry) {
        boolean ours = entry != null && entry.page() != null;
        return ours && entry.version() >= floor(wanted) ? entry : null;
    }

    private long floor(Wanted wanted) {
        return wanted.productId == null ? 0 : floors.of(wanted.productId);
    }

    private Answer hit(Wanted wanted, Entry entry, long nowMs, boolean stale) {
        if (wanted.productId != null) {
            floors.raise(wanted.productId, entry.version());
        }
        long ttlS = Math.floorDiv(entry.freshToMs() - nowMs, 1000L);
        String status = "product-read; hit; ttl=" + ttlS + (stale ? "; detail=store-down" : "");
        return new Answer(entry.page().json(), entry.page().etag(), status, stale,
                Math.max(0, (nowMs - entry.storedAtMs()) / 1000));
    }

    private void refresh(Wanted wanted) {
        flights.start(wanted.key, () -> load(wanted), background).whenComplete((loaded, later) -> {
            if (later != null) {
                LOG.debug("not refreshed early", later);
            }
        });
    }

    /**
     * By the flight that ended between our look into Redis and the beginning of ours; a Redis that
     * was too slow to take its page, or that cannot be asked, costs no second load.
     */
    private Optional<Loaded> loadedMeanwhile(Wanted wanted) {
        long atLeast = floor(wanted);
        boolean reachable = true;
        try {
            Entry entry = redis.got(wanted.key);
            if (usable(wanted, entry) != null && clockMs.getAsLong() < entry.freshToMs()) {
                return Optional.of(new Loaded(entry.page()));
            }
            atLeast = entry == null ? atLeast : Math.max(atLeast, entry.version());
        } catch (Redis.Unreachable gone) {
            reachable = false;
        }
        Recent last = recent.getIfPresent(wanted.key);
        // What Redis took and has no more is old, or was removed on purpose.
        boolean good = last != null && !(reachable && last.taken) && last.page.version() >= atLeast;
        return good ? Optional.of(new Loaded(last.page)) : Optional.empty();
    }

    /** From the store into Redis, by the one who holds the flight. */
    private Loaded load(Wanted wanted) {
        long beganNs = System.nanoTime();
        Page page = wanted.load.get();
        int loadUs = (int) ((System.nanoTime() - beganNs) / 1000);
        if (page == null) {
            unknown.put(wanted.productId, true);
            return new Loaded(null);
        }
        if (wanted.productId != null) {
            floors.raise(wanted.productId, page.version());
        }
        long nowMs = clockMs.getAsLong();
        long freshMs = (long) (wanted.ttl.toMillis() * (1 + JITTER * (2 * chance() - 1)));
        try {
            Entry entry = new Entry(page.version(), page, nowMs, nowMs + freshMs, loadUs);
            redis.put(wanted.key, entry, Duration.ofMillis(freshMs).plus(GRACE));
            recent.put(wanted.key, new Recent(page, true));
        } catch (Redis.Unreachable gone) {
            recent.put(wanted.key, new Recent(page, false));
            metrics.notPut();
        }
        return new Loaded(page);
    }

    /** The page as the store has it now, no older than what this process has seen. */
    private Page atLeast(String id) {
        Page page = store.page(id).orElse(null);
        if (page != null && page.version() < floors.of(id)) {
            // Read before a change that was heard of meanwhile: it is there now.
            page = store.page(id).orElse(null);
        }
        return page;
    }

    /** Uniform in (0, 1]. */
    private static double chance() {
        return 1 - ThreadLocalRandom.current().nextDouble();
    }
}
