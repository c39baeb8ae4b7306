package shop.productread;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * The pages and lists of the catalogue over HTTP.
 *
 * <pre>
 *   api  ──>  Pages ──>  cache ──>  store ──>  Postgres
 *                          ^
 *                       changes  &lt;──  Kafka: product-changes
 * </pre>
 *
 * With {@code PRODUCT_READ_CATALOGUE=uncached} the room {@code cache} is left out.
 */
@SpringBootApplication
public class ProductRead {

    private static final int BAD_SETTINGS = 2;

    public static void main(String[] arguments) {
        Settings settings;
        try {
            settings = Settings.from(System.getenv());
        } catch (Settings.Wrong wrong) {
            System.err.println(wrong.getMessage());
            System.exit(BAD_SETTINGS);
            return;
        }
        SpringApplication application = new SpringApplication(ProductRead.class);
        application.setDefaultProperties(settings.springProperties());
        application.addInitializers(context ->
                context.getBeanFactory().registerSingleton("settings", settings));
        application.run(arguments);
    }
}
