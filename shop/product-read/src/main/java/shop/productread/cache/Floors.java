package shop.productread.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

/**
 * The newest version of each product that this process has served or heard of. Redis may hold an
 * older one: it was away when the change came, or the store was read past it. Bounded: what is
 * forgotten is the guard, not the data.
 */
final class Floors {

    private final Cache<String, Long> versions = Caffeine.newBuilder().maximumSize(150_000).build();

    /** 0 where nothing is known. */
    long of(String id) {
        Long version = versions.getIfPresent(id);
        return version == null ? 0 : version;
    }

    void raise(String id, long version) {
        if (of(id) < version) {
            versions.asMap().merge(id, version, Math::max);
        }
    }
}
