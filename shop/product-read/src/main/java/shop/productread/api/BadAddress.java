package shop.productread.api;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import org.springframework.boot.reactor.netty.NettyRouteProvider;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.HttpServerRoutes;

/** Problem details for an address that the framework would refuse unseen, such as {@code ?q=%%%}. */
@Component
class BadAddress implements NettyRouteProvider {

    private final Problems problems;

    BadAddress(Problems problems) {
        this.problems = problems;
    }

    static BadRequest badQuery() {
        return bad("query", "name=value pairs, percent-encoded UTF-8");
    }

    @Override
    public HttpServerRoutes apply(HttpServerRoutes routes) {
        return routes.route(request -> !isAddress(request.uri()), this::tell);
    }

    private Mono<Void> tell(HttpServerRequest request, HttpServerResponse response) {
        boolean pathIsRight = isAddress(request.uri().split("\\?", 2)[0]);
        BadRequest bad = pathIsRight ? badQuery() : bad("path", "a path as RFC 3986 allows it");
        return problems.told(bad, null).to(response);
    }

    private static BadRequest bad(String field, String expected) {
        return new BadRequest(List.of(new BadRequest.Mistake(field, "", expected)));
    }

    private static boolean isAddress(String text) {
        try {
            new URI(text);
            return true;
        } catch (URISyntaxException error) {
            return false;
        }
    }
}
