package shop.productread.store;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionHandler;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.thread.Threading;
import org.springframework.core.env.Environment;
import org.springframework.core.task.VirtualThreadTaskExecutor;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.stereotype.Component;

/**
 * Those who wait for the store: JDBC blocks, and the threads that hear of requests must not. Virtual
 * threads where the JDK has them.
 */
@Component
public class StoreThreads {

    /** Far more than there are connections; beyond, a request is told to come again. */
    private static final int MOST_WAITING = 1_000;

    /** Of any pool whose threads wait for the store. */
    public static final RejectedExecutionHandler REFUSE = (task, pool) -> {
        throw new StoreUnavailable("too many wait for the store", null);
    };

    private final Executor executor;

    StoreThreads(Environment environment) {
        executor = Threading.VIRTUAL.isActive(environment)
                ? new VirtualThreadTaskExecutor("store-") : platformThreads();
    }

    /** Hands over to the thread that has idled for the shortest time, whose stack is still warm. */
    private static ExecutorService platformThreads() {
        CustomizableThreadFactory daemons = new CustomizableThreadFactory("store-");
        daemons.setDaemon(true);
        return new ThreadPoolExecutor(
                0, MOST_WAITING, 1, TimeUnit.MINUTES, new SynchronousQueue<>(), daemons, REFUSE);
    }

    /** What it is given may be refused: StoreUnavailable. */
    public Executor executor() {
        return executor;
    }
}
