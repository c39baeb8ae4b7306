package shop.productread.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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
    void oneFetchesForAllWhoComeMeanwhile() throws Exception {
        AtomicInteger fetches = new AtomicInteger();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Future<String> first = threads.submit(() -> flights.get("key", () -> {
            fetches.incrementAndGet();
            begun.countDown();
            await(go);
            return "page";
        }));
        begun.await();
        List<Future<String>> joined = new ArrayList<>();
        CountDownLatch running = new CountDownLatch(10);
        for (int i = 0; i < 10; i++) {
            joined.add(threads.submit(() -> {
                running.countDown();
                return flights.get("key", () -> "page of " + fetches.incrementAndGet());
            }));
        }
        running.await();
        go.countDown();
        assertThat(first.get()).isEqualTo("page");
        int late = 0;
        for (Future<String> each : joined) {
            late += each.get().equals("page") ? 0 : 1;
        }
        // Who came after the flight had ended fetched anew; all others did not.
        assertThat(fetches.get()).isEqualTo(1 + late);
    }

    @Test
    void afterAFailureTheNextTriesAgain() {
        StoreUnavailable gone = new StoreUnavailable("gone", null);
        assertThatThrownBy(() -> flights.get("key", () -> { throw gone; })).isSameAs(gone);
        assertThat(flights.get("key", () -> "page")).isEqualTo("page");
    }

    @Test
    void nobodyWaitsForLongerThanTheDeadline() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        threads.submit(() -> flights.get("key", () -> {
            begun.countDown();
            await(never);
            return "late";
        }));
        begun.await();
        Future<String> joined = threads.submit(() -> flights.get("key", () -> "not asked"));
        assertThatThrownBy(() -> joined.get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(StoreUnavailable.class);
        never.countDown();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }
}
