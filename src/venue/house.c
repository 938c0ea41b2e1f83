#include "venue/house.h"

#include "config/benchmark.h"
#include "sys/file.h"
#include "sys/process.h"
#include "venue/discard.h"

#include <stdlib.h>

#define VERSIONS_MAX 16u

static Err out_of_memory(struct why *w) { return why_set(w, ERR_IO, "out of memory"); }

static Err load_records(struct house *h, const char *config, struct why *w)
{
    const struct venue_config *c = h->config;
    char path[FILE_PATH_MAX], overlay[FILE_PATH_MAX];
    Err err = ERR_OK;
    h->calendar = calloc((size_t)c->calendars_n + 1, sizeof *h->calendar);
    h->spec = calloc((size_t)c->specs_n + 1, sizeof *h->spec);
    if (!h->calendar || !h->spec) return out_of_memory(w);
    for (u32 i = 0; i < c->calendars_n && !err; i++) {
        if (!config_beside(config, c->calendars[i].file, path, sizeof path))
            return why_set(w, ERR_INPUT, "%s: calendars: path too long", config);
        err = config_calendar(path, &h->calendar[i], w);
    }
    for (u32 i = 0; i < c->specs_n && !err; i++) {
        bool laid = c->specs[i].overlay[0] != 0;
        if (!config_beside(config, c->specs[i].file, path, sizeof path) ||
            (laid && !config_beside(config, c->specs[i].overlay, overlay, sizeof overlay)))
            return why_set(w, ERR_INPUT, "%s: specs: path too long", config);
        err = config_spec(path, laid ? overlay : NULL, true, &h->spec[i], w);
    }
    return err;
}

/* Rows of one index that follow each other are versions of one methodology; the first names the
 * inputs. */
static Err load_versions(struct house *h, const char *config, u32 *row, struct why *w)
{
    const struct venue_config *c = h->config;
    static char file[VERSIONS_MAX][FILE_PATH_MAX];
    const char *method[VERSIONS_MAX];
    char owners[FILE_PATH_MAX], seen[FILE_PATH_MAX];
    const struct venue_index *first = &c->indexes[*row];
    const char *observations[1] = { seen };
    u32 n = 0;
    struct methodology *m = calloc(2, sizeof *m);
    Err err = m ? ERR_OK : out_of_memory(w);
    for (; !err && *row < c->indexes_n; n++, ++*row) {
        const struct venue_index *at = &c->indexes[*row];
        if (n == VERSIONS_MAX || !config_beside(config, at->file, file[n], sizeof file[n])) {
            err =
                why_set(w, ERR_INPUT, "%s: indexes: too many versions, or a path too long", config);
            break;
        }
        method[n] = file[n];
        err = config_methodology(file[n], &m[n > 0], w);
        if (n && !err && strcmp(m[0].index, m[1].index) != 0) break; /* another benchmark's row */
        if (n && !err && (at->observations[0] || at->owners[0]))
            err = why_set(w, ERR_INPUT,
                          "%s: indexes: a later version of %s reads what the first one does: "
                          "leave out observations and owners",
                          config, m[0].index);
    }
    free(m);
    if (err) return err;
    if (!config_beside(config, first->observations, seen, sizeof seen))
        return why_set(w, ERR_INPUT, "%s: indexes: path too long", config);
    if (!first->owners[0]) err = data_path(owners, "specs/owners.yaml", w);
    else if (!config_beside(config, first->owners, owners, sizeof owners))
        return why_set(w, ERR_INPUT, "%s: indexes: path too long", config);
    if (err) return err;
    return administrator_open_versions(&h->benchmark[h->benchmarks], method, n, owners,
                                       observations, first->observations[0] ? 1 : 0, w);
}

static Err load_benchmarks(struct house *h, const char *config, struct why *w)
{
    for (u32 row = 0; row < h->config->indexes_n;) {
        if (h->benchmarks == TIMETABLE_BENCHMARKS)
            return why_set(w, ERR_INPUT, "%s: indexes: at most %u", config, TIMETABLE_BENCHMARKS);
        Err err = load_versions(h, config, &row, w);
        if (err) return err;
        h->benchmarks++;
    }
    return ERR_OK;
}

/* A contract says what its benchmark's inputs must be; the engine would refuse it too, with less to
 * say. */
static Err check_labels(const struct house *h, const char *config, struct why *w)
{
    struct cmd_index_install is;
    for (u32 i = 0; i < (u32)h->config->specs_n; i++)
        for (u32 k = 0; k < h->benchmarks; k++) {
            const struct spec *s = &h->spec[i];
            administrator_install(h->benchmark[k], &is);
            if (strcmp(s->underlying_id, is.index.z) != 0 || !s->underlying_label ||
                s->underlying_label == is.label)
                continue;
            return why_set(w, ERR_INPUT,
                           "%s: specs: %s settles on a benchmark labelled %s, but %s is labelled "
                           "%s: its methodology or an overlay's underlying.label must change",
                           config, s->product, enum_text(LABEL_ENUM, (u32)s->underlying_label),
                           is.index.z, enum_text(LABEL_ENUM, is.label));
        }
    return ERR_OK;
}

static Err load_people(struct house *h, struct why *w)
{
    const struct venue_config *c = h->config;
    h->key = calloc((size_t)c->keys_n + 1, sizeof *h->key);
    h->account = calloc((size_t)c->accounts_n + 1, sizeof *h->account);
    if (!h->key || !h->account) return out_of_memory(w);
    for (u32 i = 0; i < c->keys_n; i++) {
        const struct venue_key *row = &c->keys[i];
        struct gateway_key *k = &h->key[i];
        if (!TEXT_FILL(&k->id, str_of(row->id)))
            return why_set(w, ERR_INPUT, "key %s: not printable", row->id);
        memcpy(k->public_key, row->public_key.bytes, sizeof k->public_key);
        k->account = (u32)row->account;
        k->trade = row->permissions >> VENUE_PERMISSION_TRADE & 1;
        k->read_all = row->permissions >> VENUE_PERMISSION_READ_ALL & 1;
    }
    for (u32 i = 0; i < c->accounts_n; i++) {
        const struct venue_account *row = &c->accounts[i];
        struct setup_account *a = &h->account[i];
        a->account = (u32)row->account, a->member = (u32)row->member, a->group = (u32)row->group;
        a->kind = (u8)row->kind, a->category = (u8)row->category;
        a->deposit.micros = row->deposit;
        if (!TEXT_FILL(&a->name, str_of(row->name)))
            return why_set(w, ERR_INPUT, "account %u: name not printable", a->account);
    }
    return ERR_OK;
}

static Err open_venue(struct house *h, const struct house_options *o, struct why *w)
{
    const struct venue_config *c = h->config;
    struct cmd_genesis genesis;
    if (c->durability == VENUE_DURABILITY_CLUSTER)
        return why_set(w, ERR_INPUT, "%s: durability: cluster is not built yet", o->config);
    config_genesis(c, &genesis);
    struct venue_options vo = { .folder = o->data,
                                .genesis = &genesis,
                                .mode = "serve",
                                .unsafe_no_sync = c->durability == VENUE_DURABILITY_NONE,
                                .threads = true,
                                .edge = true,
                                .wall_clock = true,
                                .clock_start = o->clock_start,
                                .snapshot_every = 250000 };
    vo.gateway.listen = c->listen, vo.gateway.web_dir = o->web_dir;
    vo.gateway.keys = h->key, vo.gateway.keys_n = (u32)c->keys_n;
    vo.gateway.demo_key = o->demo_account != 0, vo.gateway.demo_account = o->demo_account;
    vo.gateway.connections_max = (u32)c->connections_max;
    vo.gateway.orders_per_second = (u32)c->orders_per_second;
    vo.gateway.cancels_per_second = (u32)c->cancels_per_second;
    return venue_open(&h->venue, &vo, &h->recovery, w);
}

static Err set_up(struct house *h, struct why *w)
{
    const struct venue_config *c = h->config;
    struct setup s = { .calendar = h->calendar, .calendars = (u32)c->calendars_n,
                       .spec = h->spec, .specs = (u32)c->specs_n,
                       .benchmark = h->benchmark, .benchmarks = h->benchmarks,
                       .account = h->account, .accounts = (u32)c->accounts_n };
    s.approved_by = c->approvers[0], s.approved_by_2 = c->approvers[1];
    return setup_run(h->venue, &s, w);
}

/* What fell due while nobody served is done before anybody is: who reads "ready" finds the
 * contracts listed and the day open. */
static Err catch_up(struct house *h, struct why *w)
{
    Instant now = venue_time(h->venue);
    Err err = ERR_OK;
    while (!err && timetable_next(&h->timetable).ns <= now.ns && !stop_signal_seen()) {
        err = timetable_step(&h->timetable, w);
        if (!err) err = venue_release(h->venue, w);
    }
    return err;
}

Err house_open(struct house *h, const struct house_options *o, struct why *w)
{
    *h = (struct house){ .config = calloc(1, sizeof *h->config), .folder = o->data };
    if (!h->config) return out_of_memory(w);
    Err err = config_venue(o->config, h->config, w);
    if (!err) err = load_records(h, o->config, w);
    if (!err) err = load_benchmarks(h, o->config, w);
    if (!err) err = check_labels(h, o->config, w);
    if (!err) err = load_people(h, w);
    if (!err) err = open_venue(h, o, w);
    if (!err) h->state_hash = engine_state_hash(machine_engine(venue_machine(h->venue)));
    if (!err) err = set_up(h, w); /* whole by now, or finished now */
    struct timetable_config oc = { .calendar = h->calendar, .benchmarks = h->benchmarks };
    memcpy(oc.benchmark, h->benchmark, sizeof oc.benchmark);
    oc.approved_by = h->config->approvers[0], oc.approved_by_2 = h->config->approvers[1];
    if (!err) {
        oc.first_day = date_at(venue_time(h->venue));
        err = timetable_open(&h->timetable, h->venue, &oc, w);
    }
    if (!err) err = catch_up(h, w);
    if (!err) err = venue_start(h->venue, w);
    h->discard = err && h->recovery.fresh;
    return err;
}

Err house_tick(struct house *h, struct why *w)
{
    Instant now = venue_time(h->venue);
    Err err = ERR_OK;
    while (!err && timetable_next(&h->timetable).ns <= now.ns && !stop_signal_seen())
        err = timetable_step(&h->timetable, w);
    return err;
}

Err house_close(struct house *h, struct why *w)
{
    Err err = venue_close(&h->venue, w);
    if (h->discard) data_folder_discard(h->folder);
    for (u32 i = 0; i < h->benchmarks; i++) administrator_close(&h->benchmark[i]);
    free(h->key);
    free(h->account);
    free(h->spec);
    free(h->calendar);
    free(h->config);
    return err;
}
