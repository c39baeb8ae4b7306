package shop.productread.cache;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdDictCompress;
import com.github.luben.zstd.ZstdDictDecompress;
import com.github.luben.zstd.ZstdException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Zstandard (RFC 8878) with a dictionary of what every page has in it. */
final class Compression {

    // What stands in most pages; the most frequent last, where it is cheapest to point to.
    private static final byte[] DICTIONARY = ("""
            {"items":[{"id":"p-","title":"","brand":"","category_id":"c-","next":null\
            "related":[{"id":"p-","title":"","brand":""},{"id":"p-\
            "rating":{"average":4.2,"count":1,"stars":[0,0,0,0,0]},"version":1,"updated_at":"2026-\
            {"id":"p-","title":"","description":"","brand":{"id":"b-","name":""},"category":{"id":\
            "c-","path":["Home","Clothing"]},"variants":["price_from":{"currency":"EUR","amount_minor":\
            "stock":{"level":"sold_out","available":0}"level":"low"\
            "options":[{"name":"Colour","value":"Black"},{"name":"Size","value":"M"}],\
            "price":{"currency":"EUR","amount_minor":9},"stock":{"level":"in_stock","available":1}},\
            {"id":"v-""").getBytes(StandardCharsets.UTF_8);
    private static final int LEVEL = 6;
    private static final int LARGEST = 8 << 20;

    private final ZstdDictCompress toCompress = new ZstdDictCompress(DICTIONARY, LEVEL);
    private final ZstdDictDecompress toDecompress = new ZstdDictDecompress(DICTIONARY);

    // Each has memory outside the heap, and a virtual thread is no place to keep one.
    private final ConcurrentLinkedQueue<ZstdDecompressCtx> readers = new ConcurrentLinkedQueue<>();

    byte[] compressed(byte[] json) {
        try (ZstdCompressCtx writer = new ZstdCompressCtx()) {
            return writer.loadDict(toCompress).compress(json);
        }
    }

    /** What was compressed into {@code bytes} from {@code offset} on; null where it is damaged. */
    byte[] decompressed(byte[] bytes, int offset) {
        long length = offset == bytes.length
                ? -1 : Zstd.getFrameContentSize(bytes, offset, bytes.length - offset);
        if (length < 0 || length > LARGEST) {
            return null;
        }
        ZstdDecompressCtx pooled = readers.poll();
        ZstdDecompressCtx reader =
                pooled == null ? new ZstdDecompressCtx().loadDict(toDecompress) : pooled;
        try {
            byte[] json = new byte[(int) length];
            int read = reader.decompressByteArray(
                    json, 0, json.length, bytes, offset, bytes.length - offset);
            return read == json.length ? json : null;
        } catch (ZstdException damaged) {
            return null;
        } finally {
            readers.offer(reader);
        }
    }
}
