package shop.productread.api;

/** Ids are opaque, but not endless. */
final class ProductId {

    static final String RULE = "1 to 64 letters, digits or any of - _ . ~ :";
    static final String FORM = "[A-Za-z0-9._~:-]{1,64}";
    private static final int MOST_CHARS = 64;

    private ProductId() {}

    /** By hand: it is asked of every request. */
    static boolean isOne(String text) {
        int length = text.length();
        if (length < 1 || length > MOST_CHARS) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            boolean alphanumeric =
                    c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!alphanumeric && "._~:-".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }
}
