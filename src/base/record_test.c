#include "base/random.h"
#include "base/record.h"
#include "test.h"

/* A small record with every kind, an optional group and a group below it. */
static const char *const colours[] = { "", "RED", "GREEN", "BLUE" };
static const struct words colour_words = WORDS(colours, "colour");
#define LEAF_FIELDS(X) \
    X(ENUM, colour, "", "colour", NEED, colour_words, 0, "") \
    X(INT, count, "", "count", OPT, 0, 9, "")
struct leaf { LEAF_FIELDS(RECORD_MEMBER) };
#define AS_LEAF_ROW(...) RECORD_ROW(struct leaf, __VA_ARGS__)
static const struct record_field leaf_fields[] = { LEAF_FIELDS(AS_LEAF_ROW) };
static const struct record leaf_record = { "leaf", { 0 }, leaf_fields, 2, sizeof(struct leaf) };

#define TREE_FIELDS(X) \
    X(TEXT, name, "", "name", NEED, 16, 0, "") \
    X(INT, small, "", "small", NULLS, -5, 5, "") \
    X(DEC, money, "", "money", OPT, 2, 0, "") \
    X(BOOL, tall, "", "tall", NULLS, 0, 0, "") \
    X(DATE, born, "", "born", NULLS, 0, 0, "") \
    X(TIME, wakes, "", "wakes", NEED, 0, 0, "") \
    X(ENUM, colour, "", "colour", NULLS, colour_words, 0, "") \
    X(BITS, likes, "", "likes", NEED, colour_words, 0, "") \
    X(HASH, print, "", "print", OPT, 0, 0, "") \
    X(INTS, rings, "", "rings", OPT, 4, 0, "") \
    X(DATES, days, "", "days", NEED, 4, 0, "") \
    X(TEXTS, birds, "", "birds", OPT, 3, 0, "") \
    X(LIST, leaves, "", "leaves", NEED, 3, leaf, "") \
    X(GIVEN, has_root, "root", "", OPT, 0, 0, "") \
    X(INT, depth, "root", "depth", NEED, 1, 100, "") \
    X(GIVEN, has_hair, "root.hair", "", OPT, 0, 0, "") \
    X(INT, length, "root.hair", "length", OPT, 0, 9, "") \
    X(INT, last, "", "last", NEED, 0, 9, "")
struct tree { TREE_FIELDS(RECORD_MEMBER) };
#define AS_TREE_ROW(...) RECORD_ROW(struct tree, __VA_ARGS__)
static const struct record_field tree_fields[] = { TREE_FIELDS(AS_TREE_ROW) };
static const struct record tree_record = { "tree",
                                           { 'T', 'R', 'E', 'E', '0', '0', '0', '1' },
                                           tree_fields,
                                           ARRAY_LEN(tree_fields),
                                           sizeof(struct tree) };

static struct tree oak(void)
{
    struct tree t = { .name = "oak", .small = -5, .money = 123456, .tall = 1, .born = 20000,
                      .wakes = 6 * 3600 + 30, .colour = 2, .likes = 2 | 8, .rings_n = 2,
                      .rings = { 3, 5 }, .days_n = 1, .days = { 20454 }, .birds_n = 2,
                      .birds = { "owl", "jay 7" }, .leaves_n = 2,
                      .leaves = { { 1, 0 }, { 3, 9 } }, .has_root = 1, .depth = 7, .has_hair = 1,
                      .length = 3, .last = 4 };
    return t;
}

static struct tree bare(void)
{
    return (struct tree){ .name = "x", .small = RECORD_NULL, .tall = RECORD_NULL,
                          .born = RECORD_NULL, .last = 0 };
}

TEST(bytes_round_trip)
{
    struct tree cases[] = { oak(), bare(), oak() };
    cases[2].has_root = cases[2].depth = cases[2].has_hair = cases[2].length = 0;
    FOR_EACH (c, cases) {
        u8 bytes[1024], again[1024];
        struct tree back;
        assert_true(record_valid(&tree_record, c));
        u32 n = record_encode(&tree_record, c, bytes, sizeof bytes);
        assert_true(n > 8);
        assert_true(n <= record_bytes_max(&tree_record));
        assert_true(record_decode(&tree_record, bytes, n, &back));
        assert_memory_equal(c, &back, sizeof back);
        Hash h = record_hash(&tree_record, c), direct = sha256_of(bytes, n);
        assert_true(hash_eq(h, direct));
        for (u32 cap = 0; cap < n; cap++) { /* cut short on either side */
            assert_int_equal(record_encode(&tree_record, c, again, cap), 0);
            assert_false(record_decode(&tree_record, bytes, cap, &back));
        }
        assert_int_equal(record_encode(&tree_record, c, again, n), n);
        bytes[n] = 0;
        assert_false(record_decode(&tree_record, bytes, n + 1, &back)); /* a byte too many */
    }
}

/* Whatever decode takes, encode gives back: no two byte strings mean one record. */
TEST(decode_takes_only_what_encode_makes)
{
    struct rng rng = rng_of(1);
    struct tree t = oak();
    u8 whole[1024], bytes[1024], again[1024];
    u32 n = record_encode(&tree_record, &t, whole, sizeof whole), taken = 0;
    for (u32 i = 0; i < 200000; i++) {
        struct tree back;
        memcpy(bytes, whole, n);
        for (u64 k = rng_below(&rng, 3) + 1; k > 0; k--)
            bytes[rng_below(&rng, n)] =
                (u8)(rng_chance(&rng, 500000) ? rng_below(&rng, 4) : rng_below(&rng, 256));
        if (!record_decode(&tree_record, bytes, n, &back)) continue;
        taken++;
        assert_true(record_valid(&tree_record, &back));
        assert_int_equal(record_encode(&tree_record, &back, again, sizeof again), n);
        assert_memory_equal(bytes, again, n);
    }
    assert_true(taken > 1000);
}

TEST(values_out_of_bounds_are_not_valid)
{
#define SPOIL(what) \
    { \
        struct tree t = oak(); \
        t.what; \
        assert_false(record_valid(&tree_record, &t)); \
    }
    SPOIL(name[0] = 0);
    SPOIL(name[15] = 'x');
    SPOIL(name[1] = '\n');
    SPOIL(small = 6);
    SPOIL(tall = 2);
    SPOIL(born = 0);
    SPOIL(born = 84006);
    SPOIL(wakes = 86401);
    SPOIL(wakes = RECORD_NULL);
    SPOIL(colour = 4);
    SPOIL(likes = 1);
    SPOIL(likes = 16);
    SPOIL(rings_n = 5);
    SPOIL(rings_n = 1); /* the second is no longer zero */
    SPOIL(days[0] = 0);
    SPOIL(birds[1][0] = 0);
    SPOIL(leaves[1].colour = 0);
    SPOIL(leaves_n = -1);
    SPOIL(has_root = 0); /* what it holds must be zero then */
    SPOIL(depth = 0);
    SPOIL(last = 10);
}

TEST(yaml_is_canonical)
{
    static char buf[2048];
    struct tree t = oak(), empty = oak();
    struct text y = text_on(buf, sizeof buf);
    record_yaml(&tree_record, &t, &y);
    assert_string_equal(buf, "name: oak\nsmall: -5\nmoney: \"1234.56\"\ntall: true\n"
                             "born: 2024-10-04\nwakes: \"06:00:30Z\"\ncolour: GREEN\n"
                             "likes: [RED, BLUE]\nrings: [3, 5]\ndays:\n  - 2026-01-01\n"
                             "birds: [owl, \"jay 7\"]\nleaves:\n  - {colour: RED}\n"
                             "  - {colour: BLUE, count: 9}\nroot:\n  depth: 7\n  hair:\n"
                             "    length: 3\nlast: 4\n");
    empty.length = 0, empty.days_n = empty.days[0] = 0;
    y = text_on(buf, sizeof buf);
    record_yaml(&tree_record, &empty, &y);
    assert_non_null(strstr(buf, "days: []\n"));
    assert_non_null(strstr(buf, "  depth: 7\n  hair: {}\nlast: 4\n"));
    y = text_on(buf, sizeof buf);
    t = bare();
    record_yaml(&tree_record, &t, &y);
    assert_string_equal(buf, "name: x\nsmall: null\ntall: null\nborn: null\nwakes: \"00:00Z\"\n"
                             "colour: null\nlikes: []\ndays: []\nleaves: []\nlast: 0\n");
}

TEST(fields_are_found_and_compared)
{
    struct tree a = oak(), b = oak();
    assert_int_equal(record_differs(&tree_record, &a, &b, 0), tree_record.fields);
    b.depth = 8;
    u32 at = record_differs(&tree_record, &a, &b, 0);
    assert_int_equal(at, RECORD_AT(&tree_record, struct tree, depth));
    assert_int_equal(record_differs(&tree_record, &a, &b, at + 1), tree_record.fields);
    assert_int_equal(record_unknown(&tree_record, &a, 0), tree_record.fields);
    b = bare();
    at = record_unknown(&tree_record, &b, 0);
    assert_string_equal(tree_record.field[at].key, "small");
    at = record_unknown(&tree_record, &b, at + 1);
    assert_string_equal(tree_record.field[at].key, "tall");
    assert_true(record_group_within("a.b", "a"));
    assert_false(record_group_within("ab", "a"));
    assert_false(record_group_within("a", "a.b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_round_trip),
        cmocka_unit_test(decode_takes_only_what_encode_makes),
        cmocka_unit_test(values_out_of_bounds_are_not_valid),
        cmocka_unit_test(yaml_is_canonical),
        cmocka_unit_test(fields_are_found_and_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
