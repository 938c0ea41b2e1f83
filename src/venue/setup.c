#include "venue/setup.h"

static const struct engine *engine_of(const struct venue *v)
{
    return machine_engine(venue_machine(v));
}

static Err put(struct venue *v, const struct command *c, const char *what, struct why *w)
{
    u64 seq;
    Err err = venue_do(v, c, &seq, w);
    u32 code = venue_rejected(v);
    if (!err && code)
        err = why_set(w, ERR_INPUT, "%s: %s: %s", what, reject_name(code), reject_text(code));
    return err;
}

static Err approve(const struct setup *s, Text16 *by, Text16 *by_2, struct why *w)
{
    if (TEXT_FILL(by, str_of(s->approved_by)) && TEXT_FILL(by_2, str_of(s->approved_by_2)))
        return ERR_OK;
    return why_set(w, ERR_INPUT, "approvers: at most 15 characters each");
}

static Err put_calendar(struct venue *v, const struct setup *s, const struct calendar *calendar,
                        struct why *w)
{
    struct command c = { .type = CMD_CALENDAR_PUT };
    u8 bytes[CALENDAR_BYTES_MAX];
    if (engine_calendar_version(engine_of(v), calendar->id) >= calendar->version) return ERR_OK;
    u32 n = calendar_encode(calendar, bytes, sizeof bytes);
    ASSERT(n > 0);
    c.calendar_put.record = (Blob){ bytes, n };
    Err err = approve(s, &c.calendar_put.approved_by, &c.calendar_put.approved_by_2, w);
    return err ? err : put(v, &c, calendar->id, w);
}

static Err put_spec(struct venue *v, const struct setup *s, const struct spec *spec, struct why *w)
{
    struct command c = { .type = CMD_SPEC_PUT };
    u8 bytes[SPEC_BYTES_MAX];
    if (engine_spec_version(engine_of(v), spec->product) >= spec->version) return ERR_OK;
    u32 n = spec_encode(spec, bytes, sizeof bytes);
    ASSERT(n > 0);
    c.spec_put.record = (Blob){ bytes, n };
    Err err = approve(s, &c.spec_put.approved_by, &c.spec_put.approved_by_2, w);
    return err ? err : put(v, &c, spec->product, w);
}

static Err put_benchmark(struct venue *v, const struct setup *s, const struct administrator *b,
                         struct why *w)
{
    struct command c = { .type = CMD_INDEX_INSTALL };
    administrator_install(b, &c.index_install);
    if (engine_index_version(engine_of(v), &c.index_install.index)) return ERR_OK;
    Err err = approve(s, &c.index_install.approved_by, &c.index_install.approved_by_2, w);
    return err ? err : put(v, &c, administrator_id(b), w);
}

static Err put_account(struct venue *v, const struct setup_account *a, struct why *w)
{
    struct command c = { .type = CMD_ACCOUNT_OPEN };
    c.account_open.account = a->account, c.account_open.member = a->member;
    c.account_open.group = a->group, c.account_open.kind = a->kind;
    c.account_open.category = a->category, c.account_open.name = a->name;
    Err err = ERR_OK;
    if (!a->account || !engine_has_account(engine_of(v), a->account))
        err = put(v, &c, a->name.z, w);
    if (err || !a->deposit.micros) return err;
    c = (struct command){ .type = CMD_CASH_DEPOSIT };
    c.cash_deposit.transfer = (Id128){ 1, a->account };
    if (engine_has_transfer(engine_of(v), c.cash_deposit.transfer)) return ERR_OK;
    c.cash_deposit.account = a->account, c.cash_deposit.amount = a->deposit;
    return put(v, &c, a->name.z, w);
}

Err setup_run(struct venue *v, const struct setup *s, struct why *w)
{
    Err err = ERR_OK;
    for (u32 i = 0; i < s->calendars && !err; i++) err = put_calendar(v, s, &s->calendar[i], w);
    for (u32 i = 0; i < s->benchmarks && !err; i++) err = put_benchmark(v, s, s->benchmark[i], w);
    for (u32 i = 0; i < s->specs && !err; i++) err = put_spec(v, s, &s->spec[i], w);
    for (u32 i = 0; i < s->accounts && !err; i++) err = put_account(v, &s->account[i], w);
    return err ? err : venue_release(v, w);
}
