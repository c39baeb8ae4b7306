package shop.productread.cache;

import java.nio.ByteBuffer;
import shop.productread.Page;

/**
 * What Redis holds under a key: 29 bytes, then the page, compressed.
 *
 * <pre>
 *   0        8      9             17            25          29
 *   version  kind   stored_at_ms  fresh_to_ms   load_us     json …
 * </pre>
 *
 * The version comes first and big-endian, so that a script in Redis can compare it as text. A
 * tombstone has no page: it says that pages older than its version must not be put here any more.
 *
 * @param page null for a tombstone
 * @param loadUs what it took to read it from the store
 */
record Entry(long version, Page page, long storedAtMs, long freshToMs, int loadUs) {

    private static final int HEAD = 29;
    private static final byte PAGE = 1;
    private static final byte TOMBSTONE = 2;

    static Entry tombstone(long version, long nowMs) {
        return new Entry(version, null, nowMs, nowMs, 0);
    }

    byte[] bytes(Compression compression) {
        byte[] body = page == null ? new byte[0] : compression.compressed(page.json());
        return ByteBuffer.allocate(HEAD + body.length)
                .putLong(version).put(page == null ? TOMBSTONE : PAGE)
                .putLong(storedAtMs).putLong(freshToMs).putInt(loadUs).put(body).array();
    }

    /** Null for bytes that are not of this form: another release's, to be loaded anew. */
    static Entry from(byte[] bytes, Compression compression) {
        if (bytes.length < HEAD) {
            return null;
        }
        ByteBuffer head = ByteBuffer.wrap(bytes);
        long version = head.getLong();
        byte kind = head.get();
        long storedAtMs = head.getLong();
        long freshToMs = head.getLong();
        int loadUs = head.getInt();
        if (kind == TOMBSTONE) {
            return new Entry(version, null, storedAtMs, freshToMs, loadUs);
        }
        byte[] json = kind == PAGE ? compression.decompressed(bytes, HEAD) : null;
        return json == null ? null
                : new Entry(version, new Page(version, json), storedAtMs, freshToMs, loadUs);
    }

    static byte[] versionBytes(long version) {
        return ByteBuffer.allocate(Long.BYTES).putLong(version).array();
    }
}
