package shop.productread.api;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.reactor.netty.NettyRouteProvider;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.HttpServerRoutes;
import shop.productread.Answer;
import shop.productread.Pages;

/**
 * The short way to a page, of a product or of a list, in either arm: all that the framework does for a
 * request would take longer than answering does. Whatever is not plain (another method, a rare header,
 * an id that is none) goes on to {@link ProductsController}, which means the same; and so does all where
 * traces are wanted.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
final class ShortWay implements NettyRouteProvider {

    private static final String LISTS = "/api/products";
    private static final String PREFIX = LISTS + "/";
    private static final String PATTERN = PREFIX + "{id}";
    private static final String[] RARE = {
        "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "Range", "Origin"
    };
    private static final int MOST_PARAMETERS = 100;

    private final Pages pages;
    private final Problems problems;
    private final MeterRegistry meters;
    private final Timer pageTimes;
    private final Timer listTimes;
    private final boolean traced;

    ShortWay(Pages pages, Problems problems, MeterRegistry meters,
            @Value("${management.tracing.export.enabled}") boolean traced) {
        this.pages = pages;
        this.problems = problems;
        this.meters = meters;
        this.traced = traced;
        pageTimes = times(PATTERN, 200);
        listTimes = times(LISTS, 200);
    }

    @Override
    public HttpServerRoutes apply(HttpServerRoutes routes) {
        return traced ? routes : routes
                .route(request -> isPage(request.uri()) && isPlain(request), this::page)
                .route(request -> isList(request.uri()) && isPlain(request), this::list);
    }

    private static boolean isPage(String uri) {
        return uri.startsWith(PREFIX) && ProductId.isOne(uri.substring(PREFIX.length()));
    }

    private static boolean isList(String uri) {
        return uri.startsWith(LISTS)
                && (uri.length() == LISTS.length() || uri.charAt(LISTS.length()) == '?');
    }

    private static boolean isPlain(HttpServerRequest request) {
        HttpHeaders headers = request.requestHeaders();
        if (!request.method().equals(HttpMethod.GET)
                || !takesJson(headers.get(HttpHeaderNames.ACCEPT))) {
            return false;
        }
        for (String header : RARE) {
            if (headers.contains(header)) {
                return false;
            }
        }
        return true;
    }

    private static boolean takesJson(String accept) {
        return accept == null || accept.equals("*/*") || accept.equals("application/json");
    }

    private Mono<Void> page(HttpServerRequest request, HttpServerResponse response) {
        long beganNs = System.nanoTime();
        String id = request.uri().substring(PREFIX.length());
        return pages.product(id)
                .switchIfEmpty(Mono.error(() -> new NotFound(id)))
                .flatMap(answer -> send(answer, response, pageTimes, beganNs))
                .onErrorResume(error -> tell(error, request, response, PATTERN, beganNs));
    }

    private Mono<Void> list(HttpServerRequest request, HttpServerResponse response) {
        long beganNs = System.nanoTime();
        return Mono.defer(() -> pages.list(query(request.uri())))
                .flatMap(answer -> send(answer, response, listTimes, beganNs))
                .onErrorResume(error -> tell(error, request, response, LISTS, beganNs));
    }

    private static ListQuery query(String uri) {
        try {
            return ListQuery.from(new QueryStringDecoder(
                    uri, StandardCharsets.UTF_8, true, MOST_PARAMETERS, true).parameters());
        } catch (IllegalArgumentException error) {
            throw BadAddress.badQuery();
        }
    }

    private static Mono<Void> send(
            Answer answer, HttpServerResponse response, Timer times, long beganNs) {
        HttpHeaders headers = response.responseHeaders();
        answer.headers(headers::set);
        headers.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
        headers.set(HttpHeaderNames.CONTENT_LENGTH, answer.json().length);
        times.record(System.nanoTime() - beganNs, TimeUnit.NANOSECONDS);
        return response.sendObject(Unpooled.wrappedBuffer(answer.json())).then();
    }

    private Mono<Void> tell(Throwable error, HttpServerRequest request, HttpServerResponse response,
            String pattern, long beganNs) {
        if (response.hasSentHeaders()) {
            return Mono.error(error);
        }
        Problems.Told told = problems.told(error, request.uri().split("\\?", 2)[0]);
        times(pattern, told.status()).record(System.nanoTime() - beganNs, TimeUnit.NANOSECONDS);
        return told.to(response);
    }

    /** As the framework names those of the long way. */
    private Timer times(String pattern, int status) {
        String outcome = status < 300 ? "SUCCESS" : status < 500 ? "CLIENT_ERROR" : "SERVER_ERROR";
        return meters.timer("http.server.requests", "uri", pattern, "method", "GET",
                "status", Integer.toString(status), "outcome", outcome,
                "error", "none", "exception", "none");
    }
}
