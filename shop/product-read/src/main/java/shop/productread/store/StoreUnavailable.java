package shop.productread.store;

/** The store cannot be asked now. */
public class StoreUnavailable extends RuntimeException {

    public StoreUnavailable(String reason, Throwable cause) {
        super(reason, cause);
    }
}
