package shop.productread.api;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.filter.ServerHttpObservationFilter;
import shop.productread.Answer;
import shop.productread.Pages;
import shop.productread.store.StoreUnavailable;

/**
 * The short way to a page, of a product or of a list, in either arm: finding a handler, its arguments
 * and a converter would take three times what answering does. Whatever is not plain (a mistake, another
 * method, a rare header) goes on to {@link ProductsController}, which means the same.
 */
final class PageFilter extends HttpFilter {

    /** What was found, an Optional or what was thrown, for those who come after. */
    static final String FOUND = PageFilter.class.getName();

    private static final String LISTS = "/api/products";
    private static final String PREFIX = LISTS + "/";
    private static final String PATTERN = PREFIX + "{id}";
    private static final String[] RARE = {
        "If-Match", "If-Modified-Since", "If-Unmodified-Since", "Range", "Origin"
    };

    private final transient Pages pages;

    PageFilter(Pages pages) {
        this.pages = pages;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response,
            FilterChain chain) throws IOException, ServletException {
        String path = isPlain(request) ? request.getRequestURI() : "";
        boolean isList = path.equals(LISTS);
        Optional<Answer> answer = Optional.empty();
        if (isList) {
            answer = list(request);
        } else if (path.startsWith(PREFIX)) {
            answer = product(path.substring(PREFIX.length()), request);
        }
        if (answer.isEmpty()) {
            chain.doFilter(request, response);
            return;
        }
        ServerHttpObservationFilter.findObservationContext(request)
                .ifPresent(seen -> seen.setPathPattern(isList ? LISTS : PATTERN));
        write(answer.get(), request, response);
    }

    private static boolean isPlain(HttpServletRequest request) {
        if (!"GET".equals(request.getMethod()) || !takesJson(request.getHeader("Accept"))) {
            return false;
        }
        for (String header : RARE) {
            if (request.getHeader(header) != null) {
                return false;
            }
        }
        return true;
    }

    private static boolean takesJson(String accept) {
        return accept == null || accept.equals("*/*") || accept.equals("application/json");
    }

    /** Empty where there is none, or none can be had: the controller says so, and asks no more. */
    private Optional<Answer> product(String id, HttpServletRequest request) {
        if (!ProductId.isOne(id)) {
            return Optional.empty();
        }
        try {
            Optional<Answer> answer = pages.product(id);
            request.setAttribute(FOUND, answer);
            return answer;
        } catch (StoreUnavailable told) {
            request.setAttribute(FOUND, told);
            return Optional.empty();
        }
    }

    /** Empty where the controller is to say what is wrong, with the request or with the store. */
    private Optional<Answer> list(HttpServletRequest request) {
        try {
            return Optional.of(pages.list(ListQuery.from(request.getParameterMap())));
        } catch (BadRequest | InvalidParameterException | StoreUnavailable told) {
            // Tomcat does not say it twice.
            request.setAttribute(FOUND, told);
            return Optional.empty();
        }
    }

    private static void write(Answer answer, HttpServletRequest request,
            HttpServletResponse response) throws IOException {
        boolean known = request.getHeader("If-None-Match") != null
                && new ServletWebRequest(request, response).checkNotModified(answer.etag());
        answer.headers(response::setHeader);
        if (known) {
            return;
        }
        response.setContentType("application/json");
        response.setContentLength(answer.json().length);
        response.getOutputStream().write(answer.json());
    }

    /** Behind the one that observes, before all that a page does not need. */
    @Configuration
    static class Installed {
        @Bean
        FilterRegistrationBean<PageFilter> pageFilter(Pages pages) {
            FilterRegistrationBean<PageFilter> filter =
                    new FilterRegistrationBean<>(new PageFilter(pages));
            filter.addUrlPatterns(LISTS, PREFIX + "*");
            filter.setOrder(Ordered.HIGHEST_PRECEDENCE + 2);
            return filter;
        }
    }
}
