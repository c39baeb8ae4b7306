package shop.productread.store;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;

/** What readers are sent. Money is in the currency's smallest unit. */
public interface Model {

    record Money(String currency, @JsonProperty("amount_minor") long amountMinor) {}

    record Option(String name, String value) {}

    enum StockLevel { in_stock, low, sold_out }

    record Stock(StockLevel level, int available) {
        private static final int LOW = 5;

        static Stock of(int available) {
            if (available == 0) {
                return new Stock(StockLevel.sold_out, 0);
            }
            return new Stock(available <= LOW ? StockLevel.low : StockLevel.in_stock, available);
        }
    }

    record Variant(String id, String sku, List<Option> options, Money price, Stock stock) {}

    record Brand(String id, String name) {}

    @Schema(description = "The names from the root to the category")
    record Category(String id, List<String> path) {}

    @Schema(description = "Of five stars; `stars` counts the ratings with 1 to 5")
    record Rating(@Schema(types = {"number", "null"}) Double average, int count, List<Integer> stars) {
        static Rating of(List<Integer> stars) {
            int count = 0;
            int sum = 0;
            for (int i = 0; i < stars.size(); i++) {
                count += stars.get(i);
                sum += (i + 1) * stars.get(i);
            }
            Double average = count == 0 ? null : Math.round(10.0 * sum / count) / 10.0;
            return new Rating(average, count, stars);
        }
    }

    @Schema(description = "Without what changes often: a page lives longer than a neighbour's price")
    record Related(String id, String title, String brand) {}

    @Schema(description = "The page of a product")
    record ProductPage(
            String id,
            String title,
            String description,
            Brand brand,
            Category category,
            List<Variant> variants,
            @JsonProperty("price_from") Money priceFrom,
            Rating rating,
            List<Related> related,
            @Schema(description = "Rises with every change of the product") long version,
            @JsonProperty("updated_at") Instant updatedAt) {}

    record ListItem(
            String id,
            String title,
            String brand,
            @JsonProperty("category_id") String categoryId,
            @JsonProperty("price_from") Money priceFrom,
            Rating rating,
            long version) {}

    @Schema(description = "`next` is the cursor of the page that follows; null on the last")
    record ProductList(
            List<ListItem> items, @Schema(types = {"string", "null"}) String next) {}
}
