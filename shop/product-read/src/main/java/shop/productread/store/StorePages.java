package shop.productread.store;

import java.util.Optional;
import shop.productread.Answer;
import shop.productread.Pages;
import shop.productread.api.ListQuery;

/** The store asked for every request. */
public class StorePages implements Pages {

    private final CatalogueStore store;

    public StorePages(CatalogueStore store) {
        this.store = store;
    }

    @Override
    public Optional<Answer> product(String id) {
        return store.page(id).map(page -> Answer.fresh(page, null));
    }

    @Override
    public Answer list(ListQuery query) {
        return Answer.fresh(store.list(query), null);
    }
}
