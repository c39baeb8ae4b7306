package shop.productread.cache;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** DEFLATE with a dictionary of what every page has in it: a page is a third of its size so. */
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
    private static final int LARGEST = 8 << 20;

    // Each has memory outside the heap, and a virtual thread is no place to keep one.
    private final ConcurrentLinkedQueue<Inflater> inflaters = new ConcurrentLinkedQueue<>();

    byte[] deflated(byte[] json) {
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        try {
            deflater.setDictionary(DICTIONARY);
            deflater.setInput(json);
            deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream(json.length / 2 + 64);
            byte[] part = new byte[4096];
            while (!deflater.finished()) {
                out.write(part, 0, deflater.deflate(part));
            }
            return out.toByteArray();
        } finally {
            deflater.end();
        }
    }

    /** What was deflated into {@code bytes} from {@code offset} on; null where it is damaged. */
    byte[] inflated(byte[] bytes, int offset) {
        Inflater pooled = inflaters.poll();
        Inflater inflater = pooled == null ? new Inflater(true) : pooled;
        try {
            inflater.reset();
            inflater.setDictionary(DICTIONARY);
            inflater.setInput(bytes, offset, bytes.length - offset);
            byte[] out = new byte[Math.max(1024, 4 * (bytes.length - offset))];
            int length = 0;
            while (true) {
                length += inflater.inflate(out, length, out.length - length);
                if (inflater.finished()) {
                    return Arrays.copyOf(out, length);
                }
                if (length < out.length || length > LARGEST) {
                    return null;
                }
                out = Arrays.copyOf(out, 2 * out.length);
            }
        } catch (DataFormatException damaged) {
            return null;
        } finally {
            inflaters.offer(inflater);
        }
    }
}
