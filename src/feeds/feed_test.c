#include "feeds/feed.h"
#include "base/random.h"
#include "feeds/csv.h"
#include "feeds/obs_file.h"
#include "feeds/series.h"
#include "market.h"
#include "sys/file.h"
#include "test.h"
#include <stdlib.h>
#include <unistd.h>

static struct why why;
static const struct feed_ask generic = { .format = FEED_GENERIC };

/* ---- CSV ---- */

struct piece { const char *at; u32 n, step; };
static u32 read_piece(void *from, char *to, u32 cap)
{
    struct piece *p = from;
    u32 n = p->n < p->step ? p->n : p->step;
    if (n > cap) n = cap;
    memcpy(to, p->at, n);
    p->at += n, p->n -= n;
    return n;
}

/* Rows as "a|b|c;" with "!fault;" for a row at fault, "@line" before it when the line is not its
 * number. */
static void csv_reads(void **state)
{
    static const struct { const char *in, *want; } cases[] = {
        { "a,b\n1,2\n", "a|b;1|2;" },
        { "a,b\r\n1,2\r\n", "a|b;1|2;" },
        { "\xef\xbb\xbf" "a,b\n1,2", "a|b;1|2;" },
        { "a\n\n\n1\n", "a;@41;" },
        { "a,\n,b\n", "a|;|b;" },
        { "\"a,b\",\"c\"\"d\"\n", "a,b|c\"d;" },
        { "\"a\nb\",c\nd\n", "a\nb|c;@3d;" },
        { "a\"b\nc\n", "!1;c;" },
        { "\"a\"b\nc\n", "!1;c;" },
        { "\"a\nb", "!4;" },
        { "a,\"\"\n", "a|;" },
        { "", "" },
    };
    (void)state;
    struct csv *c = malloc(sizeof *c);
    for (u32 i = 0; i < ARRAY_LEN(cases); i++)
        for (u32 step = 1; step < 8; step++) { /* in pieces of every size */
            struct piece p = { cases[i].in, (u32)strlen(cases[i].in), step };
            char got[256];
            struct text t = text_on(got, sizeof got);
            csv_open(c, (struct csv_source){ read_piece, &p });
            for (u32 row = 1; csv_next(c); row++) {
                if (c->line != row) text_put_char(&t, '@'), text_put_u64(&t, c->line);
                if (c->fault) {
                    text_put_char(&t, '!'), text_put_u64(&t, c->fault), text_put_char(&t, ';');
                    continue;
                }
                for (u32 k = 0; k < c->cells; k++) {
                    if (k) text_put_char(&t, '|');
                    text_put_str(&t, c->cell[k]);
                }
                text_put_char(&t, ';');
            }
            if (step >= 3 || i != 2)
                assert_string_equal(got, cases[i].want); /* a BOM in one piece */
        }
    free(c);
}

static void csv_has_bounds(void **state)
{
    (void)state;
    struct csv *c = malloc(sizeof *c);
    char *big = malloc(300000);
    memset(big, 'x', 300000);
    big[200000] = '\n', big[299999] = '\n';
    struct piece p = { big, 300000, 65536 };
    csv_open(c, (struct csv_source){ read_piece, &p });
    assert_true(csv_next(c));
    assert_int_equal(c->fault, CSV_LONG);
    assert_true(csv_next(c)); /* the next row stands on its own */
    assert_int_equal(c->line, 2);
    memset(big, ',', 200);
    big[200] = '\n', big[201] = 'a', big[202] = '\n';
    p = (struct piece){ big, 203, 65536 };
    csv_open(c, (struct csv_source){ read_piece, &p });
    assert_true(csv_next(c));
    assert_int_equal(c->fault, CSV_CELLS);
    assert_true(csv_next(c));
    assert_true(str_is(c->cell[0], "a"));
    free(big);
    free(c);
}

/* ---- rows ---- */

#define OFFERS_HEAD \
    "observed_at,provider,region,gpu,form_factor,vram_gb,gpu_count,price_usd_per_instance_hour," \
    "price_usd_per_gpu_hour,term,kind,offer_id,host_id,verification,reliability,source\n"

/* What a row of the offers becomes: "kind channel class form region term price quality key day". */
static const struct { const char *row, *want; } offers[] = {
    { "2026-08-22,aws,,H100,SXM,80,8,98.32,12.29,on_demand,posted:on-demand,,,,,adriannutiu@a",
      "list hyperscaler H100 SXM - on_demand 12290000 no_time on-demand 2026-08-22 cc_by" },
    { "2026-08-22,gcp,,H100,,80,1,9.8,9.796550569,on_demand,posted:on-demand,,,,,adriannutiu@a",
      "list hyperscaler H100 UNKNOWN - on_demand 9796551 no_time on-demand 2026-08-22 cc_by" },
    { "2026-08-22,modal,,H100,,80,1,3,3.9492000000000003,on_demand,posted:serverless,,,,,x@a",
      "list neocloud H100 UNKNOWN - on_demand 3949200 serverless+rounded+no_time serverless "
      "2026-08-22 unknown" },
    { "2026-07-09,vultr,,H100,SXM,80,8,1,2.3,on_demand,posted:on-demand:carried_from_2026-07-08,"
      ",,,,adriannutiu@a",
      "list neocloud H100 SXM - on_demand 2300000 carried+no_time on-demand 2026-07-08 cc_by" },
    { "2026-02-27,vast.ai,; CN,A100,PCIE,40.0,1,1,0.242222,on_demand,marketplace_offer,31422446,"
      "61866,unverified,0.9,ccir@c",
      "quote marketplace A100_40 PCIE CN on_demand 242222 unverified+capacity+no_time 31422446 "
      "2026-02-27 cc_by" },
    { "2026-02-27,vast.ai,Virginia; US,H100,SXM,80,1,1,2,on_demand,marketplace_offer:rented,7,1,"
      "verified,0.9,ccir@c",
      "quote marketplace H100 SXM US on_demand 2000000 verified+no_capacity+no_time 7 2026-02-27 "
      "cc_by" },
    { "2026-02-27,vast.ai,,H100,SXM,80,1,1,2,spot,marketplace_min_bid,7,1,verified,0.9,ccir@c",
      "list aggregator H100 SXM - spot 2000000 no_time 7 2026-02-27 cc_by" },
    { "2025-10-19,crusoecloud,,A100,PCIE,80,,,1.65,mixed,aggregate_min_via_primeintellect,,,,,"
      "tugot17@7",
      "list aggregator A100_80 PCIE - mixed 1650000 no_time min_via_primeintellect "
      "2025-10-19 open" },
    { "2022-02-09,gcp,us-central1,A100,SXM,40,8,23.5,2.9,reserved,list:a2-highgpu-8g:cud1y,,,,,"
      "cyclenerd@d",
      "list hyperscaler A100_40 SXM US/us-central1 reserved_1y 2900000 no_time a2-highgpu-8g "
      "2022-02-09 open" },
    { "2022-02-09,gcp,europe-west12,A100,SXM,40,8,2,2.9,reserved,"
      "list:m:cud3y:suspect,,,,,cyclenerd@d",
      "list hyperscaler A100_40 SXM IT/europe-west12 reserved_3y 2900000 placeholder+no_time m "
      "2022-02-09 open" },
    { "2026-03-03,runpod,global,H100,SXM,,1,,0.5,on_demand,posted:community,,,,,adriannutiu@a",
      "list neocloud H100 SXM - on_demand 500000 placeholder+no_time community 2026-03-03 cc_by" },
    { "2026-03-03,runpod,global,H100,SXM,,1,,1.49,on_demand,rate_card:secure,,,,,ccir@c",
      "list neocloud H100 SXM - on_demand 1490000 no_time secure 2026-03-03 cc_by" },
    { "2026-03-03,runpod,,A100,SXM,,1,,1.49,on_demand,rate_card:secure,,,,,ccir@c",
      "!OBS_BAD_ENUM gpu" },
    { "2026-03-03,runpod,,H900,SXM,,1,,1.49,on_demand,rate_card:secure,,,,,ccir@c",
      "!OBS_BAD_ENUM gpu" },
    { "2026-03-03,runpod,,H100,SXM,,1,,,on_demand,rate_card:secure,,,,,ccir@c",
      "!OBS_BAD_NUMBER price_usd_per_gpu_hour" },
    { "2026-03-03,runpod,,H100,SXM,,1,,-1.49,on_demand,rate_card:secure,,,,,ccir@c",
      "!OBS_BAD_PRICE price" },
    { "2026-03-03,runpod,,H100,SXM,,1,,NULL,on_demand,rate_card:secure,,,,,ccir@c",
      "!OBS_BAD_NUMBER price_usd_per_gpu_hour" },
    { "2026-03-03,runpod,,H100,SXM,,1,,\"1,149\",on_demand,rate_card:secure,,,,,ccir@c",
      "!OBS_BAD_NUMBER price_usd_per_gpu_hour" },
    { "3/3/26,runpod,,H100,SXM,,1,,1.49,on_demand,rate_card:secure,,,,,ccir@c",
      "!OBS_BAD_TIME observed_at" },
    { "2026-03-03,runpod,,H100,SXM,,99999,,1.49,on_demand,rate_card:secure,,,,,ccir@c",
      "!OBS_BAD_NUMBER gpu_count" },
    { "2026-03-03,gcp,mars-north1,H100,SXM,,1,,1.49,on_demand,list:m,,,,,cyclenerd@c",
      "!OBS_BAD_ENUM region" },
    { "2026-03-03,gcp,us-east4,H100,SXM,,1,,1.49,reserved,list:m,,,,,cyclenerd@c",
      "!OBS_BAD_ENUM term" },
    { "2026-03-03,gcp,us-east4,H100,SXM,,1,,1.49,on_demand,list:m:cud1y,,,,,cyclenerd@c",
      "!OBS_BAD_ENUM term" },
    { "2026-03-03,gcp,us-east4,H100,SXM,,1,,1.49,on_demand,dream,,,,,cyclenerd@c",
      "!OBS_BAD_ENUM kind" },
    { "2026-03-03,two words,,H100,SXM,,1,,1.49,on_demand,list:m,,,,,cyclenerd@c",
      "!OBS_BAD_TEXT provider" },
    { "2026-03-03,gcp,,H100", "!OBS_BAD_ROW row" },
};

static void offer_text(const struct obs_log *log, struct text *t)
{
    const struct observation *o = &log->at[0];
    char line[1024], *word, *save;
    struct text lt = text_on(line, sizeof line);
    static const u8 show[] = { 1, 2, 9, 10, 11, 12 };
    const char *words[32];
    u32 k = 0;
    observation_put(log, o, &lt);
    for (word = strtok_r(line, " ", &save); word; word = strtok_r(NULL, " ", &save))
        words[k++] = word;
    for (u32 s = 0; s < ARRAY_LEN(show); s++) text_put(t, words[show[s]]), text_put_char(t, ' ');
    text_put_i64(t, o->price);
    text_put_char(t, ' ');
    text_put(t, words[25]); /* quality */
    text_put_char(t, ' ');
    text_put_str(t, names_text(&log->names, o->key));
    text_put_char(t, ' ');
    text_put_date(t, date_at((Instant){ o->t_event }));
    text_put_char(t, ' ');
    text_put(t, list_text(RIGHTS, o->rights));
}

static void offers_become_observations(void **state)
{
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(offers); i++) {
        char text[2048], got[512];
        struct feed_log l;
        struct feed_result r;
        int n = snprintf(text, sizeof text, "%s%s\n", OFFERS_HEAD, offers[i].row);
        assert_int_equal(feed_parse(&(struct feed_ask){ .format = FEED_GPU_OFFERS }, "t", text,
                                    (u64)n, &l, &r, &why),
                         ERR_OK);
        assert_int_equal(r.rows, 1);
        struct text t = text_on(got, sizeof got);
        if (r.refused_n) {
            text_put_char(&t, '!');
            text_put(&t, list_text(OBS_REJECT, r.refused[0].code));
            text_put_char(&t, ' ');
            text_put(&t, r.refused[0].column);
            assert_string_equal(r.refused[0].raw, offers[i].row); /* kept as it was */
            assert_int_equal(r.refused[0].line, 2);
        } else {
            offer_text(&l.log, &t);
        }
        assert_string_equal(got, offers[i].want);
        feed_result_give(&r);
        feed_log_give(&l);
    }
}

#define GENERIC_HEAD \
    "t_event,source,kind,channel,provider,gpu_class,term,gpus,price,raw_unit,ccy,rights,size\n"
#define GENERIC_ROW \
    "2026-07-01T08:00:00Z,tape,trade,neocloud,p,H100,on_demand,8,2.8,gpu_hour,USD,open,1000\n"

static void headers_are_strict(void **state)
{
    static const struct { const char *text, *want; } cases[] = {
        { "", "f.csv:1: header: the file is empty" },
        { "t_event,colour\n", "f.csv:1: colour: unknown column" },
        { "t_event,t_event\n", "f.csv:1: t_event: the same column twice" },
        { "t_event,source\n", "f.csv:1: kind: column missing" },
        { "\"t_event\n", "f.csv:1: header: a quote that is never closed" },
    };
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        struct feed_log l;
        struct feed_result r;
        assert_int_equal(
            feed_parse(&generic, "f.csv", cases[i].text, strlen(cases[i].text), &l, &r, &why),
            ERR_INPUT);
        assert_string_equal(why.text, cases[i].want);
        assert_null(l.memory);
    }
}

static void columns_map_and_duplicates_collapse(void **state)
{
    static const struct feed_map maps[] = { { "when", "t_event" },
                                            { "note", "-" },
                                            { "usd", "price" } };
    const struct feed_ask ask = { .format = FEED_GENERIC, .maps = maps, .maps_n = 3 };
    static const char text[] =
        "when,note,source,kind,channel,provider,gpu_class,term,gpus,usd,raw_unit,ccy,rights,size\n"
        "2026-07-01T08:00:00Z,x,tape,trade,neocloud,p,H100,on_demand,8,2.8,gpu_hour,USD,open,1000\n"
        "2026-07-01T08:00:00Z,x,tape,trade,neocloud,p,H100,on_demand,8,2.8,gpu_hour,USD,open,1000\n"
        "2026-07-01T08:00:00Z,x,tape,trade,neocloud,p,H100,on_demand,8,2.9,gpu_hour,USD,open,1000\n"
        "2026-06-30T08:00:00Z,x,tape,trade,neocloud,p,H100,on_demand,8,2.9,gpu_hour,USD,open,1000\n"
        "2026-07-01T08:00:06Z,x,tape,trade,neocloud,p,H100,on_demand,8,9,gpu_hour,USD,perhaps,1\n";
    struct feed_log l;
    struct feed_result r;
    (void)state;
    assert_int_equal(feed_parse(&ask, "f", text, sizeof text - 1, &l, &r, &why), ERR_OK);
    assert_int_equal(r.rows, 5);
    assert_int_equal(r.taken, 3);
    assert_int_equal(r.duplicates, 1);
    assert_int_equal(r.by_code[OBS_REJECT_BAD_ENUM], 1);
    assert_int_equal(l.log.at[2].t_journal,
                     l.log.at[1].t_journal); /* an older day: late, in its place */
    assert_true(l.log.at[2].t_event < l.log.at[1].t_event);
    Hash whole = sha256_of(text, sizeof text - 1),
         ref = refs_hash(&l.log.refs, l.log.at[0].source_ref);
    assert_memory_equal(&whole, &ref, sizeof ref);
    feed_result_give(&r);
    feed_log_give(&l);
}

/* ---- files of observations ---- */

static void parse_generic(u32 rows, i64 step_s, const char *tape, struct feed_log *l)
{
    struct feed_result r;
    char *text = malloc((u64)rows * 160 + 512);
    u64 n = (u64)sprintf(text, "%s", GENERIC_HEAD);
    for (u32 i = 0; i < rows; i++) {
        char at[40];
        struct text t = text_on(at, sizeof at);
        text_put_instant(
            &t, (Instant){ date_start(date_of(2026, 7, 1)).ns + (i64)i * step_s * NS_PER_SECOND });
        n += (u64)sprintf(text + n,
                          "%s,%s,trade,neocloud,p%u,H100,on_demand,8,2.%06u,gpu_hour,USD,open,%u\n",
                          at, tape, i % 7, i % 1000000, 1000 + i);
    }
    assert_int_equal(feed_parse(&generic, "t", text, n, l, &r, &why), ERR_OK);
    assert_int_equal(r.taken, rows);
    feed_result_give(&r);
    free(text);
}

static void files_come_back(void **state)
{
    struct feed_log a, b;
    char path[] = "/tmp/hedgerow-obs-XXXXXX";
    (void)state;
    parse_generic(9000, 7, "tape", &a);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(obs_file_write(path, &a.log, NULL, &why), ERR_OK);
    assert_int_equal(obs_input_read(path, &b, NULL, &why), ERR_OK);
    assert_int_equal(b.log.n, a.log.n);
    assert_int_equal(b.log.pages_n, 2);
    assert_memory_equal(b.log.at, a.log.at, a.log.n * sizeof *a.log.at);
    assert_memory_equal(b.log.pages, a.log.pages, 2 * sizeof(Hash));
    feed_log_give(&b);
    u8 *bytes;
    u64 n;
    assert_int_equal(file_read_all(path, 1 << 24, &bytes, &n, &why), ERR_OK);
    struct rng r = rng_of(5);
    for (u32 i = 0; i < 400; i++) { /* any byte, head and ends more often */
        u64 at = i < 100 ? i : i < 120 ? n - 1 - (i - 100) : rng_below(&r, n);
        bytes[at] ^= (u8)(1 << (i % 8));
        assert_int_equal(obs_file_parse("f", bytes, n, &b, &why), ERR_INPUT);
        obs_file_mend(bytes, n); /* checksums made true: what is left is still looked at */
        if (obs_file_parse("f", bytes, n, &b, &why) == ERR_OK) feed_log_give(&b);
        free(bytes);
        assert_int_equal(file_read_all(path, 1 << 24, &bytes, &n, &why), ERR_OK);
    }
    for (u64 cut = 0; cut < n; cut += n / 50 + 1)
        assert_int_equal(obs_file_parse("f", bytes, cut, &b, &why), ERR_INPUT);
    free(bytes);
    unlink(path);
    feed_log_give(&a);
}

/* A series over nothing: a stated status for every date, and room for the largest registry. */
static void an_empty_log_has_room_for_a_registry(void **state)
{
    struct feed_log l;
    struct series s;
    struct print p;
    struct methodology m = market_rules();
    (void)state;
    struct owner *rows = calloc(OWNERS_MAX, sizeof *rows);
    for (u32 i = 0; i < OWNERS_MAX; i++) {
        rows[i] = (struct owner){ .approver = "a", .evidence = "e", .from = 1, .share_ppm = 1 };
        snprintf(rows[i].provider, sizeof rows[i].provider, "provider-%u", i);
        snprintf(rows[i].owner, sizeof rows[i].owner, "owner-%u", i);
    }
    assert_int_equal(feed_log_take(&l, 16, 16, 16, &why), ERR_OK);
    assert_int_equal(series_open(&s, &m, rows, OWNERS_MAX, &l.log, &why), ERR_OK);
    assert_int_equal(series_print(&s, NULL, &p, &why), ERR_OK);
    assert_int_equal(p.status, BENCH_PRINT_NO_PRINT);
    assert_int_equal(p.why_l1, SHORT_MIN_ENTITIES);
    assert_int_equal(series_print_date(&s, p.value_date, NULL, &p, &why), ERR_INPUT); /* gone by */
    series_close(&s);
    feed_log_give(&l);
    free(rows);
}

static void logs_merge_by_time(void **state)
{
    struct feed_log in[2], out;
    (void)state;
    parse_generic(500, 10, "one", &in[0]);
    parse_generic(300, 15, "two", &in[1]);
    in[1].log.at[9].corrects = 4; /* names its own log's fourth */
    assert_int_equal(feed_merge(in, 2, &out, &why), ERR_OK);
    assert_int_equal(out.log.n, 800);
    u32 ones = 0;
    for (u32 i = 0; i < 800; i++) {
        const struct observation *o = &out.log.at[i];
        if (i) assert_true(o->t_journal >= o[-1].t_journal);
        ones += str_is(names_text(&out.log.names, o->source), "one");
        if (!o->corrects) continue;
        const struct observation *named = &out.log.at[o->corrects - 1];
        assert_true(str_is(names_text(&out.log.names, named->source), "two"));
        assert_int_equal(named->price, in[1].log.at[3].price);
    }
    assert_int_equal(ones, 500);
    feed_log_give(&in[0]), feed_log_give(&in[1]), feed_log_give(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_reads),
        cmocka_unit_test(csv_has_bounds),
        cmocka_unit_test(offers_become_observations),
        cmocka_unit_test(headers_are_strict),
        cmocka_unit_test(columns_map_and_duplicates_collapse),
        cmocka_unit_test(files_come_back),
        cmocka_unit_test(an_empty_log_has_room_for_a_registry),
        cmocka_unit_test(logs_merge_by_time),
    };
    return cmocka_run_group_tests_name("feeds", tests, NULL, NULL);
}
