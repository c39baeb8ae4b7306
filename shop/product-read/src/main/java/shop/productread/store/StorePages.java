package shop.productread.store;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import shop.productread.Answer;
import shop.productread.Page;
import shop.productread.Pages;
import shop.productread.api.ListQuery;

/** The store asked for every request. */
public class StorePages implements Pages {

    private final CatalogueStore store;
    private final StoreThreads threads;

    public StorePages(CatalogueStore store, StoreThreads threads) {
        this.store = store;
        this.threads = threads;
    }

    @Override
    public Mono<Answer> product(String id) {
        return asked(() -> store.page(id));
    }

    @Override
    public Mono<Answer> list(ListQuery query) {
        return asked(() -> Optional.of(store.list(query)));
    }

    private Mono<Answer> asked(Supplier<Optional<Page>> question) {
        return Mono.fromFuture(() -> CompletableFuture.supplyAsync(question, threads.executor()))
                .mapNotNull(page -> page.map(each -> Answer.fresh(each, null)).orElse(null));
    }
}
