package shop.productread.api;

import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;

/** Problem details (RFC 9457) as this service sends them; described only, never made. */
@Schema(name = "Problem")
record ProblemModel(
        String type,
        String title,
        int status,
        String detail,
        @Schema(format = "uri-reference") String instance,
        @Schema(description = "Of 400: the fields that are wrong") List<BadRequest.Mistake> errors) {}
