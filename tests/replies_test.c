#include "base/random.h"
#include "config/feeds.h"
#include "feeds/collect_state.h"
#include "feeds/openrouter.h"
#include "sys/file.h"
#include "test.h"

#include <stdlib.h>
#include <unistd.h>

static struct why why;
static struct instances catalogue;

static int load_catalogue(void **state)
{
    (void)state;
    return config_instances("specs/instances.yaml", &catalogue, &why) ? -1 : 0;
}

/* ---- decimals ---- */

static void decimals_are_exact(void **state)
{
    static const struct {
        const char *text;
        u32 scale;
        i64 divide, want;
        bool fine, lost;
    } cases[] = {
        { "0", 6, 1, 0, true, false },
        { "0.000", 6, 1, 0, true, false },
        { "-0", 6, 1, 0, true, false },
        { "100", 6, 1, 100000000, true, false },
        { "0.10", 6, 1, 100000, true, false },
        { "1e2", 0, 1, 100, true, false },
        { "1E+2", 0, 1, 100, true, false },
        { "2.5e-07", 12, 1, 250000, true, false },
        { "0.00000025", 12, 1, 250000, true, false },
        { "2.5E-7", 12, 1, 250000, true, false },
        { "-1", 12, 1, -1000000000000, true, false },
        { "0.0000005", 6, 1, 0, true, true }, /* half to even: 0 */
        { "0.0000015", 6, 1, 2, true, true }, /* half to even: 2 */
        { "0.00000050001", 6, 1, 1, true, true },
        { "3.2133333333333334", 6, 2, 1606667, true, true },
        { "3.213333", 6, 2, 1606666, true, true }, /* what rounding first would give */
        { "551221.0", 6, 8760 * 8, 7865596, true, true },
        { "1e-400", 6, 1, 0, true, true },
        { "1e400", 6, 1, 0, false, false },
        { "9223372036854.775807", 6, 1, INT64_MAX, true, false },
        { "9223372036854.775808", 6, 1, 0, false, false },
        { "123456789012345678901234567890123456", 0, 1, 0, false, false },
    };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        struct decimal d;
        i64 got = 0;
        bool lost = false;
        assert_true(decimal_parse(str_of(cases[i].text), &d));
        bool fine = decimal_round(d, cases[i].scale, cases[i].divide, &got, &lost);
        if (fine != cases[i].fine || (fine && (got != cases[i].want || lost != cases[i].lost)))
            fail_msg("%s: got %lld%s", cases[i].text, (long long)got, lost ? " lost" : "");
    }
}

static void what_is_no_decimal_is_none(void **state)
{
    static const char *const cases[] = {
        "",     "-",     "+",    ".",     "1.",
        ".5",   "1.2.3", "1,5",  "1 ",    " 1",
        "0x10", "1e",    "1e+",  "1e1.5", "--1",
        "NaN",  "inf",   "null", "1_000", "1234567890123456789012345678901234567"
    };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        struct decimal d;
        if (decimal_parse(str_of(cases[i]), &d)) fail_msg("%s was taken", cases[i]);
    }
}

/* The twin: digits laid out flat, the quotient by schoolbook division, the rest against a half. */
static i64 slow_round(const char *digits, u32 fraction, u32 scale, i64 divide)
{
    char flat[128] = { 0 };
    u32 n = 0, whole = (u32)strlen(digits) - fraction;
    for (u32 i = 0; i < strlen(digits); i++) flat[n++] = digits[i];
    while (n < whole + scale) flat[n++] = '0';
    i128 q = 0, rest = 0;
    bool more = false;
    for (u32 i = 0; i < whole + scale; i++) {
        rest = rest * 10 + (flat[i] - '0');
        q = q * 10 + rest / divide;
        rest %= divide;
    }
    for (u32 i = whole + scale; i < n; i++) { /* digits behind the scale: below one unit */
        rest = rest * 10 + (flat[i] - '0');
        divide *= 10;
        if (divide > INT64_MAX / 100 && i + 1 < n) { /* only whether something follows matters */
            for (u32 k = i + 1; k < n; k++) more |= flat[k] != '0';
            break;
        }
    }
    bool up = 2 * rest > divide || (2 * rest == divide && (more || (q & 1)));
    return (i64)(q + up);
}

static void rounding_agrees_with_long_division(void **state)
{
    struct rng r = rng_of(47);
    (void)state;
    for (u32 i = 0; i < 100000; i++) {
        char digits[24] = { 0 }, text[64];
        u32 whole = 1 + (u32)rng_below(&r, 5), fraction = (u32)rng_below(&r, 17), k = 0;
        for (u32 d = 0; d < whole + fraction; d++)
            digits[d] = (char)('0' + (rng_below(&r, 3) ? rng_below(&r, 10) : 5 * rng_below(&r, 2)));
        i64 divide = 1 + (i64)rng_below(&r, 16);
        u32 scale = rng_below(&r, 2) ? 6 : 12;
        for (u32 d = 0; d < whole + fraction; d++) {
            if (d == whole) text[k++] = '.';
            text[k++] = digits[d];
        }
        text[k] = 0;
        struct decimal d;
        i64 got;
        bool lost;
        assert_true(decimal_parse(str_of(text), &d));
        assert_true(decimal_round(d, scale, divide, &got, &lost));
        if (got != slow_round(digits, fraction, scale, divide))
            fail_msg("%s at %u over %lld: %lld", text, scale, (long long)divide, (long long)got);
        /* the same number with its point moved by an exponent */
        snprintf(text, sizeof text, "%se-%u", digits, fraction);
        struct decimal moved;
        assert_true(decimal_parse(str_of(text), &moved));
        assert_true(moved.m == d.m && moved.e == d.e);
    }
}

/* ---- items and what they become ---- */

/* A record as "kind channel class form region term gpus/min price unit quality provider key model
 * side", rows left out as ~RULE name, refused ones as !CODE column; ; between. */
static void put_record(const struct obs_log *log, const struct observation *o, struct text *t)
{
    const struct words *quality = &bench_words_QUALITY;
    const char *const texts[] = { list_text(OBS_KIND, o->kind), list_text(CHANNEL, o->channel),
                                  list_text(GPU_CLASS, o->gpu_class), gpu_form_text(o->form) };
    for (u32 i = 0; i < ARRAY_LEN(texts); i++) text_put(t, texts[i]), text_put_char(t, ' ');
    text_put_str(t, names_text(&log->names, o->region));
    text_put_char(t, ' ');
    text_put(t, list_text(TERM, o->term));
    text_put_char(t, ' ');
    text_put_u64(t, o->gpus);
    if (o->min_gpus != o->gpus) text_put_char(t, '/'), text_put_u64(t, o->min_gpus);
    text_put_char(t, ' ');
    text_put_i64(t, o->price);
    text_put_char(t, ' ');
    text_put(t, list_text(RAW_UNIT, o->raw_unit));
    text_put_char(t, ' ');
    if (!o->quality) text_put_char(t, '-');
    for (u32 b = 1, some = 0; b < QUALITY_COUNT; b++)
        if (o->quality & LIST_BIT(b)) {
            if (some++) text_put_char(t, '+');
            text_put(t, words_text(quality, b));
        }
    text_put_char(t, ' ');
    text_put_str(t, names_text(&log->names, o->provider));
    text_put_char(t, ' ');
    text_put_str(t, names_text(&log->names, o->key));
    if (o->term == TERM_TOKEN) {
        text_put_char(t, ' ');
        text_put_str(t, names_text(&log->names, o->model));
        text_put_char(t, ' ');
        text_put(t, list_text(TOKEN_SIDE, o->token_side));
    }
}

static void put_result(const struct feed_log *l, const struct feed_result *r, struct text *t)
{
    u32 n = 0;
    for (u32 i = 0; i < l->log.n; i++) {
        if (n++) text_put(t, "; ");
        put_record(&l->log, &l->log.at[i], t);
    }
    for (u32 i = 0; i < r->skipped_kept; i++) {
        if (n++) text_put(t, "; ");
        text_put_char(t, '~');
        text_put(t, feed_skip_name(r->skipped[i].rule));
        if (r->skipped[i].name[0]) text_put_char(t, ' '), text_put(t, r->skipped[i].name);
    }
    for (u32 i = 0; i < r->kept; i++) {
        if (n++) text_put(t, "; ");
        text_put_char(t, '!');
        text_put(t, list_text(OBS_REJECT, r->refused[i].code));
        text_put_char(t, ' ');
        text_put(t, r->refused[i].column);
    }
}

#define AT INT64_C(1782892800) /* 2026-07-01T08:00:00Z */
static Err read_reply(enum feed_format f, const char *text, Instant since, struct feed_log *l,
                      struct feed_result *r)
{
    const struct feed_ask ask = { .format = f, .at = { AT * NS_PER_SECOND }, .since = since,
                                  .rights = RIGHTS_OPEN, .instances = &catalogue };
    return feed_parse(&ask, "f.json", text, strlen(text), l, r, &why);
}

/* `in` is put between the two halves of its format's reply. */
struct reply_case { enum feed_format format; const char *in, *want; };

static void shell_of(enum feed_format f, const char **before, const char **after)
{
    static const char *const shells[FEED_FORMATS][2] = {
        [FEED_AWS_SPOT] = { "{\"SpotPriceHistory\":[", "]}" },
        [FEED_AZURE_RETAIL] = { "{\"Items\":[", "],\"NextPageLink\":null}" },
        [FEED_VAST] = { "{\"offers\":[", "]}" },
        [FEED_RUNPOD] = { "{\"data\":{\"gpuTypes\":[", "]}}" },
        [FEED_LAMBDA] = { "{\"data\":{", "}}" },
        [FEED_OPENROUTER] = { "{\"data\":[", "]}" },
        [FEED_LITELLM] = { "{", "}" },
    };
    *before = shells[f][0], *after = shells[f][1];
}

static void play(const struct reply_case *cases, u32 n)
{
    for (u32 i = 0; i < n; i++) {
        static char text[8192], got[4096];
        const char *before, *after;
        struct feed_log l;
        struct feed_result r;
        struct text t = text_on(got, sizeof got);
        shell_of(cases[i].format, &before, &after);
        snprintf(text, sizeof text, "%s%s%s", before, cases[i].in, after);
        if (read_reply(cases[i].format, text, (Instant){ 0 }, &l, &r))
            fail_msg("%s: %s", cases[i].in, why.text);
        assert_int_equal(r.rows, r.taken + r.skipped_n + r.refused_n);
        assert_int_equal(r.taken, l.log.n);
        put_result(&l, &r, &t);
        assert_string_equal(got, cases[i].want);
        feed_result_give(&r);
        feed_log_give(&l);
    }
}

#define SPOT(type, os, zone, price, time) \
    "{\"Timestamp\":\"" time "\",\"ProductDescription\":\"" os "\",\"InstanceType\":\"" type \
    "\",\"SpotPrice\":\"" price "\",\"AvailabilityZone\":\"" zone "\"}"
#define SOON "2026-07-01T08:00:00Z"
static void aws_spot_traps(void **state)
{
    static const struct reply_case cases[] = {
        { FEED_AWS_SPOT, SPOT("p5.48xlarge", "Linux/UNIX", "us-east-1a", "21.04", SOON),
          "list hyperscaler H100 SXM US/us-east-1a spot 8 21040000 instance_hour - aws "
          "p5.48xlarge/linux" },
        { FEED_AWS_SPOT, SPOT("p5.48xlarge", "Windows", "eu-west-2c", "29.9", SOON),
          "list hyperscaler H100 SXM GB/eu-west-2c spot 8 29900000 instance_hour other_offer aws "
          "p5.48xlarge/windows" },
        { FEED_AWS_SPOT,
          SPOT("p4d.24xlarge", "Red Hat Enterprise Linux", "us-west-2-lax-1a", "9", SOON),
          "list hyperscaler A100_40 SXM US/us-west-2-lax-1a spot 8 9000000 instance_hour "
          "other_offer aws p4d.24xlarge/rhel" },
        { FEED_AWS_SPOT, SPOT("x9zz.48xlarge", "Linux/UNIX", "us-east-1a", "3.1", SOON),
          "list hyperscaler - UNKNOWN US/us-east-1a spot 0 3100000 instance_hour - aws "
          "x9zz.48xlarge/linux" },
        { FEED_AWS_SPOT, SPOT("g6f.large", "Linux/UNIX", "us-east-1a", "0.08", SOON),
          "list hyperscaler L4 PCIE US/us-east-1a spot 0 80000 instance_hour - aws "
          "g6f.large/linux" },
        /* finer than a micro: divided first, rounded once */
        { FEED_AWS_SPOT, SPOT("p5.48xlarge", "Linux/UNIX", "us-east-1a", "16.0000036", SOON),
          "list hyperscaler H100 SXM US/us-east-1a spot 8 2000000 gpu_hour - aws "
          "p5.48xlarge/linux" },
        /* holds until now: the newest of the line again, of the zone alone */
        { FEED_AWS_SPOT,
          SPOT("p5.48xlarge", "Linux/UNIX", "us-east-1a", "20", "2026-06-28T00:00:00Z") "," SPOT(
              "p5.48xlarge", "Linux/UNIX", "us-east-1a", "21", "2026-06-30T00:00:00.5Z"),
          "list hyperscaler H100 SXM US/us-east-1a spot 8 20000000 instance_hour - aws "
          "p5.48xlarge/linux; "
          "list hyperscaler H100 SXM US/us-east-1a spot 8 21000000 instance_hour - aws "
          "p5.48xlarge/linux; "
          "list hyperscaler H100 SXM US/us-east-1a spot 8 21000000 instance_hour - aws "
          "p5.48xlarge/linux" },
        { FEED_AWS_SPOT, SPOT("p5.48xlarge", "Linux/UNIX", "mars-1a", "3", SOON),
          "!OBS_BAD_ENUM AvailabilityZone" },
        { FEED_AWS_SPOT, SPOT("p5.48xlarge", "Plan 9", "us-east-1a", "3", SOON),
          "!OBS_BAD_ENUM ProductDescription" },
        { FEED_AWS_SPOT, SPOT("p5.48xlarge", "Linux/UNIX", "us-east-1a", "3", "yesterday"),
          "!OBS_BAD_TIME Timestamp" },
        { FEED_AWS_SPOT,
          SPOT("p5.48xlarge", "Linux/UNIX", "us-east-1a", "3", "2026-07-01T08:00:06Z"),
          "!OBS_BAD_TIME t_event" },
        { FEED_AWS_SPOT, SPOT("p5.48xlarge", "Linux/UNIX", "us-east-1a", "-3", SOON),
          "!OBS_BAD_PRICE price" },
        { FEED_AWS_SPOT, SPOT("p5.48xlarge", "Linux/UNIX", "us-east-1a", "", SOON),
          "!OBS_BAD_NUMBER SpotPrice" },
        { FEED_AWS_SPOT, SPOT("", "Linux/UNIX", "us-east-1a", "1", SOON),
          "!OBS_BAD_TEXT InstanceType" },
        { FEED_AWS_SPOT, "7", "!OBS_BAD_ROW item" },
        { FEED_AWS_SPOT, "{\"SpotPrice\":\"1\",\"SpotPrice\":\"2\"}", "!OBS_BAD_ROW SpotPrice" },
        { FEED_AWS_SPOT, "", "" },
    };
    (void)state;
    play(cases, ARRAY_LEN(cases));
}

static void changes_before_the_last_ask_are_old(void **state)
{
    struct feed_log l;
    struct feed_result r;
    char got[1024];
    struct text t = text_on(got, sizeof got);
    static const char text[] = "{\"SpotPriceHistory\":[" SPOT(
        "p5.48xlarge", "Linux/UNIX", "us-east-1a", "20",
        "2026-06-28T00:00:00Z") "," SPOT("p5.48xlarge", "Linux/UNIX", "us-east-1a", "21",
                                         "2026-06-30T00:00:00Z") "]}";
    (void)state;
    assert_int_equal(
        read_reply(FEED_AWS_SPOT, text, (Instant){ (AT - 3600) * NS_PER_SECOND }, &l, &r), ERR_OK);
    put_result(&l, &r, &t);
    assert_string_equal(got, "list hyperscaler H100 SXM US/us-east-1a spot 8 21000000 "
                             "instance_hour - aws p5.48xlarge/linux; ~OLD p5.48xlarge; "
                             "~OLD p5.48xlarge");
    assert_int_equal(l.log.at[0].t_event, AT * NS_PER_SECOND); /* in force at the fetch */
    feed_result_give(&r);
    feed_log_give(&l);
}

#define AZURE(more) \
    "{\"retailPrice\":88.0,\"unitOfMeasure\":\"1 Hour\",\"armSkuName\":" \
    "\"Standard_ND96isr_H100_v5\"," more "}"
#define ND "list hyperscaler H100 SXM - "
static void azure_traps(void **state)
{
    static const struct reply_case cases[] = {
        { FEED_AZURE_RETAIL, AZURE("\"type\":\"Consumption\""),
          ND "on_demand 8 88000000 instance_hour - azure ND96isr_H100_v5" },
        { FEED_AZURE_RETAIL, AZURE("\"type\":\"Reservation\",\"reservationTerm\":\"1 Year\""),
          ND "reserved_1y 8 88000000 whole_term - azure ND96isr_H100_v5" },
        { FEED_AZURE_RETAIL, AZURE("\"type\":\"Reservation\",\"reservationTerm\":\"3 Years\""),
          ND "reserved_3y 8 88000000 whole_term - azure ND96isr_H100_v5" },
        { FEED_AZURE_RETAIL, AZURE("\"type\":\"Reservation\",\"reservationTerm\":\"5 Years\""),
          "!OBS_BAD_ENUM reservationTerm" },
        { FEED_AZURE_RETAIL, AZURE("\"type\":\"DevTestConsumption\""),
          ND "on_demand 8 88000000 instance_hour devtest azure ND96isr_H100_v5/dev" },
        { FEED_AZURE_RETAIL, AZURE("\"type\":\"Consumption\",\"skuName\":\"ND96 Low Priority\""),
          ND "spot 8 88000000 instance_hour other_offer azure ND96isr_H100_v5/low" },
        { FEED_AZURE_RETAIL, AZURE("\"type\":\"Consumption\",\"meterName\":\"ND96 Spot\""),
          ND "spot 8 88000000 instance_hour - azure ND96isr_H100_v5/spot" },
        { FEED_AZURE_RETAIL,
          AZURE("\"type\":\"Consumption\",\"productName\":\"NDsr H100 v5 Series Windows\""),
          ND "on_demand 8 88000000 instance_hour other_offer azure ND96isr_H100_v5/win" },
        { FEED_AZURE_RETAIL, AZURE("\"type\":\"Consumption\",\"tierMinimumUnits\":100.0"),
          ND "on_demand 8 88000000 instance_hour other_offer azure ND96isr_H100_v5" },
        { FEED_AZURE_RETAIL,
          AZURE("\"type\":\"Consumption\",\"savingsPlan\":[{\"retailPrice\":"
                "52.8,\"term\":\"1 Year\"},{\"retailPrice\":1,\"term\":\"x\"}]"),
          ND "on_demand 8 88000000 instance_hour - azure ND96isr_H100_v5; " ND
             "reserved_1y 8 52800000 instance_hour other_offer azure ND96isr_H100_v5; "
             "!OBS_BAD_ENUM savingsPlan" },
        { FEED_AZURE_RETAIL,
          AZURE("\"type\":\"Consumption\",\"meterId\":\"m\",\"location\":\"a\"") "," AZURE(
              "\"type\":\"Consumption\",\"meterId\":\"m\",\"location\":\"b\""),
          ND "on_demand 8 88000000 instance_hour - azure ND96isr_H100_v5; "
             "~METER_TWICE Standard_ND96isr_H100_v5" },
        { FEED_AZURE_RETAIL,
          AZURE("\"type\":\"Consumption\",\"meterId\":\"m\"") "," AZURE(
              "\"type\":\"Consumption\",\"meterId\":\"m\""),
          ND "on_demand 8 88000000 instance_hour - azure ND96isr_H100_v5; ~DUPLICATE" },
        { FEED_AZURE_RETAIL, AZURE("\"type\":\"Consumption\",\"isPrimaryMeterRegion\":false"),
          "~SECONDARY_METER Standard_ND96isr_H100_v5" },
        { FEED_AZURE_RETAIL, AZURE("\"type\":\"Consumption\",\"serviceName\":\"Storage\""),
          "~OTHER_SERVICE Standard_ND96isr_H100_v5" },
        { FEED_AZURE_RETAIL,
          AZURE("\"type\":\"Consumption\",\"effectiveStartDate\":\"2026-08-01T00:00:00Z\""),
          "~NOT_YET Standard_ND96isr_H100_v5" },
        { FEED_AZURE_RETAIL, AZURE("\"type\":\"Consumption\",\"armRegionName\":\"westeurope\""),
          "list hyperscaler H100 SXM NL/westeurope on_demand 8 88000000 instance_hour - azure "
          "ND96isr_H100_v5" },
        { FEED_AZURE_RETAIL, AZURE("\"type\":\"Consumption\",\"armRegionName\":\"atlantis\""),
          "!OBS_BAD_ENUM armRegionName" },
        { FEED_AZURE_RETAIL, AZURE("\"type\":\"Gift\""), "!OBS_BAD_ENUM type" },
        { FEED_AZURE_RETAIL, AZURE("\"type\":\"Consumption\",\"currencyCode\":\"usd\""),
          "!OBS_BAD_CCY ccy" },
        { FEED_AZURE_RETAIL,
          "{\"retailPrice\":1,\"unitOfMeasure\":\"1/Month\",\"armSkuName\":\"Standard_X\","
          "\"type\":\"Consumption\"}",
          "!OBS_BAD_ENUM unitOfMeasure" },
        { FEED_AZURE_RETAIL, "{\"retailPrice\":1,\"armSkuName\":\"\",\"type\":\"Consumption\"}",
          "!OBS_BAD_TEXT armSkuName" },
        { FEED_AZURE_RETAIL,
          "{\"retailPrice\":551221.0000001,\"armSkuName\":\"Standard_ND96isr_H100_v5\",\"type\":"
          "\"Reservation\",\"reservationTerm\":\"1 Year\"}",
          ND "reserved_1y 8 7865596 gpu_hour - azure ND96isr_H100_v5" },
    };
    (void)state;
    play(cases, ARRAY_LEN(cases));
}

#define OFFER(id, more) \
    "{\"id\":" id ",\"host_id\":41,\"gpu_name\":\"H100 SXM\",\"verification\":\"verified\"," \
    "\"rentable\":true," more "}"
#define SEVEN(more) OFFER("7", "\"num_gpus\":1," more)
static void vast_traps(void **state)
{
    static const struct reply_case cases[] = {
        { FEED_VAST, OFFER("7", "\"num_gpus\":2,\"dph_total\":3.2133333333333334,\"dph_base\":3.2"),
          "quote marketplace H100 SXM - on_demand 2 1606667 gpu_hour verified+capacity+rounded "
          "vast:41 7" },
        { FEED_VAST, OFFER("7", "\"num_gpus\":8,\"dph_total\":16,\"geolocation\":\"Virginia, US\""),
          "quote marketplace H100 SXM US on_demand 8 16000000 instance_hour verified+capacity "
          "vast:41 7" },
        { FEED_VAST, OFFER("7", "\"num_gpus\":1,\"dph_total\":2,\"geolocation\":\"\""),
          "quote marketplace H100 SXM - on_demand 1 2000000 instance_hour verified+capacity "
          "vast:41 7" },
        { FEED_VAST, OFFER("7", "\"num_gpus\":1,\"dph_total\":2,\"geolocation\":\"somewhere\""),
          "!OBS_BAD_ENUM geolocation" },
        { FEED_VAST, OFFER("7", "\"num_gpus\":1,\"dph_total\":1,\"is_bid\":true,\"rented\":true"),
          "quote marketplace H100 SXM - spot 1 1000000 instance_hour verified+no_capacity+bid "
          "vast:41 7" },
        /* the cursor ties: the same offer again with another score; then at another price */
        { FEED_VAST,
          SEVEN("\"dph_total\":2,\"score\":1") "," SEVEN("\"dph_total\":2,\"score\":2") "," SEVEN(
              "\"dph_total\":2.5"),
          "quote marketplace H100 SXM - on_demand 1 2000000 instance_hour verified+capacity "
          "vast:41 7; quote marketplace H100 SXM - on_demand 1 2500000 instance_hour "
          "verified+capacity vast:41 7; ~OFFER_TWICE 7" },
        { FEED_VAST,
          "{\"id\":8,\"host_id\":5,\"gpu_name\":\"H200\",\"num_gpus\":1,\"dph_total\":3,"
          "\"verification\":\"deverified\",\"rentable\":true}",
          "quote marketplace H200 UNKNOWN - on_demand 1 3000000 instance_hour "
          "unverified+capacity vast:5 8" },
        { FEED_VAST,
          "{\"id\":8,\"host_id\":5,\"gpu_name\":\"A100 PCIE\",\"gpu_ram\":40960,\"num_gpus\":1,"
          "\"dph_total\":1}",
          "quote marketplace A100_40 PCIE - on_demand 1 1000000 instance_hour "
          "unverified+capacity vast:5 8" },
        { FEED_VAST,
          "{\"id\":8,\"host_id\":5,\"gpu_name\":\"A100 SXM4\",\"num_gpus\":1,\"dph_total\":1}",
          "!OBS_BAD_ENUM gpu_name" }, /* which of the two? */
        { FEED_VAST,
          "{\"id\":8,\"host_id\":5,\"gpu_name\":\"A100X\",\"num_gpus\":1,\"dph_total\":1}",
          "!OBS_BAD_ENUM gpu_name" },
        { FEED_VAST, "{\"id\":8,\"gpu_name\":\"H100 SXM\",\"num_gpus\":1,\"dph_total\":1}",
          "!OBS_NO_OWNER host_id" },
        { FEED_VAST, OFFER("7", "\"num_gpus\":0,\"dph_total\":1"), "!OBS_BAD_NUMBER num_gpus" },
        { FEED_VAST, OFFER("7", "\"num_gpus\":1"), "!OBS_BAD_NUMBER dph_total" },
        { FEED_VAST, OFFER("7", "\"num_gpus\":1,\"dph_total\":1,\"resource_type\":\"disk\""),
          "~OTHER_SERVICE 7" },
    };
    (void)state;
    play(cases, ARRAY_LEN(cases));
}

#define LAST "\"num_gpus\":1,\"dph_total\":3"
static void vast_comes_by_lines_too(void **state)
{
    struct feed_log l;
    struct feed_result r;
    char got[1024];
    struct text t = text_on(got, sizeof got);
    static const char *const lines[] = { SEVEN("\"dph_total\":2") "\r\n\n{cut\n",
                                         "{\"offers\":[" OFFER("8", LAST) "]}\n",
                                         SEVEN("\"dph_total\":2") "\n" };
    char text[1024];
    snprintf(text, sizeof text, "%s%s%s", lines[0], lines[1], lines[2]);
    (void)state;
    assert_int_equal(read_reply(FEED_VAST, text, (Instant){ 0 }, &l, &r), ERR_OK);
    put_result(&l, &r, &t);
    assert_string_equal(got, "quote marketplace H100 SXM - on_demand 1 2000000 instance_hour "
                             "verified+capacity vast:41 7; "
                             "quote marketplace H100 SXM - on_demand 1 3000000 instance_hour "
                             "verified+capacity vast:41 8; ~DUPLICATE; !OBS_BAD_ROW line");
    assert_int_equal(r.refused[0].line, 3);
    assert_int_equal(r.skipped[0].line, 5);
    feed_result_give(&r);
    feed_log_give(&l);
}

#define POD(more) "{\"id\":\"NVIDIA H100 80GB HBM3\",\"memoryInGb\":80," more "}"
#define PODS "list neocloud H100 SXM - "
static void runpod_traps(void **state)
{
    static const struct reply_case cases[] = {
        { FEED_RUNPOD, POD("\"securePrice\":2.99,\"communityPrice\":0,\"clusterPrice\":3.19"),
          PODS "on_demand 1 2990000 gpu_hour - runpod secure; " PODS
               "on_demand 1/16 3190000 gpu_hour - runpod cluster; ~NOT_OFFERED community" },
        { FEED_RUNPOD, POD("\"communityPrice\":0.5"),
          PODS "on_demand 1 500000 gpu_hour placeholder runpod community" },
        { FEED_RUNPOD, POD("\"communityPrice\":\"0.50\",\"securePrice\":0.5"),
          PODS "on_demand 1 500000 gpu_hour - runpod secure; " PODS
               "on_demand 1 500000 gpu_hour placeholder runpod community" },
        { FEED_RUNPOD, POD("\"oneWeekPrice\":2,\"oneMonthPrice\":null,\"threeMonthPrice\":2.4"),
          PODS "reserved_3m 1 2400000 gpu_hour - runpod three_month; ~NO_TERM one_week; "
               "~NO_DATA one_month" },
        { FEED_RUNPOD,
          POD("\"securePrice\":3,\"lowestPrice\":{\"minimumBidPrice\":1.25,\"stockStatus\":"
              "\"Low\"}"),
          PODS "on_demand 1 3000000 gpu_hour capacity runpod secure; " PODS
               "spot 1 1250000 gpu_hour capacity+bid runpod min_bid" },
        { FEED_RUNPOD, POD("\"securePrice\":\"cheap\""), "!OBS_BAD_NUMBER secure" },
        { FEED_RUNPOD, POD("\"securePrice\":-1"), "!OBS_BAD_PRICE price" },
        { FEED_RUNPOD, "{\"id\":\"NVIDIA B200\",\"displayName\":\"B200 SXM\",\"securePrice\":5}",
          "list neocloud B200 SXM - on_demand 1 5000000 gpu_hour - runpod secure" },
        { FEED_RUNPOD, "{\"id\":\"NVIDIA GeForce RTX 4090\",\"securePrice\":0.3}",
          "!OBS_BAD_ENUM id" },
    };
    (void)state;
    play(cases, ARRAY_LEN(cases));
}

#define LAMBDA(type, text, cents, gpus, regions) \
    "\"" type "\":{\"instance_type\":{\"name\":\"" type "\",\"gpu_description\":\"" text \
    "\",\"price_cents_per_hour\":" cents ",\"specs\":{\"gpus\":" gpus "}}," \
    "\"regions_with_capacity_available\":[" regions "]}"
static void lambda_traps(void **state)
{
    static const struct reply_case cases[] = {
        { FEED_LAMBDA, LAMBDA("gpu_8x_h100_sxm5", "", "3592", "8", "{\"name\":\"us-east-1\"}"),
          "quote neocloud H100 SXM US/us-east-1 on_demand 8 35920000 instance_hour capacity "
          "lambda gpu_8x_h100_sxm5" },
        { FEED_LAMBDA,
          LAMBDA("gpu_8x_h100_sxm5", "", "2400", "8", "\"us-west-1\",\"europe-central-1\""),
          "quote neocloud H100 SXM US/us-west-1 on_demand 8 24000000 instance_hour capacity "
          "lambda gpu_8x_h100_sxm5; quote neocloud H100 SXM DE/europe-central-1 on_demand 8 "
          "24000000 instance_hour capacity lambda gpu_8x_h100_sxm5" },
        { FEED_LAMBDA, LAMBDA("gpu_8x_h100_sxm5", "", "2400", "8", ""),
          "list neocloud H100 SXM - on_demand 8 24000000 instance_hour no_capacity lambda "
          "gpu_8x_h100_sxm5" },
        { FEED_LAMBDA, LAMBDA("gpu_8x_h100_sxm5", "", "2400", "4", ""), "!OBS_BAD_NUMBER gpus" },
        { FEED_LAMBDA, LAMBDA("gpu_8x_h100_sxm5", "", "24.5", "8", ""),
          "!OBS_BAD_NUMBER price_cents_per_hour" },
        { FEED_LAMBDA, LAMBDA("gpu_8x_h100_sxm5", "", "2400", "8", "\"moon-1\""),
          "!OBS_BAD_ENUM region" },
        { FEED_LAMBDA, LAMBDA("gpu_4x_new", "B200 (180 GB SXM6)", "1000", "4", ""),
          "list neocloud B200 SXM - on_demand 4 10000000 instance_hour no_capacity lambda "
          "gpu_4x_new" },
        { FEED_LAMBDA, LAMBDA("gpu_4x_other", "Riddle", "1000", "4", ""),
          "list neocloud - UNKNOWN - on_demand 0 10000000 instance_hour no_capacity lambda "
          "gpu_4x_other" },
    };
    (void)state;
    play(cases, ARRAY_LEN(cases));
}

#define MODEL(id, pricing) "{\"id\":\"" id "\",\"pricing\":{" pricing "}}"
#define WINDOW(from, to, price) \
    "{\"utc_start\":" #from ",\"utc_end\":" #to ",\"prompt\":\"" price "\"}"
#define LISTED "list aggregator - UNKNOWN - token 0 "
static void openrouter_traps(void **state)
{
    static const struct reply_case cases[] = {
        { FEED_OPENROUTER,
          MODEL("m/x", "\"prompt\":\"0.00001\",\"completion\":\"0.00005\","
                       "\"input_cache_read\":\"0.000001\""),
          LISTED "10000000 mtoken - m - x input; " LISTED "50000000 mtoken - m - x output; " LISTED
                 "1000000 mtoken - m - x cached" },
        { FEED_OPENROUTER, MODEL("r/auto", "\"prompt\":\"-1\",\"completion\":\"-1\""),
          LISTED "-1000000000000 mtoken - r - auto input; " LISTED
                 "-1000000000000 mtoken - r - auto output" },
        { FEED_OPENROUTER, MODEL("m/x:free", "\"prompt\":\"0\",\"completion\":\"0\""),
          LISTED "0 mtoken - m free x:free input; " LISTED "0 mtoken - m free x:free output" },
        { FEED_OPENROUTER,
          MODEL("m/x", "\"prompt\":\"0.000003\",\"completion\":\"0.000006\",\"overrides\":[" WINDOW(
                           1600, 400, "0.000001") "," WINDOW(400, 1600, "0.000002") "]"),
          LISTED "1500000 mtoken - m - x input; " LISTED "6000000 mtoken - m - x output" },
        { FEED_OPENROUTER, /* a minute short */
          MODEL("m/x", "\"prompt\":\"0.000003\",\"overrides\":[" WINDOW(
                           1600, 359, "0.000001") "," WINDOW(400, 1600, "0.000002") "]"),
          LISTED "3000000 mtoken tod_gap m - x input; ~NO_DATA completion" },
        { FEED_OPENROUTER, /* a minute twice */
          MODEL("m/x", "\"prompt\":\"0.000003\",\"overrides\":[" WINDOW(
                           1600, 401, "0.000001") "," WINDOW(400, 1600, "0.000002") "]"),
          LISTED "3000000 mtoken tod_gap m - x input; ~NO_DATA completion" },
        { FEED_OPENROUTER, /* start and end equal: nothing, or all day? */
          MODEL("m/x", "\"prompt\":\"0.000003\",\"overrides\":[" WINDOW(0, 0, "0.000001") "]"),
          LISTED "3000000 mtoken tod_gap m - x input; ~NO_DATA completion" },
        { FEED_OPENROUTER, /* 2400 is the day's end */
          MODEL("m/x", "\"prompt\":\"0.000003\",\"overrides\":[" WINDOW(0, 2400, "0.000001") "]"),
          LISTED "1000000 mtoken - m - x input; ~NO_DATA completion" },
        { FEED_OPENROUTER,
          MODEL("m/x", "\"prompt\":\"0.000003\",\"overrides\":[" WINDOW(1260, 100, "0.000001") "]"),
          LISTED "3000000 mtoken tod_gap m - x input; ~NO_DATA completion" },
        { FEED_OPENROUTER, MODEL("m/x", "\"prompt\":\"0.0000000000005\""),
          LISTED "0 mtoken rounded m - x input; ~NO_DATA completion" },
        { FEED_OPENROUTER,
          MODEL("m/a-name-that-is-longer-than-thirty-one", "\"prompt\":\"0.000001\""),
          LISTED
          "1000000 mtoken - m - a-name-that-is-longer-~e8d24046 input; ~NO_DATA completion" },
        { FEED_OPENROUTER, MODEL("no-maker", "\"prompt\":\"1\""), "!OBS_BAD_TEXT id" },
        { FEED_OPENROUTER, MODEL("m/x", "\"prompt\":\"free\""), "!OBS_BAD_NUMBER prompt" },
        { FEED_OPENROUTER, "{\"id\":\"m/x\"}", "!OBS_BAD_ROW pricing" },
        { FEED_OPENROUTER,
          "{\"id\":\"m/x\",\"endpoints\":[{\"provider_name\":\"Host One\",\"pricing\":{\"prompt\":"
          "\"0.000001\",\"completion\":\"0.000002\"}},{\"pricing\":{}}]}",
          "list neocloud - UNKNOWN - token 0 1000000 mtoken - Host_One - x input; "
          "list neocloud - UNKNOWN - token 0 2000000 mtoken - Host_One - x output; "
          "!OBS_BAD_ROW endpoints" },
    };
    (void)state;
    play(cases, ARRAY_LEN(cases));
}

static void litellm_traps(void **state)
{
    static const struct reply_case cases[] = {
        { FEED_LITELLM,
          "\"azure/m\":{\"litellm_provider\":\"azure\",\"input_cost_per_token\":2.5e-06,"
          "\"output_cost_per_token\":1E-5,\"cache_read_input_token_cost\":2.5e-7}",
          "list hyperscaler - UNKNOWN - token 0 2500000 mtoken - azure azure/m m input; "
          "list hyperscaler - UNKNOWN - token 0 10000000 mtoken - azure azure/m m output; "
          "list hyperscaler - UNKNOWN - token 0 250000 mtoken - azure azure/m m cached" },
        { FEED_LITELLM,
          "\"m\":{\"litellm_provider\":\"p\",\"input_cost_per_token\":1.25125125e-07,"
          "\"output_cost_per_token\":null}",
          "list neocloud - UNKNOWN - token 0 125125 mtoken rounded p m m input; "
          "~NO_DATA output_cost_per_token" },
        { FEED_LITELLM, "\"m\":{\"litellm_provider\":\"p\",\"output_cost_per_image\":0.04}",
          "~NO_PRICE m" },
        { FEED_LITELLM, "\"sample_spec\":{\"input_cost_per_token\":0}", "~EXAMPLE sample_spec" },
        { FEED_LITELLM, "\"m\":{\"input_cost_per_token\":1e-6}", "!OBS_NO_OWNER litellm_provider" },
        { FEED_LITELLM, "\"m\":{\"litellm_provider\":\"p\",\"input_cost_per_token\":\"a lot\"}",
          "!OBS_BAD_NUMBER input_cost_per_token" },
        { FEED_LITELLM, "\"m\":{\"litellm_provider\":\"p\",\"input_cost_per_token\":1e300}",
          "!OBS_BAD_NUMBER input_cost_per_token" },
        { FEED_LITELLM, "\"m\":[]", "!OBS_BAD_ROW item" },
    };
    (void)state;
    play(cases, ARRAY_LEN(cases));
}

/* ---- whole replies ---- */

static void replies_of_another_form_are_refused(void **state)
{
    static const struct { enum feed_format format; const char *text, *want; } cases[] = {
        { FEED_LAMBDA, "", "f.json:1: byte 0: ends too early" },
        { FEED_LAMBDA, "{\"data\":\n{\"a\":", "f.json:2: byte 14: ends too early" },
        { FEED_LAMBDA, "{\"offers\":[]}", "f.json:1: data: no such list in the reply" },
        { FEED_LAMBDA, "{\"data\":3}", "f.json:1: data: no such list in the reply" },
        { FEED_LAMBDA, "7", "f.json:1: byte 1: not a list or an object" },
        { FEED_LAMBDA, "{} {}", "f.json:1: byte 3: bytes behind the end" },
        { FEED_AWS_SPOT, "{\"a\":01}", "f.json:1: byte 5: not a JSON value" },
        { FEED_RUNPOD, "{\"data\":{}}", "f.json:1: data: no such list in the reply" },
    };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        struct feed_log l;
        struct feed_result r;
        assert_int_equal(read_reply(cases[i].format, cases[i].text, (Instant){ 0 }, &l, &r),
                         ERR_INPUT);
        assert_string_equal(why.text, cases[i].want);
        assert_null(l.memory);
    }
    const struct feed_ask timeless = { .format = FEED_VAST };
    struct feed_log l;
    struct feed_result r;
    assert_int_equal(feed_parse(&timeless, "f", "{}", 2, &l, &r, &why), ERR_INPUT);
}

/* ---- the catalogue ---- */

static void the_catalogue_answers(void **state)
{
    static const struct {
        const char *provider, *type;
        i64 gpus, slice;
        u8 class, form;
    } cases[] = {
        { "aws", "p5.48xlarge", 8, 0, GPU_H100, GPU_FORM_SXM },
        { "aws", "g6f.2xlarge", 0, 4, GPU_L4, GPU_FORM_PCIE },
        { "azure", "Standard_NC40ads_H100_v5", 1, 0, GPU_H100, GPU_FORM_NVL },
        { "azure", "Standard_NV6ads_A10_v5", 0, 6, GPU_A10, GPU_FORM_PCIE },
        { "gcp", "a2-megagpu-16g", 16, 0, GPU_A100_40, GPU_FORM_SXM },
        { "vultr", "vbm-256c-2048gb-8-mi300x-gpu", 8, 0, GPU_MI300X, GPU_FORM_UNKNOWN },
        { "oci", "BM.GPU.B200.8", 8, 0, GPU_B200, GPU_FORM_SXM },
    };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        const struct instance *r =
            instance_of(&catalogue, cases[i].provider, str_of(cases[i].type));
        if (!r) fail_msg("%s %s: not there", cases[i].provider, cases[i].type);
        assert_int_equal(r->gpus, cases[i].gpus);
        assert_int_equal(r->slice_of, cases[i].slice);
        assert_int_equal(r->gpu_class, cases[i].class);
        assert_int_equal(r->form, cases[i].form);
    }
    assert_null(instance_of(&catalogue, "aws", STR("p5.48xlarg")));
    assert_null(instance_of(&catalogue, "aws", STR("p5.48xlargee")));
    assert_null(instance_of(&catalogue, "gcp", STR("p5.48xlarge")));
    assert_null(instance_of(&catalogue, "", STR("")));
    for (i64 i = 0; i < catalogue.rows_n; i++) /* every row finds itself */
        assert_ptr_equal(
            instance_of(&catalogue, catalogue.rows[i].provider, str_of(catalogue.rows[i].type)),
            &catalogue.rows[i]);
}

static void the_catalogue_is_checked(void **state)
{
    struct instance rows[2] = { { "aws", "a", GPU_H100, GPU_FORM_SXM, 8, 0, 0, STANDING_PUB },
                                { "aws", "b", GPU_H100, GPU_FORM_SXM, 8, 0, 0, STANDING_PUB } };
    (void)state;
    assert_null(instance_fault(rows, 0));
    assert_null(instance_fault(rows, 1));
    rows[1].type[0] = 'a';
    assert_string_equal(instance_fault(rows, 1), "stands twice");
    rows[0].type[0] = 'c';
    assert_string_equal(instance_fault(rows, 1), "out of order: rows rise by provider, then type");
    rows[0].gpus = 0;
    assert_string_equal(instance_fault(rows, 0), "gpus 0 needs slice_of");
    rows[0].gpus = 1, rows[0].slice_of = 2;
    assert_string_equal(instance_fault(rows, 0), "a slice has gpus 0");
}

/* ---- a source's state ---- */

static void states_come_back(void **state)
{
    char folder[] = "/tmp/hedgerow-state-XXXXXX", path[64];
    struct collect_state a = { .asked = { AT * NS_PER_SECOND }, .etag = "\"v 1\"",
                               .modified = "Wed, 01 Jul 2026 06:00:00 GMT", .replies_n = 2 };
    struct collect_state b;
    (void)state;
    memset(&a.replies[0], 7, 2 * sizeof(Hash));
    assert_non_null(mkdtemp(folder));
    assert_int_equal(collect_folders(folder, &why), ERR_OK);
    assert_int_equal(collect_state_read(folder, "s", "http://x", &b, &why), ERR_OK);
    assert_int_equal(b.asked.ns, 0);
    assert_int_equal(collect_state_write(folder, "s", "http://x", &a, &why), ERR_OK);
    assert_int_equal(collect_state_read(folder, "s", "http://x", &b, &why), ERR_OK);
    assert_memory_equal(&a, &b, sizeof a);
    assert_int_equal(collect_state_read(folder, "s", "http://y", &b, &why), ERR_OK);
    assert_int_equal(b.asked.ns, 0); /* of another address: nothing is known */
    snprintf(path, sizeof path, "%s/state/s", folder);
    assert_int_equal(file_write_atomic(path, "asked never\n", 12, &why), ERR_OK);
    assert_int_equal(collect_state_read(folder, "s", "http://x", &b, &why), ERR_INPUT);
    char command[96];
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_are_exact),
        cmocka_unit_test(what_is_no_decimal_is_none),
        cmocka_unit_test(rounding_agrees_with_long_division),
        cmocka_unit_test(aws_spot_traps),
        cmocka_unit_test(changes_before_the_last_ask_are_old),
        cmocka_unit_test(azure_traps),
        cmocka_unit_test(vast_traps),
        cmocka_unit_test(vast_comes_by_lines_too),
        cmocka_unit_test(runpod_traps),
        cmocka_unit_test(lambda_traps),
        cmocka_unit_test(openrouter_traps),
        cmocka_unit_test(litellm_traps),
        cmocka_unit_test(replies_of_another_form_are_refused),
        cmocka_unit_test(the_catalogue_answers),
        cmocka_unit_test(the_catalogue_is_checked),
        cmocka_unit_test(states_come_back),
    };
    return cmocka_run_group_tests(tests, load_catalogue, NULL);
}
