package shop.productread.api;

import io.netty.buffer.Unpooled;
import java.net.URI;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;
import shop.productread.store.StoreUnavailable;
import tools.jackson.databind.json.JsonMapper;

/** Turns errors into problem details (RFC 9457): ours, and the framework's own. */
@Component
@Order(Problems.BEFORE_THE_FRAMEWORK)
class Problems implements WebExceptionHandler {

    static final int BEFORE_THE_FRAMEWORK = -2;
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    private static final String RETRY_AFTER_S = "1";

    private final JsonMapper json;

    Problems(JsonMapper json) {
        this.json = json;
    }

    /** What is sent of an error. */
    record Told(int status, HttpHeaders headers, byte[] json) {

        Mono<Void> to(HttpServerResponse response) {
            headers.forEach((name, values) -> response.responseHeaders().set(name, values));
            return response.status(status).sendObject(Unpooled.wrappedBuffer(json)).then();
        }
    }

    /** @param path of the request; null where it is none */
    Told told(Throwable error, String path) {
        HttpHeaders headers = new HttpHeaders();
        ProblemDetail problem = problem(error, headers);
        problem.setInstance(path == null ? null : URI.create(path));
        byte[] body = json.writeValueAsBytes(problem);
        headers.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
        headers.setContentLength(body.length);
        return new Told(problem.getStatus(), headers, body);
    }

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable error) {
        ServerHttpResponse response = exchange.getResponse();
        if (response.isCommitted()) {
            return Mono.error(error);
        }
        Told told = told(error, exchange.getRequest().getURI().getRawPath());
        response.setRawStatusCode(told.status);
        response.getHeaders().putAll(told.headers);
        return response.writeWith(Mono.just(response.bufferFactory().wrap(told.json)));
    }

    private static ProblemDetail problem(Throwable error, HttpHeaders headers) {
        if (error instanceof BadRequest bad) {
            ProblemDetail problem = ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST,
                    "not a request that can be answered: " + bad.getMessage());
            problem.setProperty("errors", bad.mistakes);
            return problem;
        }
        if (error instanceof NotFound) {
            return ProblemDetail.forStatusAndDetail(HttpStatus.NOT_FOUND, error.getMessage());
        }
        if (error instanceof StoreUnavailable) {
            headers.set("Retry-After", RETRY_AFTER_S);
            return ProblemDetail.forStatusAndDetail(
                    HttpStatus.SERVICE_UNAVAILABLE, error.getMessage());
        }
        if (error instanceof ErrorResponse told) {
            headers.putAll(told.getHeaders());
            return told.getBody();
        }
        LOG.error("a request failed", error);
        return ProblemDetail.forStatusAndDetail(
                HttpStatus.INTERNAL_SERVER_ERROR, "this is our mistake, and it is in our log");
    }
}
