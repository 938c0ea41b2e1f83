#include "hedge/rules.h"
#include "test.h"

#include "base/random.h"

#include <stdio.h>

TEST(test_decimals)
{
    static const struct { const char *in, *out; } rows[] = {
        { "0", "0" },           { "-0", "0" },
        { "12.50", "12.5" },    { "-.5", "-0.5" },
        { "1.5E+2", "150" },    { "1e-18", "0.000000000000000001" },
        { "+7.", "7" },         { "100000000000000000000", "100000000000000000000" },
        { "0.1000000000000000000000", "0.1" },
        { "-1000000000000000000.25", "-1000000000000000000.25" },
        { "1,5", NULL },        { "1 5", NULL },
        { "$1", NULL },         { "", NULL },
        { ".", NULL },          { "1e", NULL },
        { "1e-19", NULL },      { "1e40", NULL },
        { "--1", NULL },        { "1.2.3", NULL },
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        char buf[64];
        i128 v;
        struct text t = text_on(buf, sizeof buf);
        const char *bad = atto_parse(str_of(rows[i].in), &v);
        assert_int_equal(!bad, rows[i].out != NULL);
        if (bad) continue;
        atto_put(&t, v);
        assert_string_equal(buf, rows[i].out);
    }
}

/* a * b / d half-even against 128 bits where they hold it. */
TEST(test_mul_div)
{
    struct rng r = rng_of(11);
    for (u32 i = 0; i < 20000; i++) {
        i64 a = (i64)rng_below(&r, 1u << 30) * (i64)rng_below(&r, 1u << 30) - (INT64_C(1) << 58);
        u64 b = rng_below(&r, 1u << 20), d = 1 + rng_below(&r, 1u << 12);
        i128 got;
        assert_true(atto_mul_div(a, b, d, &got));
        assert_true(got == div_round((i128)a * b, d, ROUND_HALF_EVEN));
    }
    i128 v;
    assert_true(atto_mul_div((i128)ATTO * ATTO * 10, 3600, 3600, &v));
    assert_true(v == (i128)ATTO * ATTO * 10);
    assert_false(atto_mul_div((i128)ATTO * ATTO * 100, ATTO, 1, &v));
}

TEST(test_times)
{
    static const struct { const char *in; i64 seconds; } rows[] = {
        { "1970-01-02T00:00:00Z", 86400 },     { "1970-01-02 00:00:00", 86400 },
        { "1970-01-02T01:00+01:00", 86400 },   { "1970-01-01T22:30:00.25-01:30", 86400 },
        { "1/2/1970", 86400 },                 { "2026-07-01", -1 },
        { "31/12/25", -1 },                    { "2026-02-29T00:00:00Z", -1 },
        { "2026-01-01T24:00:00Z", -1 },        { "2026-01-01T00:00:00", -1 },
        { "2026-01-01T00:00:00Zx", -1 },       { "1/2/025", -1 },
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        i64 seconds = 0;
        enum focus_time form;
        const char *bad = focus_time_parse(str_of(rows[i].in), &seconds, &form);
        assert_int_equal(bad ? -1 : seconds, rows[i].seconds);
    }
    for (i32 m = 0; m < 2700; m++) {
        assert_int_equal(month_at(month_start(m)), m);
        assert_int_equal(month_at(month_start(m + 1) - 1), m);
    }
}

TEST(test_units)
{
    static const struct { const char *in; u32 kind, num, den; } rows[] = {
        { "Hrs", UNIT_TIME, 1, 1 },       { "1 Hour", UNIT_TIME, 1, 1 },
        { "100 Hours", UNIT_TIME, 100, 1 }, { "seconds", UNIT_TIME, 1, 3600 },
        { "GPU Per Hour", UNIT_GPU_TIME, 1, 1 }, { "1K", UNIT_COUNT, 1000, 1 },
        { "1M tokens", UNIT_COUNT, 1000000, 1 }, { "1000000 Tokens", UNIT_COUNT, 1000000, 1 },
        { "count", UNIT_COUNT, 1, 1 },    { "1 Month", UNIT_MONTH, 1, 1 },
        { "Units", UNIT_SILENT, 1, 1 },   { "M", UNIT_UNKNOWN, 1, 1 },
        { "", UNIT_UNKNOWN, 1, 1 },       { "0 Hours", UNIT_UNKNOWN, 1, 1 },
        { "GB", UNIT_UNKNOWN, 1, 1 },     { "gibibyte hour", UNIT_OTHER, 1, 1 },
    };
    for (u32 i = 0; i < ARRAY_LEN(rows); i++) {
        struct unit u = unit_of(str_of(rows[i].in));
        assert_int_equal(u.kind, rows[i].kind);
        assert_int_equal(u.num, rows[i].num);
        assert_int_equal(u.den, rows[i].den);
    }
}

/* The slow twin: backtracks over a pattern of a, b, . and repetitions. */
static bool twin(const char *p, const char *s)
{
    if (!*p) return !*s;
    char q = p[1];
    bool fits = *s && (*p == '.' || *p == *s);
    if (q == '*') return twin(p + 2, s) || (fits && twin(p, s + 1));
    if (q == '?') return twin(p + 2, s) || (fits && twin(p + 2, s + 1));
    if (q == '+') {
        for (const char *t = s; *t && (*p == '.' || *p == *t);)
            if (twin(p + 2, ++t)) return true;
        return false;
    }
    return fits && twin(p + 1, s + 1);
}

TEST(test_patterns)
{
    static struct pattern p;
    struct rng r = rng_of(3);
    u32 matched = 0;
    for (u32 i = 0; i < 20000; i++) {
        char pattern[32], text[16];
        u32 n = 0, m = 0;
        for (u32 k = 1 + (u32)rng_below(&r, 6); k; k--) {
            pattern[n++] = "ab."[rng_below(&r, 3)];
            if (rng_below(&r, 2)) pattern[n++] = "*+?"[rng_below(&r, 3)];
        }
        for (u32 k = (u32)rng_below(&r, 9); k; k--) text[m++] = "ab"[rng_below(&r, 2)];
        pattern[n] = text[m] = 0;
        assert_null(pattern_make(str_of(pattern), &p));
        bool got = pattern_match(&p, str_of(text), NULL);
        matched += got;
        assert_int_equal(got, twin(pattern, text));
    }
    assert_in_range(matched, 1000, 19000);
}

TEST(test_captures)
{
    static struct pattern p;
    Str c[CAPTURES_MAX];
    assert_null(pattern_make(STR("gpu_([0-9]+)x_([a-z0-9]+)_.*"), &p));
    assert_true(pattern_match(&p, STR("GPU_8x_h100_sxm5_b"), c));
    assert_true(str_is(c[0], "8") && str_is(c[1], "h100"));
    assert_null(pattern_make(STR("(a*)(a*)b?"), &p));
    assert_true(pattern_match(&p, STR("aaab"), c));
    assert_true(str_is(c[0], "aaa") && str_is(c[1], ""));
    static const char *const bad[] = { "", "*", "(a", "a)", "((a))", "[a", "[]", "[z-a]", "a\\" };
    for (u32 i = 0; i < ARRAY_LEN(bad); i++) assert_non_null(pattern_make(str_of(bad[i]), &p));
}

/* The same rows whatever the pieces they come in. */
struct drip { struct focus_bytes bytes; struct rng r; };
static u64 drip(void *from, char *to, u64 cap)
{
    struct drip *d = from;
    u64 n = 1 + rng_below(&d->r, 5);
    struct focus_source s = focus_bytes_source(&d->bytes);
    return s.read(s.from, to, n < cap ? n : cap);
}

TEST(test_pieces)
{
    static char buffer[FOCUS_BUFFER];
    static struct focus_lexer x;
    static const char text[] = "\xef\xbb\xbf"
                               "a,\"b\"\"c\",d\r\n\r\n1,\"two\nlines\",\n,,";
    for (u32 seed = 0; seed < 50; seed++) {
        struct drip d = { { text, sizeof text - 1 }, rng_of(seed) };
        focus_open(&x, (struct focus_source){ drip, &d }, buffer, ',');
        assert_int_equal(focus_next(&x), FOCUS_ROW);
        assert_true(x.cells == 3 && str_is(x.cell[1], "b\"c") && x.line == 1 && x.bom);
        assert_int_equal(focus_next(&x), FOCUS_ROW);
        assert_true(x.cells == 3 && str_is(x.cell[1], "two\nlines") && x.line == 3 && !x.cell[2].n);
        assert_int_equal(focus_next(&x), FOCUS_ROW);
        assert_true(x.cells == 3 && x.line == 5);
        assert_int_equal(focus_next(&x), FOCUS_END);
        assert_true(x.blank == 1 && x.crlf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimals), cmocka_unit_test(test_mul_div),
        cmocka_unit_test(test_times),    cmocka_unit_test(test_units),
        cmocka_unit_test(test_patterns), cmocka_unit_test(test_captures),
        cmocka_unit_test(test_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
