package shop.productread.api;

import java.util.List;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import shop.productread.store.StoreUnavailable;

/** Turns errors into problem details (RFC 9457); the framework's own are its superclass's. */
@RestControllerAdvice
class Problems extends ResponseEntityExceptionHandler {

    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    private static final String RETRY_AFTER_S = "1";

    @ExceptionHandler
    ProblemDetail badRequest(BadRequest error) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(
                HttpStatus.BAD_REQUEST, "not a request that can be answered: " + error.getMessage());
        problem.setProperty("errors", error.mistakes);
        return problem;
    }

    /** Tomcat's, of a query that is not what RFC 3986 allows, such as {@code q=%%%}. */
    @ExceptionHandler
    ProblemDetail badQuery(InvalidParameterException error) {
        String rule = "name=value pairs, percent-encoded UTF-8";
        return badRequest(new BadRequest(List.of(new BadRequest.Mistake("query", "", rule))));
    }

    @ExceptionHandler
    ProblemDetail notFound(ProductsController.NotFound error) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.NOT_FOUND, error.getMessage());
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> unavailable(StoreUnavailable error) {
        ProblemDetail problem =
                ProblemDetail.forStatusAndDetail(HttpStatus.SERVICE_UNAVAILABLE, error.getMessage());
        return ResponseEntity.status(problem.getStatus())
                .header("Retry-After", RETRY_AFTER_S)
                .body(problem);
    }

    @ExceptionHandler
    ProblemDetail unexpected(Exception error) {
        LOG.error("a request failed", error);
        return ProblemDetail.forStatusAndDetail(
                HttpStatus.INTERNAL_SERVER_ERROR, "this is our mistake, and it is in our log");
    }
}
