package shop.productread.api;

import java.util.regex.Pattern;

/** Ids are opaque, but not endless. */
final class ProductId {

    static final String RULE = "1 to 64 letters, digits or any of - _ . ~ :";
    static final String FORM = "[A-Za-z0-9._~:-]{1,64}";
    private static final Pattern PATTERN = Pattern.compile(FORM);

    private ProductId() {}

    static boolean isOne(String text) {
        return PATTERN.matcher(text).matches();
    }
}
