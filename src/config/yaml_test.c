#include "config/contracts.h"
#include "config/venue.h"
#include "test.h"

#include <stdlib.h>

/* Every way a file can be wrong, as a change of a good one: FROM becomes TO, and the sentence. */

static char *slurp(const char *path)
{
    static char bytes[65536];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    bytes[fread(bytes, 1, sizeof bytes - 1, f)] = 0;
    fclose(f);
    return bytes;
}

static const struct { const char *from, *to, *want; } wrong[] = {
    { "version: 1\n", "version: 1\nversion: 2\n", "f:6: version: stands twice" },
    { "version: 1\n", "", "f:3: version: missing" },
    { "version: 1\n", "version: one\n", "f:5: version: not an integer: \"one\"" },
    { "version: 1\n", "version: 1.5\n", "f:5: version: not an integer: \"1.5\"" },
    { "version: 1\n", "version: \"1\"\n", "f:5: version: an integer has no quotes" },
    { "version: 1\n", "version: 0\n", "f:5: version: 0 is not within 1 and 4294967295" },
    { "version: 1\n", "version: 99999999999999999999\n", "f:5: version: " },
    { "version: 1\n", "version: null\n", "f:5: version: null is not allowed here" },
    { "version: 1\n", "version: [1]\n", "f:5: version: one value is wanted, not a list" },
    { "version: 1\n", "version: {a: 1}\n", "f:5: version: one value is wanted, not a mapping" },
    { "version: 1\n", "version: &v 1\n", "f:5: anchors are not allowed" },
    { "version: 1\n", "version: *v\n", "f:5: aliases are not allowed" },
    { "version: 1\n", "version: !!int 1\n", "f:5: tags are not allowed" },
    { "version: 1\n", "version:\t1\n", "f:5: a tab; indent with spaces" },
    { "version: 1\n", "version: 1\ncolour: red\n", "f:6: colour: unknown key" },
    { "version: 1\n", "version: 1\n\"\": 2\n", "f:6: unknown key" },
    { "version: 1\n", "version: 1\n? [a]\n: b\n", "f:6: a key must be one word" },
    { "product: GPUH-M\n", "%YAML 1.1\n---\nproduct: GPUH-M\n", "f:3: directives are not allowed" },
    { "disclaimer: none\n", "disclaimer: none\n---\nproduct: X\n", "a second document" },
    { "disclaimer: none\n", "disclaimer: \"\"\n", "disclaimer: must not be empty" },
    { "disclaimer: none\n", "disclaimer: \"caf\xc3\xa9\"\n",
      "something else than printable ASCII" },
    { "disclaimer: none\n", "disclaimer: null\n", "disclaimer: null is not a text" },
    { "kind: AVG_FUT", "kind: FUTURE", "f:7: kind: \"FUTURE\" is not one of AVG_FUT, PIT_FUT" },
    { "effective_from: 2026-01-05", "effective_from: 2026-02-30", "f:6: effective_from: " },
    { "effective_from: 2026-01-05", "effective_from: 05.01.2026", "f:6: effective_from: " },
    { "outright: 1000,", "outright: 1000, outright: 5,", "tick.outright: stands twice" },
    { "outright: 1000,", "", "tick.outright: missing" },
    { "outright: 1000,", "outright: 0.001,", "tick.outright: not an integer: \"0.001\"" },
    { "outright: 1000,", "outright: 1000 USD,", "tick.outright: not an integer: \"1000 USD\"" },
    { "outright: 1000,", "wide: 3, outright: 1000,", "tick.wide: unknown key" },
    { "currency: {", "currency: [", "f:9: " },
    { "currency: {quote: USD, settle: USD}", "currency: USD", "currency: a mapping is wanted" },
    { "price: {min", "tick: {min", "tick: stands twice" },
    { "{state: continuous,", "{state: open,", "sessions[0].state: \"open\" is not one of closed" },
    { "start: \"00:00Z\"", "start: 25:00", "sessions[0].start: not a UTC time" },
    { "start: \"00:00Z\"", "start: \"24:01Z\"", "sessions[0].start: not a UTC time" },
    { "{rule: SPREAD_VWAP}", "{}", "dsp[1].rule: missing" },
    { "{rule: SPREAD_VWAP}", "SPREAD_VWAP", "dsp: an entry must be a mapping" },
    { "{rule: SPREAD_VWAP}", "{rule: SPREAD_VWAP, size: 1}", "dsp[1].size: unknown key" },
    { "types: [limit, market]", "types: limit", "orders.types: a list is wanted" },
    { "types: [limit, market]", "types: [limit, limit]", "orders.types: limit stands twice" },
    { "types: [limit, market]", "types: [limit, iceberg]", "orders.types: \"iceberg\" is not one" },
    { "[2000, 6000]", "[2000, 6000, 7000]", "position.accountability: more than 2 entries" },
    { "[2000, 6000]", "[2000, [6000]]", "position.accountability: an entry must be one value" },
    { "[2000, 6000]", "[2000, -1]", "position.accountability: -1 is not within" },
    { "diminishing: true", "diminishing: yes", "not true or false: \"yes\"" },
    { "product: GPUH-M\n", "product: GPUH-MONTHLY-LONG\n",
      "f:3: product: longer than 15 characters" },
    /* it loads, but a validity test speaks */
    { "lot_units_milli: 730000", "lot_units_milli: 730001", "TICK_VALUE_FRACTION" },
    { "lot_units_milli: 730000, ", "", "size.lot_units_milli: BAD_RULE" },
    { "  - {rule: PRIOR}\n", "", "dsp: NO_ZERO_TRADE_RULE" },
    { "fallback: {index: HDG-H100-OD-WORLD", "fallback: {index: HDG-H100-OD-US", "NO_FALLBACK" },
    { "nearby: 3000", "nearby: 6000", "position.general: LIMIT_RISES" },
    { "maker: 0,", "maker: -1600000,", "f:49: fees.maker: FEE_NEGATIVE_SUM" },
    { "general_ppm: 120000,", "general_ppm: 120000, spot_ppm: 100000,", "MARGIN_FALLS" },
    { "product: GPUH-M\n", "product: gpuh\n", "f:3: product: BAD_ID" },
    { "quote: USD", "quote: usd", "currency.quote: BAD_CURRENCY" },
    { "spread: 1000", "spread: 2000", "tick.spread: LIMIT_OFF_TICK" },
    { "price: {min: 0", "price: {min: -1000", "price.min: PRICE_BOUNDS" },
    { "general: 5000", "general: 900000000", "price.max: RANGE" },
    { "end: \"20:00Z\"", "end: \"00:00Z\"", "sessions: BAD_SESSION" },
    { "rule: LAST_BUSINESS_DAY", "rule: NTH_LAST_BD", "last_trade.n: BAD_RULE" },
    { "{rule: FIRST_PRINT}", "{rule: RESTATE_IF, before: \"23:59:59Z\"}", "vintage.ppm: BAD_RULE" },
    { "effective_from: 2026-01-05", "effective_from: 2026-01-05\neffective_to: 2026-01-04",
      "BAD_DATES" },
    { "kind: AVG_FUT", "kind: PERP", "BAD_RULE" },
    { "min_qty: 1\n", "min_qty: 2000\n", "BAD_QTY" },
    { "disclaimer: none", "as_seen: 2026-08-22\ndisclaimer: none", "NO_DISCLAIMER" },
    { "blocks: {", "strip: {parts: [{product: A, weight: 1}]}\nblocks: {", "WRONG_GROUP" },
};

TEST(wrong_files_are_named)
{
    static char text[65536];
    FOR_EACH (c, wrong) {
        const char *good = slurp("specs/gpuh-m.yaml"), *at = strstr(good, c->from);
        struct config_lines lines;
        struct why w = { "" };
        struct spec s = { .version = 77 };
        struct spec_finding f;
        if (!at) fail_msg("no \"%s\" in the file", c->from);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, c->to,
                 at + strlen(c->from));
        Err err = config_parse(&spec_record, "f", text, strlen(text), &s, &lines, &w);
        if (err) {
            assert_int_equal(s.version, 77); /* nothing half-written */
        } else {
            if (spec_check(&s, &f, 1) == 0) fail_msg("taken: %s", c->to);
            err = config_fault(&spec_record, &lines, f.field, spec_fault_name(f.fault), &w);
        }
        assert_int_equal(err, ERR_INPUT);
        if (!strstr(w.text, c->want)) fail_msg("got  %s\nwant %s", w.text, c->want);
    }
}

TEST(shapes_no_file_has)
{
    static char deep[4096];
    struct why w;
    struct spec s;
    struct config_lines lines;
    memset(deep, '[', sizeof deep);
    memcpy(deep, "dsp: ", 5);
    assert_int_equal(config_parse(&spec_record, "f", deep, sizeof deep, &s, &lines, &w), ERR_INPUT);
    assert_int_equal(config_parse(&spec_record, "f", "", 0, &s, NULL, &w), ERR_INPUT);
    assert_string_equal(w.text, "f:1: the file is empty");
    assert_int_equal(config_parse(&spec_record, "f", "- a\n", 4, &s, NULL, &w), ERR_INPUT);
    assert_int_equal(config_parse(&spec_record, "f", "a\0b", 3, &s, NULL, &w), ERR_INPUT);
    assert_int_equal(config_parse(&spec_record, "f", "a: \"b", 5, &s, NULL, &w), ERR_INPUT);
    char *big = calloc(1, CONFIG_FILE_BYTES_MAX + 2);
    memset(big, ' ', CONFIG_FILE_BYTES_MAX + 1);
    assert_int_equal(config_parse(&spec_record, "f", big, CONFIG_FILE_BYTES_MAX + 1, &s, NULL, &w),
                     ERR_INPUT);
    free(big);
    assert_int_equal(config_read(&spec_record, "no/such/file.yaml", &s, NULL, &w), ERR_INPUT);
}

TEST(overlays_replace_whole_values)
{
    struct why w = { "" };
    struct spec s, before;
    static const char other[] = "underlying: {id: HDG-H100-POSTED}\nsessions:\n"
                                "  - {state: continuous, start: 01:00, end: 02:00}\n";
    static const char part[] = "dsp: [{last_s: 5}]\n", fresh[] = "perp: {funding_cap_ppm: 1}\n";
    assert_int_equal(config_read(&spec_record, "specs/gpuh-m.yaml", &s, NULL, &w), ERR_OK);
    before = s;
    assert_int_equal(config_overlay_parse(&spec_record, "o", other, strlen(other), &s, NULL, &w),
                     ERR_OK);
    assert_string_equal(s.underlying_id, "HDG-H100-POSTED");
    assert_int_equal(s.underlying_rule, before.underlying_rule);
    assert_int_equal(s.sessions_n, 1);
    assert_int_equal(s.sessions[0].start, 3600);
    assert_int_equal(s.dsp_n, before.dsp_n);
    s = before;
    assert_int_equal(config_overlay_parse(&spec_record, "o", part, strlen(part), &s, NULL, &w),
                     ERR_INPUT);
    assert_string_equal(w.text, "o:1: dsp[0].rule: missing"); /* an entry is whole */
    assert_int_equal(config_overlay_parse(&spec_record, "o", fresh, strlen(fresh), &s, NULL, &w),
                     ERR_INPUT);
    assert_string_equal(w.text, "o:1: perp.funding_interval_s: missing"); /* a fresh group too */
    assert_memory_equal(&s, &before, sizeof s);
}

TEST(null_lists_only_with_an_overlay)
{
    struct why w = { "" };
    struct spec s;
    assert_int_equal(config_spec("specs/ice-hpr.yaml", NULL, true, &s, &w), ERR_INPUT);
    assert_non_null(strstr(w.text, "specs/ice-hpr.yaml:"));
    assert_non_null(strstr(w.text, "daily_limit.general_ppm: not known"));
    assert_int_equal(config_spec("specs/ice-hpr.yaml", "specs/overlays/ice-hpr.yaml", true, &s, &w),
                     ERR_OK);
}

TEST(venue_loads_and_is_checked)
{
    struct why w = { "" };
    struct venue_config *v = malloc(sizeof *v);
    struct cmd_genesis g;
    static char bad[65536];
    char path[512];
    assert_non_null(v);
    if (config_venue("examples/venue.yaml", v, &w)) fail_msg("%s", w.text);
    config_genesis(v, &g);
    assert_string_equal(g.venue.z, "Hedgerow");
    assert_int_equal(g.orders_max, 100000);
    assert_int_equal(v->accounts[0].deposit, 2000000 * MICROS);
    assert_true(config_beside("examples/venue.yaml", v->specs[0].file, path, sizeof path));
    struct spec s;
    if (config_spec(path, NULL, true, &s, &w)) fail_msg("%s", w.text);
    const char *good = slurp("examples/venue.yaml"), *at = strstr(good, "[alice, bob]");
    snprintf(bad, sizeof bad, "%.*s[bob, bob]%s", (int)(at - good), good, at + 12);
    const char *build = getenv("HEDGEROW_BUILD");
    snprintf(path, sizeof path, "%s/bad_venue.yaml", build ? build : "/tmp");
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fwrite(bad, 1, strlen(bad), f);
    fclose(f);
    Err err = config_venue(path, v, &w);
    remove(path);
    assert_int_equal(err, ERR_INPUT);
    assert_non_null(strstr(w.text, "approvers: two different people are needed"));
    free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_files_are_named),
        cmocka_unit_test(shapes_no_file_has),
        cmocka_unit_test(overlays_replace_whole_values),
        cmocka_unit_test(null_lists_only_with_an_overlay),
        cmocka_unit_test(venue_loads_and_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
