package shop.productread.api;

/** No product has this id. */
final class NotFound extends RuntimeException {
    NotFound(String id) {
        super("there is no product " + id);
    }
}
