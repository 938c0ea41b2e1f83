/* vectors [--known] FILE.json ... -- runs vector files through the product's own code.
 * Prints `ok ID` or `FAIL ID: key got .. want ..`, then `N passed, N failed`. An unknown op is a
 * failure; with --known it is left out and counted. The schema is in docs/vectors.md. */
#include "vectors.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BIG_MARK "#" /* an integer of more than 15 digits travels as the string "#123..." */
#define EXACT_MAX (INT64_C(1) << 53)

static char failure[512];
static bool left_out; /* the vector needs what is not there yet */

void vector_fail(const char *format, ...)
{
    va_list args;
    if (failure[0]) return;
    va_start(args, format);
    vsnprintf(failure, sizeof failure, format, args);
    va_end(args);
}

void vector_needs(const char *feature)
{
    vector_fail("needs %s", feature);
    left_out = true;
}

/* ---- numbers ---- */

static bool is_big(const cJSON *v)
{
    return cJSON_IsString(v) && v->valuestring[0] == BIG_MARK[0] &&
           strspn(v->valuestring + 1, "-0123456789") == strlen(v->valuestring + 1);
}

/* True, and *out, when v is an integer that fits 64 bits. */
static bool integer_of(const cJSON *v, i64 *out)
{
    if (is_big(v)) {
        errno = 0;
        *out = strtoll(v->valuestring + 1, NULL, 10);
        return errno == 0;
    }
    if (!cJSON_IsNumber(v) || fabs(v->valuedouble) > (double)EXACT_MAX) return false;
    *out = (i64)v->valuedouble;
    return (double)*out == v->valuedouble;
}

static cJSON *integer_item(i64 v)
{
    char text[32];
    if (v > -EXACT_MAX && v < EXACT_MAX) return cJSON_CreateNumber((double)v);
    snprintf(text, sizeof text, BIG_MARK "%lld", (long long)v);
    return cJSON_CreateString(text);
}

/* ---- readers ---- */

const cJSON *in_get(const cJSON *in, const char *key)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(in, key);
    if (!v) vector_fail("input has no %s", key);
    return v;
}

bool in_has(const cJSON *in, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(in, key) != NULL;
}

i64 item_i64(const cJSON *v)
{
    i64 out = 0;
    if (!integer_of(v, &out)) {
        vector_fail("input %s is no 64-bit integer", v && v->string ? v->string : "item");
        return 0;
    }
    return out;
}

double item_f64(const cJSON *v)
{
    if (is_big(v)) return (double)item_i64(v);
    if (!cJSON_IsNumber(v)) {
        vector_fail("input %s is no number", v && v->string ? v->string : "item");
        return 0;
    }
    return v->valuedouble;
}

const char *item_text(const cJSON *v)
{
    if (!cJSON_IsString(v)) {
        vector_fail("input %s is no text", v && v->string ? v->string : "item");
        return "";
    }
    return v->valuestring;
}

i64 in_i64(const cJSON *in, const char *key)
{
    const cJSON *v = in_get(in, key);
    return v ? item_i64(v) : 0;
}

double in_f64(const cJSON *in, const char *key)
{
    const cJSON *v = in_get(in, key);
    return v ? item_f64(v) : 0;
}

const char *in_text(const cJSON *in, const char *key)
{
    const cJSON *v = in_get(in, key);
    return v ? item_text(v) : "";
}

bool in_bool(const cJSON *in, const char *key)
{
    const cJSON *v = in_get(in, key);
    if (v && !cJSON_IsBool(v)) vector_fail("input %s is neither true nor false", key);
    return cJSON_IsTrue(v);
}

u32 in_len(const cJSON *in, const char *key)
{
    const cJSON *v = in_get(in, key);
    if (v && !cJSON_IsArray(v)) vector_fail("input %s is no array", key);
    return v ? (u32)cJSON_GetArraySize(v) : 0;
}

u32 in_i64s(const cJSON *in, const char *key, i64 *to, u32 cap)
{
    u32 n = in_len(in, key), i = 0;
    const cJSON *item;
    if (n > cap) {
        vector_fail("input %s has more than %u items", key, cap);
        return 0;
    }
    cJSON_ArrayForEach(item, in_get(in, key)) to[i++] = item_i64(item);
    return n;
}

/* ---- writers ---- */

static cJSON *put(cJSON *out, const char *key, cJSON *v)
{
    ASSERT(v);
    if (key) cJSON_AddItemToObject(out, key, v);
    else cJSON_AddItemToArray(out, v);
    return v;
}

void out_i64(cJSON *out, const char *key, i64 v) { put(out, key, integer_item(v)); }
void out_f64(cJSON *out, const char *key, double v) { put(out, key, cJSON_CreateNumber(v)); }
void out_text(cJSON *out, const char *key, const char *v) { put(out, key, cJSON_CreateString(v)); }
void out_bool(cJSON *out, const char *key, bool v) { put(out, key, cJSON_CreateBool(v)); }
void out_null(cJSON *out, const char *key) { put(out, key, cJSON_CreateNull()); }
cJSON *out_array(cJSON *out, const char *key) { return put(out, key, cJSON_CreateArray()); }
cJSON *out_object(cJSON *out, const char *key) { return put(out, key, cJSON_CreateObject()); }

void out_i64s(cJSON *out, const char *key, const i64 *v, u32 n)
{
    cJSON *list = out_array(out, key);
    for (u32 i = 0; i < n; i++) out_i64(list, NULL, v[i]);
}

/* ---- judging ---- */

struct tolerance {
    double value;
    bool relative;
};

static void show(const cJSON *v, char *to, size_t cap)
{
    char *text = v ? cJSON_PrintUnformatted(v) : NULL;
    snprintf(to, cap, "%s", text ? text : "nothing");
    cJSON_free(text);
}

static void differs(const char *path, const cJSON *got, const cJSON *want)
{
    char a[160], b[160];
    show(got, a, sizeof a);
    show(want, b, sizeof b);
    vector_fail("%s got %s want %s", path, a, b);
}

static bool near(const cJSON *got, const cJSON *want, struct tolerance tol)
{
    i64 a, b, d;
    if (tol.value == 0 && integer_of(got, &a) && integer_of(want, &b)) return a == b;
    if (!tol.relative && integer_of(got, &a) && integer_of(want, &b))
        return !__builtin_sub_overflow(a, b, &d) && fabs((double)d) <= tol.value;
    double x = is_big(got) ? strtod(got->valuestring + 1, NULL) : got->valuedouble;
    double y = is_big(want) ? strtod(want->valuestring + 1, NULL) : want->valuedouble;
    return fabs(x - y) <= (tol.relative ? tol.value * fabs(y) : tol.value);
}

static void judge(const char *path, const cJSON *got, const cJSON *want, struct tolerance tol)
{
    char at[192];
    const cJSON *item;
    bool number = cJSON_IsNumber(want) || is_big(want);
    if (!got || failure[0]) {
        differs(path, got, want);
    } else if (number && (cJSON_IsNumber(got) || is_big(got))) {
        if (!near(got, want, tol)) differs(path, got, want);
    } else if (number || got->type != want->type) {
        differs(path, got, want);
    } else if (cJSON_IsString(want)) {
        if (strcmp(got->valuestring, want->valuestring) != 0) differs(path, got, want);
    } else if (cJSON_IsArray(want)) {
        if (cJSON_GetArraySize(got) != cJSON_GetArraySize(want)) differs(path, got, want);
        const cJSON *mine = got->child;
        u32 i = 0;
        cJSON_ArrayForEach(item, want)
        {
            snprintf(at, sizeof at, "%s[%u]", path, i++);
            if (mine) judge(at, mine, item, tol), mine = mine->next;
        }
    } else if (cJSON_IsObject(want)) {
        cJSON_ArrayForEach(item, want)
        {
            snprintf(at, sizeof at, "%s%s%s", path, path[0] ? "." : "", item->string);
            judge(at, cJSON_GetObjectItemCaseSensitive(got, item->string), item, tol);
        }
    }
}

/* ---- files ---- */

static const struct { const char *area; const struct vector_op *ops; } areas[] = {
#define AS_AREA(area) { #area, vector_ops_##area },
    VECTOR_AREAS(AS_AREA)
};

static const struct vector_op *find_op(const char *area, const char *op)
{
    for (u32 i = 0; i < ARRAY_LEN(areas); i++)
        for (const struct vector_op *o = areas[i].ops; o->op; o++)
            if (strcmp(areas[i].area, area) == 0 && strcmp(o->op, op) == 0) return o;
    return NULL;
}

static struct { bool known_only; u32 passed, failed, unknown; } run;

static const char *text_at(const cJSON *v, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(v, key);
    return cJSON_IsString(item) ? item->valuestring : "?";
}

static void run_vector(const char *area, const cJSON *v)
{
    const char *id = text_at(v, "id"), *name = text_at(v, "op");
    const cJSON *in = cJSON_GetObjectItemCaseSensitive(v, "in");
    const cJSON *want = cJSON_GetObjectItemCaseSensitive(v, "want");
    const cJSON *t = cJSON_GetObjectItemCaseSensitive(v, "tol");
    const cJSON *rel = cJSON_GetObjectItemCaseSensitive(t, "rel");
    struct tolerance tol = { rel ? rel->valuedouble : t ? t->valuedouble : 0, rel != NULL };
    const struct vector_op *op = find_op(area, name);
    if (!op && run.known_only) {
        run.unknown++;
        return;
    }
    failure[0] = 0, left_out = false;
    if (!op) vector_fail("unknown op %s of %s", name, area);
    else if (!cJSON_IsObject(in) || !cJSON_IsObject(want) || !want->child)
        vector_fail("in and want must be objects, want not empty");
    else {
        cJSON *out = cJSON_CreateObject();
        op->run(in, out);
        if (!failure[0]) judge("", out, want, tol);
        cJSON_Delete(out);
    }
    if (left_out && run.known_only) run.unknown++;
    else if (failure[0]) printf("FAIL %s: %s\n", id, failure), run.failed++;
    else printf("ok %s\n", id), run.passed++;
}

/* Integers of more than 15 digits become strings: a double would lose digits of them. */
static char *keep_big_integers(const char *from)
{
    char *text = malloc(2 * strlen(from) + 1), *to = text;
    bool quoted = false;
    ASSERT(text);
    while (*from) {
        if (quoted && *from == '\\' && from[1]) *to++ = *from++;
        else if (*from == '"') quoted = !quoted;
        size_t n = quoted ? 0 : strspn(from, "-+.eE0123456789");
        if (!quoted && (*from == '-' || (*from >= '0' && *from <= '9')) && n > 15 &&
            strcspn(from, ".eE") >= n) {
            to += sprintf(to, "\"" BIG_MARK "%.*s\"", (int)n, from);
            from += n;
        } else if (n && (*from == '-' || (*from >= '0' && *from <= '9'))) {
            memcpy(to, from, n);
            to += n, from += n;
        } else {
            *to++ = *from++;
        }
    }
    *to = 0;
    return text;
}

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = NULL;
    size_t n = 0, got, cap = 0;
    if (!f) return NULL;
    do {
        if (n + 65536 > cap) text = realloc(text, cap = 2 * cap + 131072);
        ASSERT(text);
        got = fread(text + n, 1, 65536, f);
        n += got;
    } while (got);
    text[n] = 0;
    fclose(f);
    return text;
}

static int run_file(const char *path)
{
    char *raw = read_file(path), *text = raw ? keep_big_integers(raw) : NULL;
    cJSON *file = text ? cJSON_Parse(text) : NULL;
    const cJSON *v, *list = cJSON_GetObjectItemCaseSensitive(file, "vectors");
    int bad = 0;
    if (!raw || !cJSON_IsArray(list)) {
        fprintf(stderr, "%s: %s\n", path, raw ? "not a vector file" : strerror(errno));
        bad = 3;
    }
    cJSON_ArrayForEach(v, list) run_vector(text_at(file, "area"), v);
    cJSON_Delete(file);
    free(text);
    free(raw);
    return bad;
}

int main(int argc, char **argv)
{
    int bad = 0, first = 1;
    run.known_only = argc > 1 && strcmp(argv[1], "--known") == 0;
    first += run.known_only;
    if (argc <= first) {
        fputs("usage: vectors [--known] FILE.json ...\n", stderr);
        return 2;
    }
    for (int i = first; i < argc; i++) bad |= run_file(argv[i]);
    if (run.known_only && run.unknown)
        printf("%u left out: unknown op, or not there yet\n", run.unknown);
    printf("%u passed, %u failed\n", run.passed, run.failed);
    return bad ? bad : run.failed ? 1 : 0;
}
