package shop.productread.api;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Where a list goes on: behind the product with this id. Opaque to users, and bound to the filters
 * it was given out for: with others it would skip or repeat.
 */
public final class Cursor {

    private static final String FORM = "1";

    private Cursor() {}

    static String of(String lastId, String filters) {
        String text = FORM + ":" + sum(filters) + ":" + lastId;
        return Base64.getUrlEncoder().withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The id behind which to go on; empty where this is no cursor of a list with these filters. */
    static Optional<String> lastId(String cursor, String filters) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(cursor);
            String[] parts = new String(bytes, StandardCharsets.UTF_8).split(":", 3);
            boolean ours = parts.length == 3 && parts[0].equals(FORM)
                    && parts[1].equals(sum(filters)) && ProductId.isOne(parts[2]);
            return ours ? Optional.of(parts[2]) : Optional.empty();
        } catch (IllegalArgumentException error) {
            return Optional.empty();
        }
    }

    private static String sum(String filters) {
        CRC32C sum = new CRC32C();
        sum.update(filters.getBytes(StandardCharsets.UTF_8));
        return Long.toHexString(sum.getValue());
    }
}
