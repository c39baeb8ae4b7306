package shop.productread.store;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import shop.productread.Page;
import shop.productread.api.ListQuery;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Pages and lists read from Postgres, each in one round trip. Raises {@link StoreUnavailable}. */
@Component
public class CatalogueStore {

    private static final String PAGE = """
            SELECT p.id, p.title, p.description, p.version, p.updated_at, p.price_from_minor,
                   b.id AS brand_id, b.name AS brand, c.id AS category_id, c.path, r.stars,
                   v.ids, v.skus, v.options, v.currencies, v.prices_minor, v.available,
                   n.ids AS related_ids, n.titles AS related_titles, n.brands AS related_brands
            FROM products p
            JOIN brands b ON b.id = p.brand_id
            JOIN categories c ON c.id = p.category_id
            LEFT JOIN ratings r ON r.product_id = p.id
            CROSS JOIN LATERAL (
                SELECT array_agg(id ORDER BY position) AS ids,
                       array_agg(sku ORDER BY position) AS skus,
                       array_agg(options::text ORDER BY position) AS options,
                       array_agg(currency::text ORDER BY position) AS currencies,
                       array_agg(price_minor ORDER BY position) AS prices_minor,
                       array_agg(available ORDER BY position) AS available
                FROM variants WHERE product_id = p.id) v
            CROSS JOIN LATERAL (
                -- Its neighbours by price on the same shelf: two ends of one index.
                SELECT array_agg(near.id) AS ids, array_agg(near.title) AS titles,
                       array_agg(nb.name) AS brands
                FROM ((SELECT id, title, brand_id FROM products
                       WHERE category_id = p.category_id
                         AND (price_from_minor, id) > (p.price_from_minor, p.id)
                       ORDER BY price_from_minor, id LIMIT 3)
                      UNION ALL
                      (SELECT id, title, brand_id FROM products
                       WHERE category_id = p.category_id
                         AND (price_from_minor, id) < (p.price_from_minor, p.id)
                       ORDER BY price_from_minor DESC, id DESC LIMIT 3)) near
                JOIN brands nb ON nb.id = near.brand_id) n
            WHERE p.id = :id
            """;

    private static final String LIST = """
            SELECT p.id, p.title, b.name AS brand, p.category_id, p.version, p.price_from_minor,
                   r.stars,
                   (SELECT currency::text FROM variants
                    WHERE product_id = p.id AND position = 1) AS currency
            FROM products p
            JOIN brands b ON b.id = p.brand_id
            LEFT JOIN ratings r ON r.product_id = p.id
            WHERE p.id > :after%s
            ORDER BY p.id LIMIT :limit
            """;

    private final JdbcClient jdbc;
    private final StoreGuard guard;
    private final JsonMapper json;

    CatalogueStore(JdbcClient jdbc, StoreGuard guard, JsonMapper json) {
        this.jdbc = jdbc;
        this.guard = guard;
        this.json = json;
    }

    /** The page of a product; empty where there is none. */
    public Optional<Page> page(String id) {
        return guard.call("page", () -> jdbc.sql(PAGE).param("id", id)
                        .query((row, number) -> page(row)).optional())
                .map(page -> new Page(page.version(), json.writeValueAsBytes(page)));
    }

    /** One page of a list. */
    public Page list(ListQuery query) {
        StringBuilder filters = new StringBuilder();
        Map<String, Object> values = new HashMap<>();
        // No id sorts before the empty text.
        values.put("after", query.afterId() == null ? "" : query.afterId());
        values.put("limit", query.pageSize() + 1);
        if (query.category() != null) {
            filters.append(" AND p.category_id IN (SELECT below.id FROM categories top"
                    // A colon would begin a parameter, were it not escaped.
                    + " JOIN categories below ON below.path[1\\:cardinality(top.path)] = top.path"
                    + " WHERE top.id = :category)");
            values.put("category", query.category());
        }
        if (query.q() != null) {
            filters.append(" AND p.search @@ plainto_tsquery('simple', :q)");
            values.put("q", query.q());
        }
        if (query.priceMin() != null) {
            filters.append(" AND p.price_from_minor >= :price_min");
            values.put("price_min", query.priceMin());
        }
        if (query.priceMax() != null) {
            filters.append(" AND p.price_from_minor <= :price_max");
            values.put("price_max", query.priceMax());
        }
        List<Model.ListItem> found = guard.call("list", () -> jdbc.sql(LIST.formatted(filters))
                .params(values).query((row, number) -> item(row)).list());
        // One more than asked for was read: it tells whether another page follows.
        boolean more = found.size() > query.pageSize();
        List<Model.ListItem> items = more ? found.subList(0, query.pageSize()) : found;
        String next = more ? query.cursorAfter(items.get(items.size() - 1).id()) : null;
        return new Page(0, json.writeValueAsBytes(new Model.ProductList(items, next)));
    }

    private Model.ProductPage page(ResultSet row) throws SQLException {
        List<Model.Variant> variants = variants(row);
        return new Model.ProductPage(
                row.getString("id"),
                row.getString("title"),
                row.getString("description"),
                new Model.Brand(row.getString("brand_id"), row.getString("brand")),
                new Model.Category(row.getString("category_id"), texts(row, "path")),
                variants,
                variants.isEmpty() ? null : new Model.Money(
                        variants.get(0).price().currency(), row.getLong("price_from_minor")),
                rating(row),
                related(row),
                row.getLong("version"),
                row.getObject("updated_at", OffsetDateTime.class).toInstant());
    }

    private Model.ListItem item(ResultSet row) throws SQLException {
        String currency = row.getString("currency");
        return new Model.ListItem(
                row.getString("id"),
                row.getString("title"),
                row.getString("brand"),
                row.getString("category_id"),
                currency == null ? null : new Model.Money(currency, row.getLong("price_from_minor")),
                rating(row),
                row.getLong("version"));
    }

    private List<Model.Variant> variants(ResultSet row) throws SQLException {
        List<String> ids = texts(row, "ids");
        List<String> skus = texts(row, "skus");
        List<String> options = texts(row, "options");
        List<String> currencies = texts(row, "currencies");
        Long[] prices = elements(row, "prices_minor", new Long[0]);
        Integer[] available = elements(row, "available", new Integer[0]);
        List<Model.Variant> variants = new ArrayList<>(ids.size());
        for (int i = 0; i < ids.size(); i++) {
            variants.add(new Model.Variant(
                    ids.get(i),
                    skus.get(i),
                    options(options.get(i)),
                    new Model.Money(currencies.get(i), prices[i]),
                    Model.Stock.of(available[i])));
        }
        return variants;
    }

    private List<Model.Option> options(String pairs) {
        return json.readValue(pairs, new TypeReference<List<List<String>>>() {}).stream()
                .map(pair -> new Model.Option(pair.get(0), pair.get(1))).toList();
    }

    private static Model.Rating rating(ResultSet row) throws SQLException {
        return Model.Rating.of(List.of(elements(row, "stars", new Integer[] {0, 0, 0, 0, 0})));
    }

    private static List<Model.Related> related(ResultSet row) throws SQLException {
        List<String> ids = texts(row, "related_ids");
        List<String> titles = texts(row, "related_titles");
        List<String> brands = texts(row, "related_brands");
        List<Model.Related> related = new ArrayList<>(ids.size());
        for (int i = 0; i < ids.size(); i++) {
            related.add(new Model.Related(ids.get(i), titles.get(i), brands.get(i)));
        }
        return related;
    }

    private static List<String> texts(ResultSet row, String column) throws SQLException {
        return List.of(elements(row, column, new String[0]));
    }

    /** The elements of an array; {@code otherwise} for NULL, which an aggregate over nothing is. */
    @SuppressWarnings("unchecked")
    private static <T> T[] elements(ResultSet row, String column, T[] otherwise) throws SQLException {
        Array array = row.getArray(column);
        return array == null ? otherwise : (T[]) array.getArray();
    }
}
