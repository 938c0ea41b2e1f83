#include "feeds/register_file.h"

#include "sys/disk.h"
#include "sys/file.h"
#include "test.h"

#include <stdlib.h>
#include <unistd.h>

static char path[64];

static struct gov_entry entry(const char *text)
{
    struct gov_entry e;
    u32 field;
    assert_true(entry_parse(str_of(text), &e, &field));
    return e;
}

#define HASH_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define AT(day) "2026-07-" day "T10:00:00.000000000Z"
static const char *const founding[] = {
    "1 " AT("01") " open ada name=IDX from=2026-01-05 version=1 days=30 complaint_days=20 "
                  "review_days=90 hash=" HASH_1 " text=\"opens\"",
    "1 " AT("01") " found ada name=ada roles=administrator",
    "1 " AT("01") " found ada name=cyn roles=committee",
    "1 " AT("01") " found ada name=ove roles=oversight",
};

static void found(void)
{
    struct gov_entry e[ARRAY_LEN(founding)];
    struct why w;
    int fd;
    snprintf(path, sizeof path, "/tmp/hedgerow-register-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    unlink(path);
    for (u32 i = 0; i < ARRAY_LEN(founding); i++) e[i] = entry(founding[i]);
    assert_int_equal(register_append(path, e, ARRAY_LEN(founding), NULL, &w), ERR_OK);
}

static Err append(const char *text, struct why *w)
{
    struct gov_entry e = entry(text);
    return register_append(path, &e, 1, NULL, w);
}

static u64 size_of(void)
{
    struct register_file f;
    struct why w;
    assert_int_equal(register_load(path, &f, &w), ERR_OK);
    u64 n = f.n;
    register_give(&f);
    return n;
}

TEST(refusals_write_nothing)
{
    static const struct { const char *text; Err err; const char *cause; } rows[] = {
        { "1 " AT("02") " access zoe text=\"reads\"", ERR_OK, "" },
        { "1 " AT("01") " access zoe text=\"reads\"", ERR_NO, "refused: at: is earlier than" },
        { "1 " AT("03") " approve ove subject=2", ERR_NO, "refused: subject: no entry of" },
        { "1 " AT("03") " access zoe value=3", ERR_INPUT, "refused: value: has no place" },
    };
    struct why w;
    found();
    FOR_EACH (c, rows) {
        u64 before = size_of();
        assert_int_equal(append(c->text, &w), c->err);
        if (c->err) assert_non_null(strstr(w.text, c->cause));
        if (c->err) assert_int_equal(size_of(), before);
        else assert_true(size_of() > before);
    }
    unlink(path);
    assert_int_equal(append(rows[0].text, &w), ERR_INPUT); /* no register to append to */
    assert_false(file_exists(path));
}

/* Every byte of a register, every bit: the line it stands in is named. The last newline leaves a
 * torn tail, which is said apart. */
TEST(every_byte_counts)
{
    struct register_file f, g;
    struct why w;
    u32 line = 1;
    found();
    assert_int_equal(append("1 " AT("02") " access zoe text=\"reads\"", &w), ERR_OK);
    assert_int_equal(register_load(path, &f, &w), ERR_OK);
    for (u64 i = 0; i < f.n; i++) {
        for (u32 bit = 0; bit < 8; bit++) {
            f.bytes[i] ^= (u8)BIT(bit);
            Err err = register_parse("r", f.bytes, f.n, 0, &g, &w);
            bool torn = i + 1 == f.n;
            assert_int_equal(err, torn ? ERR_OK : ERR_INPUT);
            if (torn) assert_true(g.whole < g.n);
            else if (g.line != line) fail_msg("byte %u of line %u: %s", (u32)i, line, w.text);
            register_give(&g);
            f.bytes[i] ^= (u8)BIT(bit);
        }
        line += f.bytes[i] == '\n';
    }
    register_give(&f);
    unlink(path);
}

/* Lines left out, swapped or doubled do not chain; a prefix does, and only a head known from
 * elsewhere says that it is one. */
TEST(order_counts)
{
    static const struct { const char *name; u32 line[4]; u32 n, fault; } rows[] = {
        { "all", { 0, 1, 2, 3 }, 4, 0 },    { "a prefix", { 0, 1, 2 }, 3, 0 },
        { "one out", { 0, 1, 3 }, 3, 3 },   { "swapped", { 0, 2, 1, 3 }, 4, 2 },
        { "doubled", { 0, 1, 1, 2 }, 4, 3 }, { "first out", { 1, 2, 3 }, 3, 1 },
    };
    struct register_file f, g;
    struct why w;
    const u8 *start[5];
    u32 n = 0;
    found();
    assert_int_equal(register_load(path, &f, &w), ERR_OK);
    start[0] = f.bytes;
    for (u64 i = 0; i < f.n; i++)
        if (f.bytes[i] == '\n') start[++n] = f.bytes + i + 1;
    assert_int_equal(n, 4);
    FOR_EACH (c, rows) {
        u8 text[4096];
        u64 k = 0;
        for (u32 i = 0; i < c->n; i++) {
            u64 part = (u64)(start[c->line[i] + 1] - start[c->line[i]]);
            memcpy(text + k, start[c->line[i]], part), k += part;
        }
        Err err = register_parse("r", text, k, 0, &g, &w);
        assert_int_equal(err, c->fault ? ERR_INPUT : ERR_OK);
        if (g.line != c->fault) fail_msg("%s: line %u", c->name, g.line);
        if (!c->fault) assert_int_equal(hash_eq(g.r.head, f.r.head), c->n == 4);
        register_give(&g);
    }
    register_give(&f);
    unlink(path);
}

/* A chain that is right over an entry that the rules refuse: refused all the same. */
TEST(rules_are_judged_again)
{
    char line[GOV_LINE_MAX], want[128];
    struct register_file f, g;
    struct why w;
    u8 text[8192];
    found();
    assert_int_equal(register_load(path, &f, &w), ERR_OK);
    struct text t = text_on(line, sizeof line);
    text_put(&t, "5 " AT("02") " found ada name=eve roles=administrator+trader");
    Hash chain = entry_chain(f.r.head, (Str){ t.at, t.n });
    text_put(&t, " chain=");
    text_put_hex(&t, chain.bytes, sizeof chain.bytes);
    text_put_char(&t, '\n');
    memcpy(text, f.bytes, f.n);
    memcpy(text + f.n, line, t.n);
    assert_int_equal(register_parse("r", text, f.n + t.n, 0, &g, &w), ERR_INPUT);
    snprintf(want, sizeof want, "r:5: roles: one actor can not hold these two roles");
    EXPECT_TEXT(w.text, want, "a forged line");
    register_give(&g);
    register_give(&f);
    unlink(path);
}

/* Cut anywhere: what is whole stands; the next entry says what was cut. */
TEST(torn_tails)
{
    struct register_file f, g;
    struct why w;
    found();
    assert_int_equal(register_load(path, &f, &w), ERR_OK);
    for (u64 cut = 1; cut < f.n; cut += 13) {
        u64 first = (u64)((u8 *)memchr(f.bytes, '\n', f.n) - f.bytes) + 1;
        if (cut < first) continue; /* not even opened */
        assert_int_equal(file_write_atomic(path, f.bytes, cut, &w), ERR_OK);
        assert_int_equal(append("1 " AT("02") " access zoe text=\"reads\"", &w), ERR_OK);
        assert_int_equal(register_load(path, &g, &w), ERR_OK);
        assert_int_equal(g.whole, g.n);
        bool torn = f.bytes[cut - 1] != '\n';
        assert_int_equal(g.r.at[g.r.n - 1].action, GOV_ACTION_ACCESS);
        if (torn) assert_int_equal(g.r.at[g.r.n - 2].action, GOV_ACTION_RECOVER);
        register_give(&g);
    }
    register_give(&f);
    unlink(path);
}

/* Every file call of an append fails once: an error, and the register stands as it was. */
TEST(disk_faults)
{
    struct why w;
    for (u64 nth = 1; nth < 40; nth++) {
        struct disk_faults faults = { .kinds = BIT(DISK_WRITE) | BIT(DISK_SYNC) | BIT(DISK_OPEN) |
                                               BIT(DISK_READ) | BIT(DISK_LOCK),
                                      .nth = nth, .error = 5 };
        found();
        u64 before = size_of();
        disk_fail(&faults);
        Err err = append("1 " AT("02") " access zoe text=\"reads\"", &w);
        disk_fail(NULL);
        if (faults.hit) assert_int_not_equal(err, ERR_OK);
        else assert_int_equal(err, ERR_OK);
        if (faults.hit && nth < 4) assert_int_equal(size_of(), before);
        unlink(path);
        if (!faults.hit) return;
    }
    fail_msg("an append makes fewer calls than this");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_write_nothing),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(order_counts),
        cmocka_unit_test(rules_are_judged_again),
        cmocka_unit_test(torn_tails),
        cmocka_unit_test(disk_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
