package shop.productread;

/**
 * JSON that is sent as it stands.
 *
 * @param etag quoted, as HTTP writes it
 * @param cacheStatus as RFC 9211 writes it; null where no cache was asked
 * @param stale whether it may be behind the store, because the store cannot be asked
 * @param ageS seconds since it was read from the store
 */
public record Answer(byte[] json, String etag, String cacheStatus, boolean stale, long ageS) {

    public static Answer fresh(Page page, String cacheStatus) {
        return new Answer(page.json(), page.etag(), cacheStatus, false, 0);
    }
}
