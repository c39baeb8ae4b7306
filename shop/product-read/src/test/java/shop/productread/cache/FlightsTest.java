package shop.productread.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import shop.productread.store.StoreUnavailable;

class FlightsTest {

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Flights<String> flights = new Flights<>(Duration.ofMillis(200));

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    @Test
    void oneFetchesForAllWhoComeMeanwhile() {
        CountDownLatch go = new CountDownLatch(1);
        List<CompletableFuture<String>> all = new ArrayList<>();
        all.add(get(() -> {
            await(go);
            return "page";
        }));
        for (int i = 0; i < 10; i++) {
            all.add(get(() -> "fetched again"));
        }
        go.countDown();
        assertThat(all).allSatisfy(each -> assertThat(each.join()).isEqualTo("page"));
        assertThat(get(() -> "fetched anew").join()).isEqualTo("fetched anew");
    }

    @Test
    void afterAFailureTheNextTriesAgain() {
        StoreUnavailable gone = new StoreUnavailable("gone", null);
        assertThatThrownBy(() -> get(() -> { throw gone; }).join()).hasCause(gone);
        assertThat(get(() -> "page").join()).isEqualTo("page");
    }

    @Test
    void whereAllThreadsAreTakenItFailsAtOnceAndTheNextTriesAgain() {
        CompletableFuture<String> refused = flights.get("key", () -> "page", task -> {
            throw new StoreUnavailable("too many", null);
        }).toFuture();
        assertThatThrownBy(refused::join).hasCauseInstanceOf(StoreUnavailable.class);
        assertThat(get(() -> "page").join()).isEqualTo("page");
    }

    @Test
    void nobodyWaitsForLongerThanTheDeadline() {
        CountDownLatch never = new CountDownLatch(1);
        CompletableFuture<String> first = get(() -> {
            await(never);
            return "late";
        });
        CompletableFuture<String> joined = get(() -> "not asked");
        assertThat(List.of(first, joined)).allSatisfy(each -> assertThatThrownBy(each::join)
                .hasCauseInstanceOf(StoreUnavailable.class));
        never.countDown();
    }

    @Test
    void whoLeavesDoesNotEndTheFlight() {
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<String> leaving = get(() -> {
            await(go);
            return "page";
        });
        CompletableFuture<String> staying = get(() -> "not asked");
        leaving.cancel(true);
        go.countDown();
        assertThat(staying.join()).isEqualTo("page");
    }

    private CompletableFuture<String> get(Supplier<String> fetch) {
        return flights.get("key", fetch, threads).toFuture();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }
}
