package shop.productread.api;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.headers.Header;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import shop.productread.Answer;
import shop.productread.Pages;
import shop.productread.api.BadRequest.Mistake;
import shop.productread.store.Model;

/** The two addresses of the catalogue. */
@RestController
class ProductsController {

    private static final String PROBLEM = "application/problem+json";

    private final Pages pages;

    ProductsController(Pages pages) {
        this.pages = pages;
    }

    @Operation(summary = "The page of a product", operationId = "getProduct")
    @ApiResponse(responseCode = "200", description = "The page",
            headers = @Header(name = "ETag", schema = @Schema(type = "string")),
            content = @Content(mediaType = "application/json",
                    schema = @Schema(implementation = Model.ProductPage.class)))
    @ApiResponse(responseCode = "304", description = "As the reader has it", content = @Content)
    @ApiResponse(responseCode = "400", description = "The id is none",
            content = @Content(mediaType = PROBLEM,
                    schema = @Schema(implementation = ProblemModel.class)))
    @ApiResponse(responseCode = "404", description = "No such product",
            content = @Content(mediaType = PROBLEM,
                    schema = @Schema(implementation = ProblemModel.class)))
    @ApiResponse(responseCode = "503", description = "Not cached, and the store is down",
            headers = @Header(name = "Retry-After", schema = @Schema(type = "integer")),
            content = @Content(mediaType = PROBLEM,
                    schema = @Schema(implementation = ProblemModel.class)))
    @GetMapping(path = "/api/products/{id}", produces = MediaType.APPLICATION_JSON_VALUE)
    Mono<ResponseEntity<byte[]>> product(
            @Parameter(schema = @Schema(type = "string", pattern = "^" + ProductId.FORM + "$"))
                    @PathVariable String id,
            @Parameter(hidden = true) ServerWebExchange exchange) {
        if (!ProductId.isOne(id)) {
            throw new BadRequest(List.of(new Mistake("id", id, ProductId.RULE)));
        }
        return pages.product(id)
                .switchIfEmpty(Mono.error(() -> new NotFound(id)))
                .map(answer -> response(answer, exchange));
    }

    @Operation(summary = "Products, page by page", operationId = "listProducts")
    @Parameter(name = "category", in = ParameterIn.QUERY,
            description = "Id of a category; those below it are included",
            schema = @Schema(type = "string", pattern = "^" + ProductId.FORM + "$"))
    @Parameter(name = "q", in = ParameterIn.QUERY, description = "Words of the title",
            schema = @Schema(type = "string", minLength = 1, maxLength = ListQuery.MOST_Q))
    @Parameter(name = "price_min", in = ParameterIn.QUERY,
            description = "In the currency's smallest unit, of the cheapest variant",
            schema = @Schema(type = "integer", format = "int64", minimum = "0",
                    maximum = "" + ListQuery.MOST_PRICE))
    @Parameter(name = "price_max", in = ParameterIn.QUERY, description = "No less than price_min",
            schema = @Schema(type = "integer", format = "int64", minimum = "0",
                    maximum = "" + ListQuery.MOST_PRICE))
    @Parameter(name = "page_size", in = ParameterIn.QUERY,
            schema = @Schema(type = "integer", minimum = "1",
                    maximum = "" + ListQuery.MOST_PAGE_SIZE,
                    defaultValue = "" + ListQuery.DEFAULT_PAGE_SIZE))
    @Parameter(name = "cursor", in = ParameterIn.QUERY,
            description = "`next` of the page before, with the same filters",
            schema = @Schema(type = "string"))
    @ApiResponse(responseCode = "200", description = "A page of the list",
            headers = @Header(name = "ETag", schema = @Schema(type = "string")),
            content = @Content(mediaType = "application/json",
                    schema = @Schema(implementation = Model.ProductList.class)))
    @ApiResponse(responseCode = "304", description = "As the reader has it", content = @Content)
    @ApiResponse(responseCode = "400", description = "Parameters that are wrong, by name",
            content = @Content(mediaType = PROBLEM,
                    schema = @Schema(implementation = ProblemModel.class)))
    @ApiResponse(responseCode = "503", description = "Not cached, and the store is down",
            headers = @Header(name = "Retry-After", schema = @Schema(type = "integer")),
            content = @Content(mediaType = PROBLEM,
                    schema = @Schema(implementation = ProblemModel.class)))
    @GetMapping(path = "/api/products", produces = MediaType.APPLICATION_JSON_VALUE)
    Mono<ResponseEntity<byte[]>> list(@Parameter(hidden = true) ServerWebExchange exchange) {
        return pages.list(ListQuery.from(exchange.getRequest().getQueryParams()))
                .map(answer -> response(answer, exchange));
    }

    private static ResponseEntity<byte[]> response(Answer answer, ServerWebExchange exchange) {
        // Sets ETag, and the status where it holds.
        boolean known = exchange.checkNotModified(answer.etag());
        ResponseEntity.BodyBuilder response =
                known ? ResponseEntity.status(HttpStatus.NOT_MODIFIED) : ResponseEntity.ok();
        answer.headers(response::header);
        return known
                ? response.build()
                : response.contentType(MediaType.APPLICATION_JSON).body(answer.json());
    }
}
