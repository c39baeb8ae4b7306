package shop.productread;

import java.util.function.BiConsumer;

/**
 * JSON that is sent as it stands.
 *
 * @param etag quoted, as HTTP writes it
 * @param cacheStatus as RFC 9211 writes it; null where no cache was asked
 * @param stale whether it may be behind the store, because the store cannot be asked
 * @param ageS seconds since it was read from the store
 */
public record Answer(byte[] json, String etag, String cacheStatus, boolean stale, long ageS) {

    /** Those that tell what it is, and how old; told one by one. */
    public void headers(BiConsumer<String, String> header) {
        header.accept("ETag", etag);
        // To be kept, but asked about each time: prices change.
        header.accept("Cache-Control", "no-cache");
        if (cacheStatus != null) {
            header.accept("Cache-Status", cacheStatus);
            header.accept("Age", Long.toString(ageS));
        }
        if (stale) {
            header.accept("Warning", "111 product-read \"Revalidation Failed\"");
        }
    }

    public static Answer fresh(Page page, String cacheStatus) {
        return new Answer(page.json(), page.etag(), cacheStatus, false, 0);
    }
}
