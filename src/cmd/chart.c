#include "cmd/chart.h"
#include "base/text.h"
#include "cmd/page.h"

/* One drawing of a picture: its box in pixels of the view, and the axis. */
struct box { i32 width, left, right, top, bottom; };
struct axis { i64 low, high, step; };

static const char *const hues[] = { "h1", "h2", "h3",   "h4",   "h5",   "h6",
                                    "h7", "h8", "good", "fair", "poor", "none" };
static const char *const dashes[] = {
    "", "7 4", "2 3", "12 4", "7 3 2 3", "12 3 2 3", "4 4", "1 5"
};
static const char *hue_of(u8 hue) { return hues[hue < ARRAY_LEN(hues) ? hue : CHART_NONE]; }

static const char *dash_of(u8 dash) { return dash ? dashes[dash % ARRAY_LEN(dashes)] : "none"; }

static void put_number(FILE *to, i64 v, u32 scale, u32 digits)
{
    char buf[48];
    struct text t = text_on(buf, sizeof buf);
    text_put_dec(&t, v, scale, digits < scale ? digits : scale);
    fputs(buf, to);
}

static void frame_begin(FILE *to, const struct chart_frame *f)
{
    fputs("<figure><figcaption><b>", to);
    page_text(to, f->title);
    fputs("</b><span>", to);
    page_text(to, f->says);
    fputs("</span></figcaption>\n", to);
}

static void svg_begin(FILE *to, const struct chart_frame *f, const char *cls, i32 width, i32 height)
{
    fprintf(to, "<svg class=\"%s\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", cls, width,
            height);
    page_text(to, f->title);
    fputs("\">", to);
}

/* Steps of 1, 2 or 5 times a power of ten, about `want` of them. */
static i64 step_of(i64 span, i64 want)
{
    i64 step = 1;
    while (step * want < span) {
        if (step * 2 * want >= span) return step * 2;
        if (step * 5 * want >= span) return step * 5;
        step *= 10;
    }
    return step;
}

static i64 floor_to(i64 v, i64 step) { return (v >= 0 ? v / step : (v - step + 1) / step) * step; }

static struct axis axis_of(i64 low, i64 high, bool from_zero, i64 want)
{
    if (low > high) low = 0, high = 1;
    if (from_zero && low > 0) low = 0;
    if (low == high) low -= low / 20 + 1, high += high / 20 + 1;
    struct axis a = { .step = step_of(high - low, want) };
    a.low = floor_to(low, a.step);
    a.high = floor_to(high + a.step - 1, a.step);
    return a;
}

/* Tenths of a pixel: enough for an eye, and the same text on every machine. */
static i64 place(i64 v, i64 low, i64 high, i64 from, i64 to)
{
    i128 span = (i128)high - low;
    return from * 10 + (i64)div_round(((i128)v - low) * (to - from) * 10, span, ROUND_HALF_EVEN);
}

static void put_px(FILE *to, i64 tenths) { put_number(to, tenths, 1, tenths % 10 ? 1 : 0); }

static void put_xy(FILE *to, i64 x, i64 y)
{
    put_px(to, x);
    fputc(' ', to);
    put_px(to, y);
}

static void grid(FILE *to, const struct chart_frame *f, const struct box *b, const struct axis *a)
{
    for (i64 v = a->low; v <= a->high; v += a->step) {
        i64 y = place(v, a->low, a->high, b->bottom, b->top);
        fprintf(to, "<line class=\"%s\" x1=\"%d\" x2=\"%d\" y1=\"", v == a->low ? "a" : "g",
                b->left, b->right);
        put_px(to, y);
        fputs("\" y2=\"", to);
        put_px(to, y);
        fprintf(to, "\"/><text class=\"m\" text-anchor=\"end\" x=\"%d\" y=\"", b->left - 6);
        put_px(to, y + 40);
        fputs("\">", to);
        put_number(to, v, f->scale, f->digits);
        fputs("</text>", to);
    }
    fprintf(to, "<text class=\"m\" x=\"%d\" y=\"%d\">", 0, b->top - 10);
    page_text(to, f->unit);
    fputs("</text>", to);
}

static i64 day_x(const struct box *b, u32 i, u32 n)
{
    return n < 2 ? (i64)(b->left + b->right) * 5 : place(i, 0, n - 1, b->left, b->right);
}

static void dates(FILE *to, const struct box *b, Date first, u32 n, u32 want)
{
    u32 step = n < 2 ? 1 : (n - 1 + want - 1) / want;
    for (u32 i = 0; step && i < n; i += step) {
        char buf[16];
        struct text t = text_on(buf, sizeof buf);
        i64 x = day_x(b, i, n);
        const char *anchor = i == 0 && n > 1 ? "start" : x > b->right * 10 - 200 ? "end" : "middle";
        text_put_date(&t, (Date){ first.days + (i32)i });
        fputs("<text class=\"m\" y=\"", to);
        fprintf(to, "%d\" text-anchor=\"%s\" x=\"", b->bottom + 18, anchor);
        put_px(to, x);
        fprintf(to, "\">%s</text>", n > 300 ? buf : buf + (i ? 5 : 0));
    }
}

/* Each unbroken run of days with a value, as `M x y L ...`. */
static void put_path(FILE *to, const struct box *b, const struct axis *a, const i64 *y, u32 n)
{
    bool open = false;
    for (u32 i = 0; i < n; i++) {
        if (y[i] == CHART_GAP) {
            open = false;
            continue;
        }
        fputc(open ? 'L' : 'M', to);
        put_xy(to, day_x(b, i, n), place(y[i], a->low, a->high, b->bottom, b->top));
        open = true;
    }
}

static void band_run(FILE *to, const struct box *b, const struct axis *a,
                     const struct chart_line *l, u32 from, u32 end, u32 n)
{
    for (u32 i = from; i < end; i++) {
        fputc(i == from ? 'M' : 'L', to);
        put_xy(to, day_x(b, i, n), place(l->high[i], a->low, a->high, b->bottom, b->top));
    }
    for (u32 i = end; i > from; i--) {
        fputc('L', to);
        put_xy(to, day_x(b, i - 1, n), place(l->low[i - 1], a->low, a->high, b->bottom, b->top));
    }
    fputc('Z', to);
}

static void band(FILE *to, const struct box *b, const struct axis *a, const struct chart_line *l,
                 u32 n)
{
    if (!l->low || !l->high) return;
    fprintf(to, "<path fill=\"var(--%s)\" fill-opacity=\".18\" d=\"", hue_of(l->hue));
    for (u32 i = 0; i < n;) {
        u32 end = i;
        while (end < n && l->low[end] != CHART_GAP && l->high[end] != CHART_GAP) end++;
        if (end > i) band_run(to, b, a, l, i, end, n);
        i = end > i ? end : i + 1;
    }
    fputs("\"/>", to);
}

/* Marks carry the number: a reader's pointer shows it. Alone-standing days would not show at
 * all. */
static void marks(FILE *to, const struct chart_frame *f, const struct box *b, const struct axis *a,
                  Date first, const struct chart_line *l, u32 n)
{
    for (u32 i = 0; i < n; i++) {
        char buf[16];
        struct text t = text_on(buf, sizeof buf);
        bool alone =
            (i == 0 || l->y[i - 1] == CHART_GAP) && (i + 1 == n || l->y[i + 1] == CHART_GAP);
        if (l->y[i] == CHART_GAP) continue;
        fprintf(to, "<circle r=\"%s\" fill=\"var(--%s)\"%s cx=\"", alone ? "3" : "4",
                hue_of(l->hue), alone ? "" : " fill-opacity=\"0\"");
        put_px(to, day_x(b, i, n));
        fputs("\" cy=\"", to);
        put_px(to, place(l->y[i], a->low, a->high, b->bottom, b->top));
        fputs("\"><title>", to);
        text_put_date(&t, (Date){ first.days + (i32)i });
        page_text(to, l->name);
        fprintf(to, " %s: ", buf);
        put_number(to, l->y[i], f->scale, f->digits + 2);
        fputs("</title></circle>", to);
    }
}

static struct axis lines_axis(const struct chart_frame *f, u32 n, const struct chart_line *lines,
                              u32 lines_n)
{
    i64 low = INT64_MAX, high = INT64_MIN;
    for (u32 k = 0; k < lines_n; k++) {
        const i64 *all[] = { lines[k].y, lines[k].low, lines[k].high };
        for (u32 j = 0; j < ARRAY_LEN(all); j++) {
            for (u32 i = 0; all[j] && i < n; i++) {
                if (all[j][i] == CHART_GAP) continue;
                low = i64_min(low, all[j][i]), high = i64_max(high, all[j][i]);
            }
        }
    }
    return axis_of(low, high, f->from_zero, 5);
}

static void draw_lines(FILE *to, const struct chart_frame *f, const char *cls, i32 width,
                       Date first, u32 n, const struct chart_line *lines, u32 lines_n)
{
    i32 height = f->height ? (i32)f->height : 240;
    struct box b = { width, 56, width - 8, 24, 24 + height };
    struct axis a = lines_axis(f, n, lines, lines_n);
    svg_begin(to, f, cls, width, b.bottom + 26);
    grid(to, f, &b, &a);
    dates(to, &b, first, n, width > 500 ? 7 : n > 300 ? 2 : 3); /* years take more room */
    for (u32 k = 0; k < lines_n; k++) band(to, &b, &a, &lines[k], n);
    for (u32 k = 0; k < lines_n; k++) {
        fprintf(to,
                "<path fill=\"none\" stroke=\"var(--%s)\" stroke-width=\"2\" "
                "stroke-linejoin=\"round\" stroke-dasharray=\"%s\" d=\"",
                hue_of(lines[k].hue), dash_of(lines[k].dash));
        put_path(to, &b, &a, lines[k].y, n);
        fputs("\"/>", to);
    }
    for (u32 k = 0; k < lines_n; k++) marks(to, f, &b, &a, first, &lines[k], n);
    fputs("</svg>\n", to);
}

static void key_row(FILE *to, u8 hue, const char *word)
{
    fprintf(to, "<li><i style=\"background:var(--%s)\"></i>", hue_of(hue));
    page_text(to, word);
    fputs("</li>", to);
}

/* A piece of the line itself. */
static void key_line(FILE *to, const struct chart_line *l)
{
    fprintf(
        to,
        "<li><svg viewBox=\"0 0 30 10\" aria-hidden=\"true\"><path fill=\"none\" "
        "stroke=\"var(--%s)\" stroke-width=\"3\" stroke-dasharray=\"%s\" d=\"M0 5L30 5\"/></svg>",
        hue_of(l->hue), dash_of(l->dash));
    page_text(to, l->name);
    fputs("</li>", to);
}

void chart_lines(FILE *to, const struct chart_frame *f, Date first, u32 n,
                 const struct chart_line *lines, u32 lines_n)
{
    ASSERT(lines_n <= CHART_LINES_MAX);
    frame_begin(to, f);
    draw_lines(to, f, "wide", 800, first, n, lines, lines_n);
    draw_lines(to, f, "narrow", 340, first, n, lines, lines_n);
    if (lines_n > 1) {
        fputs("<ul class=\"key\">", to);
        for (u32 k = 0; k < lines_n; k++) key_line(to, &lines[k]);
        fputs("</ul>", to);
    }
    fputs("</figure>\n", to);
}

/* Letters are about 7 pixels wide at this size: room for labels and for the numbers at the
 * end. */
static i32 text_room(const char *z) { return z ? (i32)(strlen(z) * 36 / 5 + 14) : 0; }

static void bar_row(FILE *to, const struct chart_frame *f, const struct box *b, i64 most, i32 y,
                    const struct chart_bar *r, bool above)
{
    i64 end = b->left * 10;
    i32 text_y = above ? y + 12 : y + 14, bar_y = above ? y + 18 : y;
    fprintf(to, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">", above ? 0 : b->left - 10, text_y,
            above ? "start" : "end");
    page_text(to, r->label);
    fputs("</text>", to);
    if (r->value != CHART_GAP && r->value > 0) {
        end = place(r->value, 0, most, b->left, b->right);
        fprintf(to, "<rect x=\"%d\" y=\"%d\" height=\"18\" rx=\"3\" fill=\"var(--%s)\" width=\"",
                b->left, bar_y, hue_of(r->hue));
        put_px(to, i64_max(end - b->left * 10, 10));
        fputs("\"/>", to);
    }
    if (r->mark != CHART_GAP) {
        i64 x = place(r->mark, 0, most, b->left, b->right);
        fputs("<path stroke=\"var(--text)\" stroke-width=\"2\" d=\"M", to);
        put_xy(to, x, (bar_y - 2) * 10);
        fputc('L', to);
        put_xy(to, x, (bar_y + 20) * 10);
        fputs("\"/>", to);
        i64 room = (text_room(r->text ? r->text : "000000") + 6) * 10; /* the number stands clear */
        if (x >= end - 20 && x < end + room) end = x;
    }
    fputs("<text y=\"", to);
    fprintf(to, "%d\" x=\"", bar_y + 14);
    put_px(to, end + 70);
    fputs("\">", to);
    if (r->text) page_text(to, r->text);
    else if (r->value != CHART_GAP) put_number(to, r->value, f->scale, f->digits);
    fputs("</text>", to);
}

static void draw_bars(FILE *to, const struct chart_frame *f, const char *cls, i32 width, bool above,
                      const struct chart_bar *bars, u32 n)
{
    i64 most = 1;
    i32 left = 0, room = 60, pitch = above ? 46 : 27;
    for (u32 i = 0; i < n; i++) {
        if (bars[i].value != CHART_GAP) most = i64_max(most, bars[i].value);
        if (bars[i].mark != CHART_GAP) most = i64_max(most, bars[i].mark);
        if (!above && text_room(bars[i].label) > left) left = text_room(bars[i].label);
        if (text_room(bars[i].text) > room) room = text_room(bars[i].text);
    }
    if (left > width * 2 / 5) left = width * 2 / 5;
    if (room > width / 2) room = width / 2;
    struct box b = { width, left, width - room, 20, 20 };
    svg_begin(to, f, cls, width, 24 + pitch * (i32)n);
    fputs("<text class=\"m\" y=\"12\" x=\"0\">", to);
    page_text(to, f->unit);
    fputs("</text>", to);
    for (u32 i = 0; i < n; i++) bar_row(to, f, &b, most, 24 + pitch * (i32)i, &bars[i], above);
    fputs("</svg>\n", to);
}

void chart_bars(FILE *to, const struct chart_frame *f, const struct chart_bar *bars, u32 n)
{
    frame_begin(to, f);
    draw_bars(to, f, "wide", 800, false, bars, n);
    draw_bars(to, f, "narrow", 340, true, bars, n);
    fputs("</figure>\n", to);
}

/* Weeks are columns, as in a calendar turned on its side: Monday on top. */
static void draw_strip(FILE *to, const struct chart_frame *f, const char *cls, i32 width,
                       Date first, const struct chart_cell *cells, u32 n)
{
    i32 shift = (first.days + 3) % 7; /* 1970-01-01 was a Thursday */
    i32 weeks = ((i32)n + shift + 6) / 7, fits = (width - 36) / weeks;
    i32 pitch = fits < 16 ? 16 : fits > 24 ? 24 : fits, high = 7 * pitch + 12;
    i32 per_line = (width - 36) / pitch, rows = (weeks + per_line - 1) / per_line;
    svg_begin(to, f, cls, width, rows * high);
    for (i32 r = 0; r < rows; r++)
        fprintf(to,
                "<text class=\"m\" x=\"0\" y=\"%d\">Mon</text>"
                "<text class=\"m\" x=\"0\" y=\"%d\">Sun</text>",
                r * high + pitch - 5, r * high + 7 * pitch - 5);
    for (u32 i = 0; i < n; i++) {
        char buf[16];
        struct text t = text_on(buf, sizeof buf);
        i32 at = (i32)i + shift, week = at / 7;
        text_put_date(&t, (Date){ first.days + (i32)i });
        i32 x = 36 + week % per_line * pitch, y = week / per_line * high + at % 7 * pitch;
        fprintf(to,
                "<g><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"2\" "
                "fill=\"var(--%s)\"/>",
                x, y, pitch - 3, pitch - 3, hue_of(cells[i].hue));
        if (cells[i].letter > ' ')
            fprintf(to, "<text class=\"c\" x=\"%d\" y=\"%d\">%c</text>", x + (pitch - 3) / 2,
                    y + pitch / 2 + 3, cells[i].letter);
        fprintf(to, "<title>%s ", buf);
        page_text(to, cells[i].word);
        fputs("</title></g>", to);
    }
    fputs("</svg>\n", to);
}

void chart_strip(FILE *to, const struct chart_frame *f, Date first, const struct chart_cell *cells,
                 u32 n, const struct chart_key *keys, u32 keys_n)
{
    frame_begin(to, f);
    draw_strip(to, f, "wide", 800, first, cells, n);
    draw_strip(to, f, "narrow", 340, first, cells, n);
    fputs("<ul class=\"key\">", to);
    for (u32 k = 0; k < keys_n; k++) key_row(to, keys[k].hue, keys[k].word);
    fputs("</ul></figure>\n", to);
}
