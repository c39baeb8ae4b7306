package shop.productread.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import shop.productread.api.BadRequest.Mistake;

/**
 * What a list is asked for. Absent filters are null.
 *
 * @param priceMin in the currency's smallest unit, of a product's cheapest variant
 * @param afterId the last product of the page before; null for the first page
 */
public record ListQuery(
        String category, String q, Long priceMin, Long priceMax, int pageSize, String afterId) {

    static final int DEFAULT_PAGE_SIZE = 24;
    static final int MOST_PAGE_SIZE = 100;
    static final int MOST_Q = 100;
    static final long MOST_PRICE = 1_000_000_000_000L;

    /** Raises {@link BadRequest} with all that is wrong. */
    static ListQuery from(Map<String, List<String>> parameters) {
        Reader read = new Reader(parameters, new ArrayList<>());
        String category = read.one("category", ProductId.RULE,
                text -> Optional.of(text).filter(ProductId::isOne));
        String q = read.one("q", "1 to " + MOST_Q + " printable characters", ListQuery::words);
        String money = "a whole number from 0 to " + MOST_PRICE + ", in the currency's smallest unit";
        Long priceMin = read.one("price_min", money, text -> number(text, 0, MOST_PRICE));
        Long priceMax = read.one("price_max", money, text -> number(text, 0, MOST_PRICE));
        if (priceMin != null && priceMax != null && priceMin > priceMax) {
            read.mistakes.add(new Mistake(
                    "price_max", priceMax.toString(), "no less than price_min, which is " + priceMin));
        }
        Long pageSize = read.one("page_size", "a whole number from 1 to " + MOST_PAGE_SIZE,
                text -> number(text, 1, MOST_PAGE_SIZE));
        int size = pageSize == null ? DEFAULT_PAGE_SIZE : pageSize.intValue();
        ListQuery first = new ListQuery(category, q, priceMin, priceMax, size, null);
        String afterId = null;
        // A cursor is bound to the filters: it is judged only where they are right themselves.
        if (read.mistakes.isEmpty()) {
            afterId = read.one("cursor", "`next` of a list with the same filters",
                    text -> Cursor.lastId(text, first.filters()));
        }
        if (!read.mistakes.isEmpty()) {
            throw new BadRequest(read.mistakes);
        }
        return new ListQuery(category, q, priceMin, priceMax, size, afterId);
    }

    /** The same text for the same filters, whatever the order in which they were written. */
    String filters() {
        return "category=%s q=%s price=%s..%s".formatted(category, q, priceMin, priceMax);
    }

    /** The same text for the same answer. */
    public String key() {
        return filters() + " size=" + pageSize + " after=" + afterId;
    }

    /** Of the page that follows one that ends with this product. */
    public String cursorAfter(String lastId) {
        return Cursor.of(lastId, filters());
    }

    private static Optional<String> words(String text) {
        String trimmed = text.strip();
        boolean printable = trimmed.codePoints().noneMatch(Character::isISOControl)
                && trimmed.codePoints().noneMatch(c -> Character.getType(c) == Character.SURROGATE);
        return printable && !trimmed.isEmpty() && trimmed.length() <= MOST_Q
                ? Optional.of(trimmed) : Optional.empty();
    }

    private static Optional<Long> number(String text, long least, long most) {
        if (!text.matches("[0-9]{1,18}")) {
            return Optional.empty();
        }
        long number = Long.parseLong(text);
        return number >= least && number <= most ? Optional.of(number) : Optional.empty();
    }

    private record Reader(Map<String, List<String>> parameters, List<Mistake> mistakes) {

        /** A parameter's value; null where it is absent, or wrong (which is then written down). */
        <T> T one(String name, String rule, Function<String, Optional<T>> parse) {
            List<String> all = parameters.get(name);
            if (all == null) {
                return null;
            }
            if (all.size() > 1) {
                mistakes.add(new Mistake(name, all.size() + " values", "one value: " + rule));
                return null;
            }
            String found = all.get(0) == null ? "" : all.get(0);
            Optional<T> value = parse.apply(found);
            if (value.isEmpty()) {
                String shown = found.length() > 80 ? found.substring(0, 80) + "…" : found;
                mistakes.add(new Mistake(name, shown, rule));
            }
            return value.orElse(null);
        }
    }
}
