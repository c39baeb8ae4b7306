package shop.productread;

import reactor.core.publisher.Mono;
import shop.productread.api.ListQuery;
import shop.productread.store.StoreUnavailable;

/** Where answers come from: {@code CachedPages} or {@code StorePages}. */
public interface Pages {

    /** The page of a product; empty where there is none. Fails with {@link StoreUnavailable}. */
    Mono<Answer> product(String id);

    /** A page of a list. Fails with {@link StoreUnavailable}. */
    Mono<Answer> list(ListQuery query);
}
