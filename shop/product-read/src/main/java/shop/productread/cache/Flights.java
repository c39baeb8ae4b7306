package shop.productread.cache;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import shop.productread.store.StoreUnavailable;

/** Single flight: of many who want the same thing at once, one fetches it for all. */
final class Flights<T> {

    private final ConcurrentHashMap<String, CompletableFuture<T>> flying = new ConcurrentHashMap<>();
    private final Duration longest;

    Flights(Duration longest) {
        this.longest = longest;
    }

    /** What {@code fetch} gives (or fails with), to the one who has it fetched and to all who join. */
    Mono<T> get(String key, Supplier<T> fetch, Executor threads) {
        return Mono.fromFuture(() -> start(key, fetch, threads), true)
                .timeout(longest)
                .onErrorMap(TimeoutException.class,
                        error -> new StoreUnavailable("the store does not answer in time", error));
    }

    /** The flight under way, or a new one. {@code threads} may refuse it with StoreUnavailable. */
    CompletableFuture<T> start(String key, Supplier<T> fetch, Executor threads) {
        CompletableFuture<T> ours = new CompletableFuture<>();
        CompletableFuture<T> theirs = flying.putIfAbsent(key, ours);
        if (theirs != null) {
            return theirs;
        }
        try {
            threads.execute(() -> fetch(key, ours, fetch));
        } catch (StoreUnavailable refusal) {
            flying.remove(key, ours);
            ours.completeExceptionally(refusal);
        }
        return ours;
    }

    private void fetch(String key, CompletableFuture<T> ours, Supplier<T> fetch) {
        try {
            T value = fetch.get();
            flying.remove(key, ours);
            ours.complete(value);
        } catch (RuntimeException | Error error) {
            flying.remove(key, ours);
            ours.completeExceptionally(error);
        }
    }
}
