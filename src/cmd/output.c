#include "cmd/cmd.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int say_why(Err err, const struct why *w)
{
    fprintf(stderr, "hedgerow: %s\n", w->text);
    return (int)err;
}

/* ---- JSON lines ---- */

void text_put_json(struct text *t, const char *z)
{
    text_put_char(t, '"');
    for (; *z; z++) {
        char hex[8];
        if (*z == '"' || *z == '\\') text_put_char(t, '\\');
        if ((u8)*z >= 0x20) {
            text_put_char(t, *z);
        } else {
            snprintf(hex, sizeof hex, "\\u%04x", (unsigned)(u8)*z);
            text_put(t, hex);
        }
    }
    text_put_char(t, '"');
}

struct json_line object_begin(char *buf, u32 cap)
{
    struct json_line j = { text_on(buf, cap), false };
    text_put_char(&j.t, '{');
    return j;
}

void object_key(struct json_line *j, const char *key)
{
    if (j->some) text_put_char(&j->t, ',');
    j->some = true;
    text_put_json(&j->t, key);
    text_put_char(&j->t, ':');
}

void object_text(struct json_line *j, const char *key, const char *value)
{
    object_key(j, key);
    text_put_json(&j->t, value);
}

void object_u64(struct json_line *j, const char *key, u64 value)
{
    object_key(j, key);
    text_put_char(&j->t, '"');
    text_put_u64(&j->t, value);
    text_put_char(&j->t, '"');
}

void object_dec(struct json_line *j, const char *key, i64 value, u32 scale, u32 digits_min)
{
    object_key(j, key);
    text_put_char(&j->t, '"');
    text_put_dec_short(&j->t, value, scale, digits_min);
    text_put_char(&j->t, '"');
}

void object_bool(struct json_line *j, const char *key, bool value)
{
    object_key(j, key);
    text_put(&j->t, value ? "true" : "false");
}

void object_null(struct json_line *j, const char *key)
{
    object_key(j, key);
    text_put(&j->t, "null");
}

void object_date(struct json_line *j, const char *key, Date d)
{
    object_key(j, key);
    if (d.days) text_put_char(&j->t, '"'), text_put_date(&j->t, d), text_put_char(&j->t, '"');
    else text_put(&j->t, "null");
}

void object_time(struct json_line *j, const char *key, Instant at)
{
    object_key(j, key);
    text_put_char(&j->t, '"'), text_put_instant(&j->t, at), text_put_char(&j->t, '"');
}

void object_hash(struct json_line *j, const char *key, const Hash *hash)
{
    object_key(j, key);
    text_put_char(&j->t, '"');
    text_put_hex(&j->t, hash->bytes, sizeof hash->bytes);
    text_put_char(&j->t, '"');
}

void object_end(struct json_line *j)
{
    text_put_char(&j->t, '}');
    ASSERT(!j->t.cut); /* the caller's buffer holds its longest line */
    puts(j->t.at);
    fflush(stdout);
}

/* ---- tables ---- */

#define COLUMNS_MAX 24

struct table {
    char **cells;
    u32 n, cap, columns, width[COLUMNS_MAX];
    bool right[COLUMNS_MAX];
};

/* Columns on the screen: bytes that do not continue a UTF-8 character. */
static u32 width_of(const char *z)
{
    u32 n = 0;
    for (; *z; z++) n += ((u8)*z & 0xc0) != 0x80;
    return n;
}

static void add_cell(struct table *t, const char *text)
{
    if (t->n == t->cap) {
        t->cap = t->cap ? 2 * t->cap : 256;
        t->cells = realloc(t->cells, t->cap * sizeof *t->cells);
        ASSERT(t->cells);
    }
    u32 *width = &t->width[t->n % t->columns], w = width_of(text);
    if (w > *width) *width = w;
    t->cells[t->n] = strdup(text);
    ASSERT(t->cells[t->n]);
    t->n++;
}

struct table *table_new(const char *heads)
{
    struct table *t = calloc(1, sizeof *t);
    char copy[512], *at = copy, *head;
    ASSERT(t);
    ASSERT(strlen(heads) < sizeof copy);
    t->columns = 1;
    for (const char *z = heads; *z; z++) t->columns += *z == '|';
    ASSERT(t->columns <= COLUMNS_MAX);
    memcpy(copy, heads, strlen(heads) + 1);
    for (u32 i = 0; (head = strsep(&at, "|")); i++) {
        t->right[i] = head[0] == '>';
        add_cell(t, head + t->right[i]);
    }
    return t;
}

void table_cell(struct table *t, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    add_cell(t, text);
}

void table_print(struct table *t)
{
    ASSERT(t->n % t->columns == 0);
    for (u32 i = 0; i < t->n; i++) {
        u32 c = i % t->columns, gap = t->width[c] - width_of(t->cells[i]);
        bool last = c + 1 == t->columns, head = i < t->columns;
        printf("%s%*s%s%*s%s%s", head ? paint(PAINT_BOLD) : "", t->right[c] ? (int)gap : 0, "",
               t->cells[i], t->right[c] || last ? 0 : (int)gap, "", head ? paint(PAINT_NONE) : "",
               last ? "\n" : "  ");
        free(t->cells[i]);
    }
    free(t->cells);
    free(t);
}

/* ---- the terminal ---- */

const char *paint(enum paint p)
{
    static const char *const codes[] = {
        [PAINT_NONE] = "\033[0m",    [PAINT_RED] = "\033[31m", [PAINT_GREEN] = "\033[32m",
        [PAINT_YELLOW] = "\033[33m", [PAINT_DIM] = "\033[2m",  [PAINT_BOLD] = "\033[1m",
    };
    static int colour = -1;
    if (colour < 0) {
        const char *no = getenv("NO_COLOR");
        colour = isatty(STDOUT_FILENO) && !(no && *no);
    }
    return colour ? codes[p] : "";
}

void sparkline(struct text *t, const i64 *values, u32 n)
{
    i64 lo = INT64_MAX, hi = INT64_MIN;
    for (u32 i = 0; i < n; i++) {
        if (values[i] == INT64_MIN) continue;
        lo = i64_min(lo, values[i]), hi = i64_max(hi, values[i]);
    }
    for (u32 i = 0; i < n; i++) {
        char block[4] = "\xe2\x96\x81"; /* U+2581 .. U+2588 */
        if (values[i] == INT64_MIN) {
            text_put_char(t, ' ');
            continue;
        }
        i128 step = hi > lo ? ((i128)values[i] - lo) * 7 / ((i128)hi - lo) : 3;
        block[2] = (char)(0x81 + (int)step);
        text_put(t, block);
    }
}

static i64 now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (i64)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct progress progress_begin(const char *what)
{
    i64 now = now_ms();
    return (struct progress){ what, now, now };
}

void progress_step(struct progress *p, u64 done, u64 all)
{
    i64 now = now_ms();
    if (now - p->said_ms < 1000 || !isatty(STDERR_FILENO)) return;
    p->said_ms = now;
    fprintf(stderr, "\r%s: %llu", p->what, (unsigned long long)done);
    if (all) fprintf(stderr, " of %llu", (unsigned long long)all);
    fprintf(stderr, ", %lld s \033[K", (long long)((now - p->started_ms) / 1000));
}

void progress_end(struct progress *p)
{
    if (p->said_ms != p->started_ms) fputs("\r\033[K", stderr);
}
