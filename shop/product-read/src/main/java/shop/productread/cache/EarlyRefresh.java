package shop.productread.cache;

/**
 * XFetch: a reader refreshes an entry before it ends, with a chance that rises towards the end and
 * with the cost of a load. (Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede
 * Prevention, VLDB 2015.)
 */
final class EarlyRefresh {

    private static final double BETA = 1.0;

    private EarlyRefresh() {}

    /**
     * Whether now is the time.
     *
     * @param chance uniform in (0, 1]
     */
    static boolean due(long nowMs, long freshToMs, int loadUs, double chance) {
        return nowMs - loadUs / 1000.0 * BETA * Math.log(chance) >= freshToMs;
    }
}
