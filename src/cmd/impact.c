#include "cmd/impact.h"

#include "config/contracts.h"
#include "sys/file.h"

#include <stdlib.h>
#include <unistd.h>

#define SHADOW "-shadow"

/* The registry as `index run` would find it from the old file. */
static Err owners_of(const char *method, const char *owners, char *path, struct why *w)
{
    if (owners) {
        int n = snprintf(path, FILE_PATH_MAX, "%s", owners);
        return n < FILE_PATH_MAX ? ERR_OK : why_set(w, ERR_INPUT, "%s: too long", owners);
    }
    if (config_beside(method, "../owners.yaml", path, FILE_PATH_MAX) && file_exists(path))
        return ERR_OK;
    return data_path(path, "specs/owners.yaml", w);
}

/* The new rules under the old dates and another id, as a file that lives while they run. Its name
 * is always the same, for reasons name it. */
struct shadow { char folder[FILE_PATH_MAX / 2], path[FILE_PATH_MAX]; };

static Err shadow_write(const struct impact *im, struct shadow *s, struct why *w)
{
    struct methodology m = im->new;
    char yaml[4 * METHOD_BYTES_MAX];
    struct text t = text_on(yaml, sizeof yaml), id = text_on(m.index, sizeof m.index);
    const char *folder = getenv("TMPDIR");
    memset(m.index, 0, sizeof m.index);
    text_put_str(&id, (Str){ im->new.index, (u32)i64_min((i64)strlen(im->new.index),
                                                         (i64)(sizeof m.index - sizeof SHADOW)) });
    text_put(&id, SHADOW);
    m.effective_from = im->old.effective_from;
    record_yaml(&methodology_record, &m, &t);
    if (t.cut) return why_set(w, ERR_INPUT, "%s: too long", im->new.index);
    snprintf(s->folder, sizeof s->folder, "%s/hedgerow-impact-XXXXXX",
             folder && *folder ? folder : "/tmp");
    if (!mkdtemp(s->folder)) return why_set(w, ERR_IO, "%s: no temporary folder", s->folder);
    Err err = path_join(s->path, s->folder, "new-rules.yaml", w);
    return err ? err : file_write_atomic(s->path, yaml, t.n, w);
}

static Err run_both(struct impact *im, const struct impact_ask *ask, struct why *w)
{
    struct shadow s = { 0 };
    char owners[FILE_PATH_MAX];
    const char *methods[2] = { ask->old, s.path };
    struct compare_ask both = { .methods = methods, .methods_n = 2, .inputs = ask->inputs,
                                .inputs_n = ask->inputs_n, .owners = owners, .from = ask->from,
                                .to = ask->to };
    Err err = owners_of(ask->old, ask->owners, owners, w);
    if (!err) err = shadow_write(im, &s, w);
    if (!err) err = compare_run(im->c, &both, w);
    if (s.path[0]) unlink(s.path);
    if (s.folder[0]) rmdir(s.folder);
    return err;
}

bool impact_gap(const struct impact *im, u32 day, i64 *ppm)
{
    i64 a = im->c->method[0].at[day].value, b = im->c->method[1].at[day].value;
    if (!a || !b) return false;
    return mul_div(b - a, PPM, a, ROUND_HALF_EVEN, ppm);
}

static void weigh_days(struct impact *im)
{
    i128 sum = 0;
    u32 gaps = 0;
    for (u32 d = 0; d < compare_days(im->c); d++) {
        const struct print *a = &im->c->method[0].at[d], *b = &im->c->method[1].at[d];
        i64 ppm;
        im->both += a->value && b->value;
        im->only_old += a->value && !b->value;
        im->only_new += !a->value && b->value;
        im->neither += !a->value && !b->value;
        im->levels += a->level != b->level;
        if (!impact_gap(im, d, &ppm)) continue;
        i64 size = ppm < 0 ? -ppm : ppm, most = im->max_ppm < 0 ? -im->max_ppm : im->max_ppm;
        sum += size, gaps++;
        if (size > most || gaps == 1)
            im->max_ppm = ppm, im->max_on = (Date){ im->c->from.days + (i32)d };
    }
    im->mean_ppm = gaps ? (i64)div_round(sum, gaps, ROUND_HALF_EVEN) : 0;
}

/* A month whose days are all in the range. */
static void weigh_month(const struct impact *im, struct impact_month *m, Date last)
{
    bool business = im->old.averaging == AVERAGING_BUSINESS;
    i128 sum[2] = { 0, 0 };
    u32 run[2] = { 0, 0 };
    for (Date d = m->first; d.days <= last.days; d.days++) {
        if (business && !calendar_is_business(&im->calendar, d)) continue;
        m->days++;
        for (u32 i = 0; i < 2; i++) {
            const struct print *p = &im->c->method[i].at[d.days - im->c->from.days];
            bool bad = p->status != BENCH_PRINT_PRINTED;
            m->with[i] += p->value != 0, sum[i] += p->value, m->bad[i] += bad;
            run[i] = bad ? run[i] + 1 : 0;
            m->bad_run[i] = run[i] > m->bad_run[i] ? run[i] : m->bad_run[i];
        }
    }
    for (u32 i = 0; i < 2; i++)
        m->mean[i] = m->with[i] ? (i64)div_round(sum[i], m->with[i], ROUND_HALF_EVEN) : 0;
}

static Err weigh_months(struct impact *im, struct why *w)
{
    struct ymd from = ymd_of(im->c->from);
    Date first = date_of(from.year, from.month, 1);
    im->month = calloc(IMPACT_MONTHS_MAX, sizeof *im->month);
    if (!im->month) return why_set(w, ERR_IO, "no memory");
    while (first.days <= im->c->to.days && im->months < IMPACT_MONTHS_MAX) {
        struct ymd y = ymd_of(first);
        Date last = { first.days + (i32)days_in_month(y.year, y.month) - 1 };
        bool inside = first.days >= im->c->from.days && last.days <= im->c->to.days;
        bool covered =
            im->old.averaging != AVERAGING_BUSINESS || calendar_covers(&im->calendar, first, last);
        if (inside && covered) {
            im->month[im->months].first = first;
            weigh_month(im, &im->month[im->months++], last);
        }
        first.days = last.days + 1;
    }
    return ERR_OK;
}

bool impact_determination(const struct impact_month *m, u32 which)
{
    return m->bad[which] * 5 > m->days || m->bad_run[which] > 5 || !m->with[which];
}

static Err load(struct impact *im, const struct impact_ask *ask, struct why *w)
{
    char path[FILE_PATH_MAX];
    Err err = config_methodology(ask->old, &im->old, w);
    if (!err) err = config_methodology(ask->new, &im->new, w);
    if (!err && ask->calendar) err = config_calendar(ask->calendar, &im->calendar, w);
    if (!err && !ask->calendar) {
        err = data_path(path, "specs/calendars/us-gpu.yaml", w);
        if (!err) err = config_calendar(path, &im->calendar, w);
    }
    if (!err && (im->old.gpu_class != im->new.gpu_class || im->old.term != im->new.term))
        err = why_set(w, ERR_INPUT, "%s: another chip or term: a new index, not a change of one",
                      ask->new);
    im->c = err ? NULL : calloc(1, sizeof *im->c);
    if (!err && !im->c) err = why_set(w, ERR_IO, "no memory");
    return err;
}

Err impact_run(struct impact *im, const struct impact_ask *ask, struct why *w)
{
    *im = (struct impact){ 0 };
    Err err = load(im, ask, w);
    if (!err) err = run_both(im, ask, w);
    if (err) return err;
    weigh_days(im);
    return weigh_months(im, w);
}

void impact_close(struct impact *im)
{
    if (im->c) compare_close(im->c);
    free(im->c);
    free(im->month);
    *im = (struct impact){ 0 };
}
