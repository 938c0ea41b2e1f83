#include "index/register.h"
#include "base/random.h"
#include "test.h"

#define CAP 64u
#define H1 "1111111111111111111111111111111111111111111111111111111111111111"
#define H2 "2222222222222222222222222222222222222222222222222222222222222222"
#define H3 "3333333333333333333333333333333333333333333333333333333333333333"

/* A register of small ids: ada administrator, cyn and cal committee, ove and oda oversight, pat
 * panellist, tim trader of syn-oak, aud auditor, ag1 and ag2 agents, mia committee of syn-oak. */
#define FOUNDED \
    "0 open ada name=IDX from=2026-01-05 version=1 days=30 complaint_days=20 review_days=90 " \
    "hash=" H1 " text=\"opens\";" \
    "0 found ada name=ada roles=administrator;0 found ada name=cyn roles=committee;" \
    "0 found ada name=cal roles=committee;0 found ada name=ove roles=oversight;" \
    "0 found ada name=oda roles=oversight;0 found ada name=pat roles=panellist;" \
    "0 found ada name=tim other=syn-oak roles=trader;0 found ada name=aud roles=auditor;" \
    "0 found ada name=ag1 roles=agent;0 found ada name=ag2 roles=agent;" \
    "0 found ada name=mia other=syn-oak roles=committee;" /* 12 entries; the next is 13 */
#define METHOD(day, by, version, from, days) \
    day " propose " by " act=methodology name=IDX from=" from " version=" version " days=" days \
        " hash=" H2 " report=" H3 " text=\"m\";"
#define EXCLUDE(by, name) \
    "1 propose " by " act=exclude what=owner name=" name " from=2026-07-02 text=\"x\";"
#define OUT EXCLUDE("cyn", "bad-host")
#define M2 METHOD("0", "cyn", "2", "2026-09-01", "30")
#define COMPLAIN(by) \
    "1 complain " by " name=IDX date=2026-07-01 version=1 hash=" H1 " text=\"too high\";"
#define FACTOR(value, from) \
    "1 propose cyn act=factor name=region-eu from=" from " value=" value " report=" H3 \
    " text=\"f\";"

static struct gov_entry entries[CAP];
static struct gov_item items[CAP];

/* Plays `script`, lines ended by ';' of "DAY rest"; what became of the last line: "ok", or the
 * fault and its field. Every line but the last must stand. */
static void play(struct gov_register *r, const char *script, struct text *out)
{
    register_init(r, entries, items, CAP);
    memset(entries, 0, sizeof entries);
    memset(items, 0, sizeof items);
    for (const char *z = script; *z;) {
        const char *end = strchr(z, ';'), *blank = strchr(z, ' ');
        char line[GOV_LINE_MAX];
        u64 day = 0;
        u32 field;
        struct gov_entry e;
        struct text t = text_on(line, sizeof line);
        assert_int_equal(parse_u64((Str){ z, (u32)(blank - z) }, &day), PARSE_OK);
        text_put_u64(&t, r->n + 1);
        text_put_char(&t, ' ');
        text_put_instant(
            &t, (Instant){ date_start(date_of(2026, 7, 1)).ns + (i64)day * NS_PER_DAY + 1 });
        text_put_str(&t, (Str){ blank, (u32)(end - blank) });
        if (!entry_parse((Str){ t.at, t.n }, &e, &field)) {
            text_put(out, "unread: "), text_put(out, entry_field_name(field));
            return;
        }
        u8 fault = register_add(r, &e, NULL, &field);
        z = end + 1;
        if (!fault && *z) continue;
        if (fault && *z) text_put(out, "before the last: ");
        text_put(out, fault ? list_text(GOV_FAULT, fault) : "ok");
        if (fault) text_put(out, " @"), text_put(out, entry_field_name(field));
        if (fault) return;
    }
}

/* The sentence of a fault, by its name: tests speak of names. */
static const struct { const char *name, *text; } faults[] = {
#define AS_FAULT_ROW(LIST, NAME, text) { #NAME, text },
    GOV_FAULT_LIST(AS_FAULT_ROW)
};
static const char *sentence(const char *want, char *buf, u32 cap)
{
    struct text t = text_on(buf, cap);
    const char *at = strchr(want, '@');
    for (u32 i = 0; at && i < ARRAY_LEN(faults); i++) {
        u64 n = strlen(faults[i].name);
        if ((u64)(at - want) != n + 1 || memcmp(want, faults[i].name, n) != 0) continue;
        text_put(&t, faults[i].text), text_put(&t, " "), text_put(&t, at);
        return buf;
    }
    return want;
}

static const struct { const char *name, *script, *want; } cases[] = {
    { "founded", FOUNDED, "ok" },
    { "nothing before the opening", "0 found ada name=ada roles=committee;", "NOT_OPEN @action" },
    { "opened once",
      FOUNDED "0 open ada name=IDX from=2026-01-05 version=1 days=30 complaint_days=20 "
              "review_days=90 hash=" H1 " text=\"opens\";",
      "OPEN_TWICE @action" },
    { "founders come first", FOUNDED "1 access aud text=\"x\";1 found ada "
    "name=eve roles=committee;",
      "FOUND_LATE @action" },
    { "a founder named twice", FOUNDED "0 found ada name=cyn roles=auditor;", "FOUND_TWICE @name" },
    { "an exclusion that ends before it begins",
      FOUNDED "1 propose cyn act=exclude what=owner name=x from=2026-09-02 to=2026-09-01 "
              "text=\"x\";",
      "TO_EARLY @to" },
    { "time does not go back", FOUNDED "2 access aud text=\"x\";1 access aud text=\"y\";",
      "TIME_BACK @at" },
    { "trader and administrator", FOUNDED "0 found ada name=eve roles=administrator+trader;",
      "ROLE_CONFLICT @roles" },
    { "trader and panellist", FOUNDED "0 found ada name=eve roles=panellist+trader;",
      "ROLE_CONFLICT @roles" },
    { "oversight and committee", FOUNDED "0 found ada name=eve roles=committee+oversight;",
      "ROLE_CONFLICT @roles" },
    { "collector and agent", FOUNDED "0 found ada name=eve roles=collector+agent;", "ok" },
    { "a conflict by proposal too",
      FOUNDED "1 propose cyn act=actor name=tim roles=panellist+trader text=\"x\";",
      "ROLE_CONFLICT @roles" },

    /* four eyes */
    { "proposed", FOUNDED OUT, "ok" },
    { "a trader proposes nothing", FOUNDED EXCLUDE("tim", "bad-host"), "NO_ROLE @by" },
    { "a stranger neither", FOUNDED EXCLUDE("zoe", "bad-host"), "UNKNOWN_ACTOR @by" },
    { "own proposal", FOUNDED OUT "1 approve cyn subject=13;",
      "SELF_APPROVAL @by" },
    { "own proposal refused", FOUNDED OUT "1 reject cyn subject=13 text=\"x\";",
      "SELF_APPROVAL @by" },
    { "one twice", FOUNDED OUT "1 approve ove subject=13;1 approve ove subject=13;",
      "APPROVED_TWICE @by" },
    { "an auditor does not approve", FOUNDED OUT "1 approve aud subject=13;",
      "NO_ROLE @by" },
    { "no oversight among two",
      FOUNDED OUT "1 approve cal subject=13;1 approve ada subject=13;",
      "NEEDS_OVERSIGHT @by" },
    { "two others, one oversight",
      FOUNDED OUT "1 approve cal subject=13;1 approve ove subject=13;", "ok" },
    { "a third is too many",
      FOUNDED OUT "1 approve cal subject=13;1 approve ove subject=13;"
                                         "1 approve oda subject=13;",
      "CLOSED @subject" },
    { "not after a refusal",
      FOUNDED OUT "1 reject ove subject=13 text=\"no\";1 approve oda subject=13;",
      "CLOSED @subject" },
    { "a refusal has a reason", FOUNDED OUT "1 reject ove subject=13;",
      "FIELD_MISSING @text" },
    { "own entity", FOUNDED EXCLUDE("cyn", "syn-oak") "1 approve mia subject=13;", "CONFLICT @by" },
    { "on himself",
      FOUNDED "1 propose cyn act=actor name=cal roles=committee+collector text=\"x\";"
              "1 approve cal subject=13;",
      "CONFLICT @by" },
    { "no such number", FOUNDED "1 approve cal subject=99;", "NO_SUBJECT @subject" },
    { "not a proposal", FOUNDED "1 approve cal subject=2;", "NO_SUBJECT @subject" },
    { "withdrawn by another", FOUNDED OUT "1 withdraw cal subject=13 text=\"x\";",
      "NO_ROLE @by" },
    { "withdrawn", FOUNDED OUT "1 withdraw cyn subject=13 text=\"x\";", "ok" },
    { "an exclusion is urgent, not backdated",
      FOUNDED "3 propose cyn act=exclude what=source name=s from=2026-07-03 text=\"x\";",
      "BACKDATED @from" },
    { "a field of another act",
      FOUNDED "1 propose cyn act=exclude what=owner name=a from=2026-07-02 value=3 text=\"x\";",
      "FIELD_EXTRA @value" },
    { "a field missing", FOUNDED "1 propose cyn act=exclude name=a from=2026-07-02 text=\"x\";",
      "FIELD_MISSING @what" },

    /* methodology: window, forward only, versions in turn */
    { "proposed in time", FOUNDED M2, "ok" },
    { "window too short", FOUNDED METHOD("0", "cyn", "2", "2026-09-01", "29"),
      "CONSULT_SHORT @days" },
    { "effective inside the window", FOUNDED METHOD("0", "cyn", "2", "2026-07-31", "30"),
      "BACKDATED @from" },
    { "the first day after the window", FOUNDED METHOD("0", "cyn", "2", "2026-08-01", "30"), "ok" },
    { "a version left out", FOUNDED METHOD("0", "cyn", "3", "2026-09-01", "30"),
      "VERSION @version" },
    { "another index",
      FOUNDED "0 propose cyn act=methodology name=OTHER from=2026-09-01 version=2 days=30 hash=" H2
              " report=" H3 " text=\"m\";",
      "OTHER_INDEX @name" },
    { "no impact report",
      FOUNDED "0 propose cyn act=methodology name=IDX from=2026-09-01 version=2 days=30 hash=" H2
              " text=\"m\";",
      "FIELD_MISSING @report" },
    { "approved while comments are open",
      FOUNDED M2 "29 approve ove subject=13;",
      "TOO_EARLY @at" },
    { "anybody may comment",
      FOUNDED M2 "3 comment someone subject=13 text=\"x\";",
      "ok" },
    { "approved after the window",
      FOUNDED M2
          "30 approve ove subject=13;31 approve cal subject=13;",
      "ok" },
    { "approved after its own date",
      FOUNDED M2 "62 approve ove subject=13;",
      "BACKDATED @at" },
    { "two of one version: the second falls",
      FOUNDED M2 METHOD("0", "cal", "2", "2026-09-02", "30")
          "30 approve ove subject=13;30 approve cal subject=13;30 approve ove subject=14;",
      "VERSION @subject" },

    /* factors, links, splices */
    { "a factor", FOUNDED FACTOR("-400000", "2026-07-03"), "ok" },
    { "too large a factor", FOUNDED FACTOR("400001", "2026-07-03"), "FACTOR_RANGE @value" },
    { "a factor of yesterday", FOUNDED FACTOR("1", "2026-07-02"), "BACKDATED @from" },
    { "an undated factor",
      FOUNDED "1 propose cyn act=factor name=r value=5 report=" H3 " text=\"f\";",
      "FIELD_MISSING @from" },
    { "a negative link",
      FOUNDED "1 propose cyn act=link name=r from=2026-07-04 value=-5 report=" H3 " text=\"f\";",
      "FACTOR_RANGE @value" },
    { "a splice needs 90 days",
      FOUNDED "0 propose cyn act=splice name=r from=2026-09-29 value=980000 report=" H3
              " text=\"f\";",
      "NOTICE_SHORT @from" },
    { "a splice with 90 days",
      FOUNDED "0 propose cyn act=splice name=r from=2026-09-30 value=980000 report=" H3
              " text=\"f\";",
      "ok" },

    /* judgement */
    { "a judgement",
      FOUNDED "1 propose cyn act=judgement name=IDX date=2026-07-01 version=1 "
      "value=2800000 hash=" H1
              " text=\"x\";",
      "ok" },
    { "of a day to come",
      FOUNDED "1 propose cyn act=judgement name=IDX date=2026-07-03 version=1 "
      "value=2800000 hash=" H1
              " text=\"x\";",
      "NOT_YET @date" },
    { "without its effect",
      FOUNDED "1 propose cyn act=judgement name=IDX date=2026-07-01 version=1 hash=" H1
              " text=\"x\";",
      "FIELD_MISSING @value" },

    /* complaints */
    { "from anybody", FOUNDED COMPLAIN("someone"), "ok" },
    { "own complaint", FOUNDED COMPLAIN("ada") "2 resolve ada subject=13 "
    "outcome=rejected text=\"x\";",
      "OWN_COMPLAINT @by" },
    { "by a trader", FOUNDED COMPLAIN("zoe") "2 resolve tim subject=13 "
    "outcome=rejected text=\"x\";",
      "NO_ROLE @by" },
    { "resolved", FOUNDED COMPLAIN("zoe") "2 resolve ove subject=13 "
    "outcome=upheld text=\"x\";", "ok" },
    { "resolved twice",
      FOUNDED COMPLAIN("zoe") "2 resolve ove subject=13 outcome=upheld text=\"x\";"
                              "2 resolve oda subject=13 outcome=upheld text=\"x\";",
      "CLOSED @subject" },
    { "restated without a receipt",
      FOUNDED COMPLAIN("zoe") "2 resolve ove subject=13 version=2 outcome=restated text=\"x\";",
      "NO_RESTATEMENT @version" },
    { "restated by the same receipt",
      FOUNDED COMPLAIN("zoe") "2 resolve ove subject=13 version=2 outcome=restated report=" H1
                              " text=\"x\";",
      "NO_RESTATEMENT @report" },
    { "restated",
      FOUNDED COMPLAIN("zoe") "2 resolve ove subject=13 version=2 outcome=restated report=" H2
                              " text=\"x\";",
      "ok" },

    /* panellists and agents */
    { "scored", FOUNDED "2 score aud name=pat from=2026-06-01 to=2026-06-30 bias_ppm=-200 "
                        "rmse_ppm=900 count=20 bad=1;", "ok" },
    { "no panellist", FOUNDED "2 score aud name=tim from=2026-06-01 to=2026-06-30 count=20;",
      "NO_PANELLIST @name" },
    { "a cut-off for a trader",
      FOUNDED "1 propose cyn act=panellist name=tim from=2026-07-04 cutoff_s=57600 text=\"x\";",
      "NO_PANELLIST @name" },
    { "attested by another", FOUNDED "1 attest aud to=2026-12-31 text=\"x\";", "NO_ROLE @by" },
    { "attested", FOUNDED "1 attest pat to=2026-12-31 text=\"x\";", "ok" },
    { "agents", FOUNDED "1 recompute ag1 name=ag1 other=ag2 from=2026-06-01 "
    "to=2026-06-30 count=30;",
      "ok" },
    { "an agent with itself",
      FOUNDED "1 recompute ag1 name=ag1 other=ag1 from=2026-06-01 to=2026-06-30 count=30;",
      "FIELD_BAD @other" },
    { "no agent", FOUNDED "1 recompute ag1 name=ag1 other=tim from=2026-06-01 "
    "to=2026-06-30 count=30;",
      "NO_AGENT @other" },
};

TEST(rules)
{
    static struct gov_register r;
    FOR_EACH (c, cases) {
        char got[256], want[256];
        struct text t = text_on(got, sizeof got);
        play(&r, c->script, &t);
        EXPECT_TEXT(got, sentence(c->want, want, sizeof want), c->name);
    }
}

TEST(what_stands)
{
    static struct gov_register r;
    char got[256];
    struct text t = text_on(got, sizeof got);
    play(&r,
         FOUNDED EXCLUDE(
             "cyn",
             "bad-host") "1 approve cal subject=13;1 approve ove subject=13;"
                         "1 propose cyn act=include subject=13 from=2026-08-01 text=\"x\";"
                         "1 approve cal subject=16;1 approve ove subject=16;" METHOD(
                             "1", "cyn", "2", "2026-09-01",
                             "30") "31 approve cal subject=19;31 approve ove subject=19;"
                                   "31 propose ada act=key from=2026-08-10 key=" H3 " text=\"x\";"
                                   "31 approve cal subject=22;31 approve ove subject=22;"
                                   "31 complain zoe name=IDX date=2026-07-01 version=1 hash=" H1
                                   " text=\"x\";",
         &t);
    EXPECT_TEXT(got, "ok", "script");
    static const struct { const char *date; bool out, key; u32 method; } days[] = {
        { "2026-01-04", false, false, 0 }, { "2026-01-05", false, false, 1 },
        { "2026-07-01", false, false, 1 }, { "2026-07-02", true, false, 1 },
        { "2026-07-31", true, false, 1 },  { "2026-08-01", false, false, 1 },
        { "2026-08-10", false, true, 1 },  { "2026-08-31", false, true, 1 },
        { "2026-09-01", false, true, 19 },
    };
    u8 key[32];
    memset(key, 0x33, sizeof key);
    FOR_EACH (c, days) {
        Date d;
        assert_int_equal(parse_date(str_of(c->date), &d), PARSE_OK);
        assert_int_equal(register_excluded(&r, GOV_TARGET_OWNER, STR("bad-host"), d), c->out);
        assert_false(register_excluded(&r, GOV_TARGET_SOURCE, STR("bad-host"), d));
        assert_int_equal(register_key_on(&r, d, key), c->key);
        assert_int_equal(register_method_on(&r, d), c->method);
    }
    assert_int_equal(complaint_deadline(&r, 25).ns - r.at[24].at, 20 * NS_PER_DAY);
    assert_int_equal(review_due(&r).ns - r.at[0].at, 90 * NS_PER_DAY);
    assert_int_equal(proposal_opens(&r, 19).ns - r.at[18].at, 30 * NS_PER_DAY);
}

/* Every pair of roles: conflict or not by the table, and symmetric with found and propose. */
TEST(no_trader_is_administrator_or_panellist)
{
    for (u32 roles = 0; roles < BIT(GOV_ROLE_COUNT - 1); roles++) {
        bool trader = roles & LIST_BIT(GOV_ROLE_TRADER);
        bool other = roles & (LIST_BIT(GOV_ROLE_ADMINISTRATOR) | LIST_BIT(GOV_ROLE_PANELLIST));
        if (trader && other) assert_int_not_equal(roles_conflict(roles), 0);
        u32 pair = roles_conflict(roles);
        assert_int_equal(pair & ~roles, 0);
        assert_true(pair == 0 || __builtin_popcount(pair) == 2);
    }
}

/* parse(put(x)) == x for random entries; and a line with any byte changed is refused or reads as
 * another entry that writes itself. */
TEST(lines_are_canonical)
{
    struct rng g = rng_of(7);
    for (u32 round = 0; round < 20000; round++) {
        struct gov_entry e, again;
        char line[GOV_LINE_MAX], other[GOV_LINE_MAX];
        u32 field;
        memset(&e, 0, sizeof e);
        e.seq = 1 + (u32)rng_below(&g, 1000), e.at = 1 + (i64)rng_below(&g, 1u << 30);
        e.action = (u8)(1 + rng_below(&g, GOV_ACTION_COUNT - 1));
        memcpy(e.by, "who", 3);
        if (rng_below(&g, 2)) e.act = (u8)rng_below(&g, GOV_ACT_COUNT);
        if (rng_below(&g, 2)) e.value = (i64)rng_below(&g, 2000) - 1000;
        if (rng_below(&g, 2)) e.from.days = (i32)rng_below(&g, 80000);
        if (rng_below(&g, 2)) e.roles = (u32)rng_below(&g, BIT(GOV_ROLE_COUNT - 1));
        if (rng_below(&g, 2)) e.hash.bytes[rng_below(&g, 32)] = (u8)rng_below(&g, 256);
        if (rng_below(&g, 2)) memcpy(e.text, "some reason", 11);
        struct text t = text_on(line, sizeof line), u = text_on(other, sizeof other);
        entry_put(&e, &t);
        assert_true(entry_parse((Str){ t.at, t.n }, &again, &field));
        assert_memory_equal(&e, &again, sizeof e);
        line[rng_below(&g, t.n)] = (char)(32 + rng_below(&g, 95));
        if (!entry_parse((Str){ t.at, t.n }, &again, &field)) continue;
        entry_put(&again, &u);
        EXPECT_TEXT(other, line, "a changed line");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules),
        cmocka_unit_test(what_stands),
        cmocka_unit_test(no_trader_is_administrator_or_panellist),
        cmocka_unit_test(lines_are_canonical),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
