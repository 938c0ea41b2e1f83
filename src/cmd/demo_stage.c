#include "cmd/demo_stage.h"

#include "config/contracts.h"
#include "sys/file.h"
#include "venue/discard.h"
#include "venue/setup.h"

#include <stdlib.h>
#include <unistd.h>

#define DEMO_LOTS 220u          /* the sample company's need: 220 x 730 GPU-hours in the month */
#define DEMO_DAYS_BEFORE 3      /* business days of trading before the month begins */
#define DEMO_USER_CASH 1000000  /* of the settlement currency */

static const struct cmd_genesis demo_genesis = {
    .venue = { "Hedgerow demo market" },
    .currency = { "USD" },
    .accounts_max = 64,
    .products_max = 8,
    .instruments_max = 256,
    .orders_max = 65536,
    .levels_max = 16384,
    .positions_max = 4096,
    .client_ids_max = 65536,
    .transfers_max = 1024,
    .indexes_max = 8,
    .prints_max = 4096,
};

/* The form of a file decides its benchmark: posted prices make a posted index, rentals a traded
 * one, unless its rows say that they are made up. */
static Err choose_methodology(const char *observations, const char **name, struct why *w)
{
    char head[1024] = { 0 };
    File f;
    u64 got;
    *name = "specs/methodology/h100-synthetic.yaml";
    if (!observations) return ERR_OK;
    Err err = file_open(&f, observations, FILE_READ, w);
    if (err) return err;
    err = file_read_at(f, 0, head, sizeof head - 1, &got, w);
    file_close(&f);
    if (err) return why_wrap(w, err, "%s", observations);
    bool posted = strncmp(head, "observed_at,provider,region,gpu,", 32) == 0;
    if (posted) *name = "specs/methodology/h100-posted.yaml";
    else if (!strstr(head, ",synthetic")) *name = "specs/methodology/h100-traded.yaml";
    return ERR_OK;
}

static Err open_benchmark(struct stage *s, const struct stage_options *o, struct why *w)
{
    char method[FILE_PATH_MAX], owners[FILE_PATH_MAX], shipped[FILE_PATH_MAX];
    const char *name, *made_up[1] = { shipped };
    Err err = choose_methodology(o->observations_n ? o->observations[0] : NULL, &name, w);
    if (!err) err = data_path(method, name, w);
    if (!err) err = data_path(owners, "specs/owners.yaml", w);
    if (!err && !o->observations_n) err = data_path(shipped, "examples/rentals-synthetic.csv", w);
    if (err) return err;
    bool given = o->observations_n > 0;
    return administrator_open(&s->benchmark, method, owners, given ? o->observations : made_up,
                              given ? o->observations_n : 1, w);
}

struct month_count { Date start; u32 printed; };

static Date month_of(Date d)
{
    struct ymd y = ymd_of(d);
    return date_of(y.year, y.month, 1);
}

/* The month with most printed days; the earlier of two equals. Runs the series once, then anew. */
static Err busiest_month(struct stage *s, const struct stage_options *o, struct why *w)
{
    struct month_count best = { { 0 }, 0 }, at = { { 0 }, 0 };
    Date last = administrator_last(s->benchmark);
    struct cmd_index_print p;
    Err err = ERR_OK;
    while (!err && administrator_next(s->benchmark).days <= last.days) {
        err = administrator_print(s->benchmark, &p, w);
        Date month = month_of(p.value_date);
        if (month.days != at.start.days) at = (struct month_count){ month, 0 };
        if (p.status == PRINT_PRINTED && p.version == 1) at.printed++;
        if (at.printed > best.printed) best = at;
    }
    if (!err && !best.printed)
        err = why_set(w, ERR_INPUT, "the observations give no print of %s on any day",
                      administrator_id(s->benchmark));
    s->start = best.start;
    administrator_close(&s->benchmark);
    return err ? err : open_benchmark(s, o, w);
}

static Err choose_month(struct stage *s, const struct stage_options *o, struct why *w)
{
    char first[16];
    if (!o->month) return busiest_month(s, o, w);
    snprintf(first, sizeof first, "%s-01", o->month);
    if (strlen(o->month) != 7 || parse_date(str_of(first), &s->start))
        return why_set(w, ERR_USAGE, "--month %s: not of the form YYYY-MM", o->month);
    struct ymd y = ymd_of(s->start);
    Date first_print = administrator_next(s->benchmark), last = administrator_last(s->benchmark);
    if (first_print.days >= s->start.days + (i32)days_in_month(y.year, y.month) ||
        last.days < s->start.days)
        return why_set(w, ERR_INPUT, "--month %s: the observations have no day in it", o->month);
    return ERR_OK;
}

static Err read_records(struct stage *s, struct why *w)
{
    char path[FILE_PATH_MAX], overlay[FILE_PATH_MAX];
    Err err = data_path(path, "specs/calendars/us-gpu.yaml", w);
    if (!err) err = config_calendar(path, &s->calendar, w);
    if (!err) err = data_path(path, "specs/gpuh-m.yaml", w);
    if (!err) err = data_path(overlay, "specs/overlays/posted.yaml", w);
    bool posted = strcmp(administrator_label(s->benchmark), "posted") == 0;
    if (!err) err = config_spec(path, posted ? overlay : NULL, true, &s->spec, w);
    if (err) return err;
    /* the contract settles on whichever benchmark the observations make; its label is shown */
    memset(s->spec.underlying_id, 0, sizeof s->spec.underlying_id);
    if (!text_fill(s->spec.underlying_id, sizeof s->spec.underlying_id,
                   str_of(administrator_id(s->benchmark))))
        return why_set(w, ERR_INPUT, "benchmark id too long");
    struct cmd_index_install is;
    administrator_install(s->benchmark, &is);
    s->spec.underlying_label = is.label;
    return ERR_OK;
}

static Err make_folder(struct stage *s, const struct stage_options *o, struct why *w)
{
    struct dir_entry *rows;
    u32 n;
    if (!o->data) {
        const char *tmp = getenv("TMPDIR");
        snprintf(s->folder, sizeof s->folder, "%s/hedgerow-demo-XXXXXX", tmp ? tmp : "/tmp");
        s->temporary = mkdtemp(s->folder) != NULL;
        return s->temporary ? ERR_OK : why_set(w, ERR_IO, "%s: can not be made", s->folder);
    }
    if (strlen(o->data) >= sizeof s->folder) return why_set(w, ERR_USAGE, "--data: too long");
    snprintf(s->folder, sizeof s->folder, "%s", o->data);
    Err err = dir_make(s->folder, w);
    if (!err) err = dir_list(s->folder, 1u << 16, &rows, &n, w);
    if (err) return err;
    free(rows);
    return n ? why_set(w, ERR_USAGE, "--data %s: not empty", o->data) : ERR_OK;
}

static Err open_venue(struct stage *s, const struct stage_options *o, struct why *w)
{
    struct cmd_genesis g = demo_genesis;
    struct why ignored;
    g.seed = o->seed;
    Date first = s->start;
    for (u32 i = 0; i < DEMO_DAYS_BEFORE; i++) first = calendar_prev(&s->calendar, first);
    struct venue_options vo = { .folder = s->folder,
                                .genesis = &g,
                                .mode = "demo",
                                .edge = o->listen != NULL,
                                .clock_start = date_start(first),
                                .snapshot_every = 20000,
                                .listener = month_events,
                                .listener_ctx = &s->month };
    vo.gateway.listen = o->listen;
    vo.gateway.demo_key = true, vo.gateway.demo_account = DEMO_USER;
    if (o->listen && !data_path(s->web, "web/index.html", &ignored)) {
        *strrchr(s->web, '/') = 0;
        vo.gateway.web_dir = s->web;
    }
    Err err = venue_open(&s->venue, &vo, &s->recovery, w);
    if (err) return err;
    struct timetable_config oc = { .calendar = &s->calendar, .benchmarks = 1, .first_day = first };
    oc.benchmark[0] = s->benchmark;
    err = timetable_open(&s->timetable, s->venue, &oc, w);
    struct month_options mo = { s->venue, &s->timetable, s->start, o->seed, DEMO_LOTS };
    return err ? err : month_open(&s->month, &mo, w);
}

static Err set_up(struct stage *s, struct why *w)
{
    struct setup_account rows[AGENT_COUNT] = { 0 };
    static const u8 category[AGENT_COUNT] = { CATEGORY_OTHER, CATEGORY_BUYER, CATEGORY_SELLER,
                                              CATEGORY_DEALER, CATEGORY_MANAGED };
    struct administrator *benchmarks[1] = { s->benchmark };
    for (u32 i = 0; i < AGENT_COUNT; i++) {
        u32 account = i ? i : DEMO_USER;
        Str name = i ? str_of(agent_name((enum agent_account)i)) : STR("you");
        i64 cash = i ? agent_deposit_micros((enum agent_account)i) : DEMO_USER_CASH * MICROS;
        rows[i] = (struct setup_account){ .account = account, .member = account, .group = account };
        rows[i].kind = ACCOUNT_KIND_DIRECT, rows[i].category = category[i];
        rows[i].deposit.micros = cash;
        if (!TEXT_FILL(&rows[i].name, name)) return why_set(w, ERR_INPUT, "account name too long");
    }
    struct setup set = { .calendar = &s->calendar, .calendars = 1, .spec = &s->spec, .specs = 1,
                         .benchmark = benchmarks, .benchmarks = 1, .account = rows,
                         .accounts = AGENT_COUNT };
    set.approved_by = "demo-operator", set.approved_by_2 = "demo-approver";
    Err err = setup_run(s->venue, &set, w);
    if (err) return err;
    /* once more, as the month has its dates from it: it looks at what is installed */
    struct timetable_config oc = s->timetable.c;
    oc.approved_by = set.approved_by, oc.approved_by_2 = set.approved_by_2;
    return timetable_open(&s->timetable, s->venue, &oc, w);
}

Err stage_open(struct stage *s, const struct stage_options *o, struct why *w)
{
    Err err = open_benchmark(s, o, w);
    if (!err) err = choose_month(s, o, w);
    if (!err) err = read_records(s, w);
    if (!err) err = make_folder(s, o, w);
    if (!err) err = open_venue(s, o, w);
    if (!err) err = set_up(s, w);
    s->discard = err && s->recovery.fresh;
    return err;
}

static void remove_tree(const char *path)
{
    struct dir_entry *rows = NULL;
    struct why ignored;
    u32 n = 0;
    char inner[FILE_PATH_MAX];
    if (dir_list(path, 1u << 16, &rows, &n, &ignored)) return;
    for (u32 i = 0; i < n; i++) {
        if (path_join(inner, path, rows[i].name, &ignored)) continue;
        if (rows[i].folder) remove_tree(inner);
        else if (file_remove(inner, &ignored)) continue;
    }
    free(rows);
    rmdir(path);
}

Err stage_close(struct stage *s, struct why *w)
{
    Err err = venue_close(&s->venue, w);
    administrator_close(&s->benchmark);
    if (s->discard) data_folder_discard(s->folder);
    if (s->temporary) remove_tree(s->folder);
    return err;
}
