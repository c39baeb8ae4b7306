package shop.productread.cache;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import shop.productread.store.StoreUnavailable;

/** Single flight: of many who want the same thing at once, one fetches it for all. */
final class Flights<T> {

    private final ConcurrentHashMap<String, CompletableFuture<T>> flying = new ConcurrentHashMap<>();
    private final Duration longest;

    Flights(Duration longest) {
        this.longest = longest;
    }

    /** What {@code fetch} gives (or throws), to the one who fetches and to those who join. */
    T get(String key, Supplier<T> fetch) {
        CompletableFuture<T> ours = new CompletableFuture<>();
        CompletableFuture<T> theirs = flying.putIfAbsent(key, ours);
        if (theirs != null) {
            return joined(theirs);
        }
        return fetched(key, ours, fetch);
    }

    /** Fetch unless somebody does already. */
    void start(String key, Supplier<T> fetch) {
        CompletableFuture<T> ours = new CompletableFuture<>();
        if (flying.putIfAbsent(key, ours) == null) {
            fetched(key, ours, fetch);
        }
    }

    private T fetched(String key, CompletableFuture<T> ours, Supplier<T> fetch) {
        try {
            T value = fetch.get();
            flying.remove(key, ours);
            ours.complete(value);
            return value;
        } catch (RuntimeException | Error error) {
            flying.remove(key, ours);
            ours.completeExceptionally(error);
            throw error;
        }
    }

    private T joined(CompletableFuture<T> theirs) {
        try {
            return theirs.get(longest.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException error) {
            if (error.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(error.getCause());
        } catch (TimeoutException error) {
            throw new StoreUnavailable("the store does not answer in time", error);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailable("interrupted", error);
        }
    }
}
