/* OpenAPI 3.1 of the route table. */
#include "gateway/internal.h"

static void put_parameter(struct text *t, Str name, bool in_path)
{
    json_item(t);
    text_put(t, "{\"name\":");
    json_put_string(t, name);
    json_str(t, "in", in_path ? "path" : "query");
    json_bool(t, "required", in_path);
    text_put(t, ",\"schema\":{\"type\":\"string\"}}");
}

static void put_parameters(struct text *t, const struct route_row *r)
{
    const char *open = strchr(r->path, '{');
    json_key(t, "parameters");
    text_put_char(t, '[');
    if (open) put_parameter(t, (Str){ open + 1, (u32)(strchr(open, '}') - open - 1) }, true);
    for (const char *p = r->params; *p;) {
        u32 n = (u32)strcspn(p, " ");
        put_parameter(t, (Str){ p, n }, false);
        p += n + (p[n] == ' ');
    }
    text_put_char(t, ']');
}

static const char *answer_status(const struct route_row *r)
{
    if (r == &routes[ROUTE_WEBSOCKET]) return "101";
    return r == &routes[ROUTE_ORDER_NEW] ? "201" : "200";
}

static void put_operation(struct text *t, const struct route_row *r)
{
    char method[16];
    const char *name = http_method_name(r->method);
    u32 n = (u32)strlen(name);
    ASSERT(n < sizeof method);
    for (u32 i = 0; i <= n; i++) method[i] = name[i] >= 'A' ? (char)(name[i] + 32) : name[i];
    json_key(t, method);
    text_put_char(t, '{');
    json_str(t, "operationId", r->name);
    json_str(t, "summary", r->text);
    json_u32(t, "x-weight", r->weight);
    put_parameters(t, r);
    if (r->access != ACCESS_PUBLIC)
        text_put(t, ",\"security\":[{\"key\":[],\"time\":[],\"nonce\":[],\"sign\":[]}]");
    if (r->method == METHOD_POST || r->method == METHOD_PATCH)
        text_put(
            t, ",\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":"
               "{\"type\":\"object\"}}}}");
    text_put(t, ",\"responses\":{\"");
    text_put(t, answer_status(r));
    text_put(t,
             "\":{\"description\":\"done\"},\"default\":{\"description\":\"a problem (RFC 9457)\","
             "\"content\":{\"application/problem+json\":{\"schema\":{\"$ref\":"
             "\"#/components/schemas/Problem\"}}}}}}");
}

static void put_codes(struct text *t)
{
    text_put(t, "{\"type\":\"string\",\"enum\":[");
    for (u32 i = 0; reject_at(i); i++) {
        json_item(t);
        json_put_string(t, str_of(reject_name(reject_at(i))));
    }
    text_put(t, "]}");
}

static void put_components(struct text *t)
{
    static const char *const headers[][2] = {
        { "key", "HR-Key" }, { "time", "HR-Time" }, { "nonce", "HR-Nonce" }, { "sign", "HR-Sign" }
    };
    json_key(t, "components");
    text_put(t, "{\"securitySchemes\":{");
    for (u32 i = 0; i < ARRAY_LEN(headers); i++) {
        json_key(t, headers[i][0]);
        text_put(t, "{\"type\":\"apiKey\",\"in\":\"header\"");
        json_str(t, "name", headers[i][1]);
        text_put_char(t, '}');
    }
    text_put(t, "},\"schemas\":{\"Problem\":{\"type\":\"object\",\"required\":[\"type\",\"title\","
                "\"status\",\"detail\",\"code\",\"code_no\"],\"properties\":{\"code\":");
    put_codes(t);
    text_put(t, ",\"code_no\":{\"type\":\"integer\"},\"status\":{\"type\":\"integer\"},"
                "\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
                "\"detail\":{\"type\":\"string\"}}}}}");
}

void openapi_write(struct text *t)
{
    text_put(t, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Hedgerow\",\"version\":\"1\"}");
    json_key(t, "paths");
    text_put_char(t, '{');
    for (u32 i = 0; i < ROUTE_COUNT; i++) {
        bool first = true;
        for (u32 k = 0; k < i && first; k++) first = strcmp(routes[k].path, routes[i].path) != 0;
        if (!first) continue;
        json_key(t, routes[i].path);
        text_put_char(t, '{');
        for (u32 k = i; k < ROUTE_COUNT; k++)
            if (strcmp(routes[k].path, routes[i].path) == 0) put_operation(t, &routes[k]);
        text_put_char(t, '}');
    }
    text_put_char(t, '}');
    put_components(t);
    text_put_char(t, '}');
    ASSERT(t->n > 0);
}
