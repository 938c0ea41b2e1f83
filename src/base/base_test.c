#include "base/arena.h"
#include "base/map.h"
#include "base/random.h"
#include "base/text.h"
#include "test.h"

static void div_round_rounds(void **state)
{
    static const struct { i64 n, d; enum rounding r; i64 want; } cases[] = {
        { 5, 2, ROUND_HALF_EVEN, 2 },   { 7, 2, ROUND_HALF_EVEN, 4 },
        { -5, 2, ROUND_HALF_EVEN, -2 }, { -7, 2, ROUND_HALF_EVEN, -4 },
        { 5, 2, ROUND_HALF_UP, 3 },     { -5, 2, ROUND_HALF_UP, -3 },
        { 5, 2, ROUND_DOWN, 2 },        { -5, 2, ROUND_DOWN, -3 },
        { 5, 2, ROUND_UP, 3 },          { -5, 2, ROUND_UP, -2 },
        { -5, 2, ROUND_ZERO, -2 },      { 6, 2, ROUND_NEVER, 3 },
        { 1, 3, ROUND_HALF_EVEN, 0 },   { 2, 3, ROUND_HALF_EVEN, 1 },
    };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal((i64)div_round(cases[i].n, cases[i].d, cases[i].r), cases[i].want);
}

static void decimals_parse(void **state)
{
    static const struct { const char *in; u32 scale; enum parse want; i64 value; } cases[] = {
        { "2.816", 6, PARSE_OK, 2816000 },
        { "-0.000001", 6, PARSE_OK, -1 },
        { "+7", 6, PARSE_OK, 7000000 },
        { "9223372036854.775807", 6, PARSE_OK, INT64_MAX },
        { "9223372036854.775808", 6, PARSE_RANGE, 0 },
        { "-9223372036854.775808", 6, PARSE_OK, INT64_MIN },
        { "-9223372036854.775809", 6, PARSE_RANGE, 0 },
        { "0.0000001", 6, PARSE_DIGITS, 0 },
        { "1.0000000", 6, PARSE_OK, 1000000 },
        { "", 6, PARSE_EMPTY, 0 },
        { "-", 6, PARSE_SYNTAX, 0 },
        { ".5", 6, PARSE_SYNTAX, 0 },
        { "5.", 6, PARSE_SYNTAX, 0 },
        { "1,5", 6, PARSE_SYNTAX, 0 },
        { "1e3", 6, PARSE_SYNTAX, 0 },
        { " 1", 6, PARSE_SYNTAX, 0 },
        { "1.2.3", 6, PARSE_SYNTAX, 0 },
        { "99999999999999999999999999", 0, PARSE_RANGE, 0 },
    };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        i64 v = 0;
        assert_int_equal(parse_dec(str_of(cases[i].in), cases[i].scale, &v), cases[i].want);
        assert_int_equal(v, cases[i].value);
    }
    i64 v;
    bool rounded;
    assert_int_equal(parse_dec_round(STR("9.796550569"), 6, &v, &rounded), PARSE_OK);
    assert_int_equal(v, 9796551);
    assert_true(rounded);
    assert_int_equal(parse_dec_round(STR("1.0000005"), 6, &v, &rounded), PARSE_OK);
    assert_int_equal(v, 1000000); /* a tie goes to the even micro */
}

static void decimals_come_back(void **state)
{
    struct rng r = rng_of(7);
    (void)state;
    for (u32 i = 0; i < 20000; i++) {
        char buf[40];
        i64 v = (i64)(rng_u64(&r) >> rng_below(&r, 64)), back = 1;
        u32 scale = (u32)rng_below(&r, 19);
        struct text t = text_on(buf, sizeof buf);
        if (v < 0) v = -(v / 2);
        text_put_dec(&t, v, scale, scale);
        assert_int_equal(parse_dec((Str){ buf, t.n }, scale, &back), PARSE_OK);
        assert_int_equal(back, v);
    }
}

static void dates_come_back(void **state)
{
    char buf[40];
    (void)state;
    for (i32 d = 0; d <= DATE_MAX.days; d++) {
        struct ymd y = ymd_of((Date){ d });
        assert_int_equal(date_of(y.year, y.month, y.day).days, d);
    }
    struct text t = text_on(buf, sizeof buf);
    Instant at = { 1798963200123456789 }, back;
    text_put_instant(&t, at);
    assert_string_equal(buf, "2027-01-03T08:00:00.123456789Z");
    assert_int_equal(parse_instant((Str){ buf, t.n }, &back), PARSE_OK);
    assert_int_equal(back.ns, at.ns);
    assert_int_equal(date_weekday(date_of(2026, 7, 31)), FRIDAY);
}

static void digests_are_standard(void **state)
{
    (void)state;
    assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
    static const u8 empty[4] = { 0xe3, 0xb0, 0xc4, 0x42 };
    Hash h = sha256_of("", 0);
    assert_memory_equal(h.bytes, empty, 4);
}

/* Against a flat array as the slow twin. */
static void map_holds(void **state)
{
    static u64 keys[400];
    struct arena size = arena_measure();
    struct map m = map_init(&size, "m", 300);
    static _Alignas(64) u8 bytes[1 << 16];
    (void)state;
    assert_true(arena_bytes(&size) <= sizeof bytes);
    struct arena a = arena_new(bytes, sizeof bytes);
    m = map_init(&a, "m", 300);
    struct rng r = rng_of(3);
    for (u32 i = 0; i < 200000; i++) {
        u32 k = (u32)rng_below(&r, 400);
        u64 key = (k + 1) * UINT64_C(0x10000001);
        if (keys[k]) {
            assert_int_equal(map_get(&m, key), keys[k]);
            assert_true(map_remove(&m, key));
            keys[k] = 0;
        } else if (map_put(&m, key, k + 1)) {
            keys[k] = k + 1;
        } else {
            assert_true(map_full(&m));
        }
    }
    for (u32 k = 0; k < 400; k++)
        assert_int_equal(map_get(&m, (k + 1) * UINT64_C(0x10000001)), keys[k]);
}

static void pool_gives_back(void **state)
{
    struct arena size = arena_measure();
    struct pool p = pool_init(&size, "p", 16, 3);
    static _Alignas(64) u8 one[8192], two[8192];
    struct arena a = arena_new(one, sizeof one), b = arena_new(two, sizeof two);
    (void)state;
    p = pool_init(&a, "p", 16, 3);
    struct pool q = pool_init(&b, "p", 16, 3);
    assert_int_equal(pool_take(&p), 1);
    assert_int_equal(pool_take(&p), 2);
    assert_int_equal(pool_take(&p), 3);
    assert_int_equal(pool_take(&p), 0);
    pool_give(&p, 2);
    assert_int_equal(pool_take(&p), 2);
    for (u32 i = 0; i < 3; i++) assert_true(pool_take(&q));
    pool_give(&q, 2);
    assert_true(pool_take(&q) == 2);
    assert_true(hash_eq(arena_hash(one), arena_hash(two)));
    memcpy(two, one, sizeof one);
    struct arena c = arena_attach(two, sizeof two);
    struct pool s = pool_init(&c, "p", 16, 3);
    assert_true(arena_ok(&c));
    assert_int_equal(pool_live(&s), 3);
    c = arena_attach(two, sizeof two);
    s = pool_init(&c, "p", 16, 4);
    assert_false(arena_ok(&c));
}

/* Every bit of every length counts, and so do the length and what came before. */
static void chain_lanes_see_every_bit(void **state)
{
    u8 bytes[80];
    (void)state;
    for (u32 k = 0; k < sizeof bytes; k++) bytes[k] = (u8)(k * 37);
    for (u32 n = 0; n <= sizeof bytes; n++) {
        u64 want = chain64_lanes(5, bytes, n);
        assert_true(want == chain64_lanes(5, bytes, n) && want != chain64_lanes(6, bytes, n));
        if (n) assert_true(want != chain64_lanes(5, bytes, n - 1));
        for (u32 bit = 0; bit < 8 * n; bit++) {
            bytes[bit / 8] ^= (u8)(1 << bit % 8);
            assert_true(chain64_lanes(5, bytes, n) != want);
            bytes[bit / 8] ^= (u8)(1 << bit % 8);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chain_lanes_see_every_bit),
        cmocka_unit_test(div_round_rounds),
        cmocka_unit_test(decimals_parse),
        cmocka_unit_test(decimals_come_back),
        cmocka_unit_test(dates_come_back),
        cmocka_unit_test(digests_are_standard),
        cmocka_unit_test(map_holds),
        cmocka_unit_test(pool_gives_back),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
