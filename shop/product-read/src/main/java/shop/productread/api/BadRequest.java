package shop.productread.api;

import java.util.List;

/** A request that cannot be answered as it stands. */
public class BadRequest extends RuntimeException {

    /** What is wrong with one field, and what would be right. */
    public record Mistake(String field, String found, String expected) {}

    final transient List<Mistake> mistakes;

    BadRequest(List<Mistake> mistakes) {
        super(mistakes.stream().map(m -> m.field() + ": " + m.expected()).toList().toString());
        this.mistakes = List.copyOf(mistakes);
    }
}
