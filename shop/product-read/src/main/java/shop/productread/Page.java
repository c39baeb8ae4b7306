package shop.productread;

import java.util.zip.CRC32C;

/**
 * What the store said, as JSON.
 *
 * @param version of the product; 0 for a list
 */
public record Page(long version, byte[] json) {

    /** From the content, not from the version alone: a page shows parts of other products too. */
    public String etag() {
        CRC32C sum = new CRC32C();
        sum.update(json);
        return "\"" + version + "-" + Long.toHexString(sum.getValue()) + "\"";
    }
}
