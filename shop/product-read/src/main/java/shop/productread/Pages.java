package shop.productread;

import java.util.Optional;
import shop.productread.api.ListQuery;
import shop.productread.store.StoreUnavailable;

/** Where answers come from: {@code CachedPages} or {@code StorePages}. */
public interface Pages {

    /** The page of a product; empty where there is none. Raises {@link StoreUnavailable}. */
    Optional<Answer> product(String id);

    /** A page of a list. Raises {@link StoreUnavailable}. */
    Answer list(ListQuery query);
}
