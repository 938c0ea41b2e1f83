#include "index/check.h"

struct counts { u32 records, owners; };

static struct counts count_lines(const char *text, u64 n)
{
    static const Str record = { "record ", 7 }, owner = { "owner ", 6 };
    struct counts c = { 0, 0 };
    ASSERT(text || !n);
    for (u64 i = 0; i < n; i++) {
        if (i && text[i - 1] != '\n') continue;
        if (n - i > record.n && memcmp(text + i, record.at, record.n) == 0) c.records++;
        if (n - i > owner.n && memcmp(text + i, owner.at, owner.n) == 0) c.owners++;
        if (c.records > RECEIPT_RECORDS_MAX || c.owners > OWNERS_MAX) break;
    }
    ASSERT(c.records <= RECEIPT_RECORDS_MAX + 1);
    return c;
}

static u32 names_for(struct counts c) { return 8 * c.records + 2 * c.owners + 64; }
static u32 refs_for(struct counts c) { return 2 * c.records + 16; }
static struct index_caps caps_for(struct counts c)
{
    u32 some = c.records + 1;
    ASSERT(some > 0);
    ASSERT(some <= RECEIPT_RECORDS_MAX + 2);
    return (struct index_caps){ some, some, c.owners + 1, some, names_for(c) };
}
static u64 align64(u64 v) { return (v + 63) & ~UINT64_C(63); }

u64 receipt_check_bytes(const char *text, u64 n)
{
    struct counts c = count_lines(text, n);
    u64 log = obs_log_bytes(c.records + 1, names_for(c), refs_for(c));
    ASSERT(log > 0);
    ASSERT(c.owners <= OWNERS_MAX + 1);
    return align64(log) + align64((u64)(c.owners + 1) * sizeof(struct owner)) +
           align64(index_bytes(caps_for(c))) + 64;
}

static bool fault(struct check *c, const char *field, const char *cause)
{
    struct text f = text_on(c->out->field, sizeof c->out->field);
    struct text t = text_on(c->out->cause, sizeof c->out->cause);
    ASSERT(cause);
    text_put(&f, field);
    text_put(&t, cause);
    c->out->line = c->in.line;
    ASSERT(!c->out->ok);
    return false;
}

static struct fact_home home(struct check *c)
{
    ASSERT(c->log.names.cap);
    return (struct fact_home){ &c->log.names, &c->log.refs };
}

static bool read_facts(struct check *c)
{
    if (!lines_next(&c->in) || !str_is(c->in.now, RECEIPT_FIRST_LINE))
        return fault(c, "hedgerow-receipt", "not a receipt of this form");
    ASSERT(print_table.n > 0);
    ASSERT(c->in.line == 1);
    for (u32 i = 0; i < print_table.n; i++) {
        const struct fact *f = &print_table.fact[i];
        if (!lines_next(&c->in) || !line_takes(&c->in.now, f->name))
            return fault(c, f->name, "line missing");
        if (!fact_parse(f, home(c), c->in.now, &c->stated)) return fault(c, f->name, "malformed");
    }
    for (u32 r = 1; r < REASON_COUNT; r++)
        if (!lines_next(&c->in) || !line_takes(&c->in.now, "dropped"))
            return fault(c, "dropped", "line missing");
    return true;
}

/* What the print took over from the dates before it; bounded, for the text may say anything. */
static bool read_prior(struct check *c)
{
    const struct print *p = &c->stated;
    struct state *s = &c->ix->state;
    u64 age;
    ASSERT(c->ix);
    ASSERT(c->ix->is_check);
    if (!lines_next(&c->in) || !line_takes(&c->in.now, "prior_age") ||
        parse_u64(c->in.now, &age) != PARSE_OK)
        return fault(c, "prior_age", "malformed");
    bool bounded =
        age <= (u64)DATE_MAX.days && p->prior_value <= PRICE_MAX && p->prior_accumulator >= 0 &&
        p->prior_accumulator <= INT64_MAX / 2 && p->prior_days <= (u32)DATE_MAX.days &&
        (p->prior_value == 0) == (p->prior_on.days == 0) && p->prior_on.days < p->value_date.days;
    if (!bounded) return fault(c, "prior_value", "out of range");
    *s = (struct state){ .value = p->prior_value, .accumulator = p->prior_accumulator,
                         .value_on = p->prior_on, .accumulator_days = p->prior_days,
                         .age = (u32)age, .receipt = p->prior_receipt };
    while (lines_next(&c->in) && line_takes(&c->in.now, "venue_out")) {
        if (s->venues_out_n == VENUES_OUT_MAX) return fault(c, "venue_out", "too many");
        if (!names_add(&c->log.names, c->in.now, &s->venues_out[s->venues_out_n++]))
            return fault(c, "venue_out", "malformed");
    }
    if (!c->in.now.at) return fault(c, "page", "line missing");
    lines_back(&c->in);
    return true;
}

/* A receipt has a record on each of its pages, or lists none and its log knows them: pages that
 * have no room beside the records are only read. */
static bool read_pages(struct check *c)
{
    struct index *ix = c->ix;
    u32 cap = pages_cap(ix->caps.log_records);
    ASSERT(ix->pages);
    ASSERT(cap > 0);
    while (lines_next(&c->in) && line_takes(&c->in.now, "page")) {
        u64 page, n;
        Hash h;
        Str page_z = line_word(&c->in.now), n_z = line_word(&c->in.now);
        bool fine = parse_u64(page_z, &page) == PARSE_OK && parse_u64(n_z, &n) == PARSE_OK &&
                    n >= 1 && n <= OBS_PAGE && page < UINT32_MAX / OBS_PAGE &&
                    parse_hex(c->in.now, h.bytes, sizeof h.bytes) == PARSE_OK &&
                    (!c->pages || c->page_last < page);
        if (!fine) return fault(c, "page", "malformed, or not in order");
        c->page_last = (u32)page, c->pages++;
        if (ix->pages_n < cap)
            ix->pages[ix->pages_n++] = (struct page_read){ (u32)page, (u32)n, h };
    }
    if (!c->in.now.at) return fault(c, "method", "line missing");
    lines_back(&c->in);
    return true;
}

static bool read_method(struct check *c)
{
    u8 bytes[METHOD_BYTES_MAX];
    ASSERT(c->in.line > 0);
    ASSERT(!c->out->has_method);
    while (lines_next(&c->in) && line_takes(&c->in.now, "method")) continue;
    if (!c->in.now.at || !line_takes(&c->in.now, "method_bytes"))
        return fault(c, "method_bytes", "line missing");
    u32 n = c->in.now.n / 2;
    bool fine = n <= sizeof bytes && parse_hex(c->in.now, bytes, n) == PARSE_OK &&
                methodology_decode(bytes, n, &c->m);
    ASSERT(n <= c->in.now.n);
    if (fine) c->out->has_method = true, c->out->method = c->m;
    return fine || fault(c, "method_bytes", "not a methodology");
}

static bool text_into(char *to, u32 cap, Str s)
{
    ASSERT(cap > 0);
    ASSERT(s.at || !s.n);
    if (s.n == 0 || s.n >= cap) return false;
    for (u32 i = 0; i < s.n; i++)
        if (s.at[i] < ' ' || s.at[i] > '~') return false;
    memcpy(to, s.at, s.n);
    ASSERT(to[s.n] == 0);
    return true;
}

/* "owner PROVIDER OWNER FROM TO SHARE SUPPLIER APPROVER EVIDENCE", the order of put_owner_row(). */
static bool read_owner(struct check *c, u32 i)
{
    struct owner *row = &c->owners[i];
    Date from, to = { 0 };
    u64 share;
    Str provider = line_word(&c->in.now), owner = line_word(&c->in.now),
        from_z = line_word(&c->in.now);
    Str to_z = line_word(&c->in.now), share_z = line_word(&c->in.now),
        supplier = line_word(&c->in.now);
    Str approver = line_word(&c->in.now);
    memset(row, 0, sizeof *row);
    ASSERT(i < OWNERS_MAX);
    bool fine =
        text_into(row->provider, sizeof row->provider, provider) &&
        text_into(row->owner, sizeof row->owner, owner) &&
        text_into(row->approver, sizeof row->approver, approver) &&
        (str_is(supplier, "-") || text_into(row->supplier, sizeof row->supplier, supplier)) &&
        text_into(row->evidence, sizeof row->evidence, c->in.now) &&
        parse_date(from_z, &from) == PARSE_OK &&
        (str_is(to_z, "-") || parse_date(to_z, &to) == PARSE_OK) &&
        parse_u64(share_z, &share) == PARSE_OK && share >= 1 && share <= PPM;
    if (!fine) return fault(c, "owner", "malformed");
    row->from = from.days, row->to = to.days, row->share_ppm = (i64)share;
    const char *wrong = owner_fault(c->owners, i);
    ASSERT(row->share_ppm > 0);
    return !wrong || fault(c, "owner", wrong);
}

static bool read_owners(struct check *c, u32 cap)
{
    u32 n = 0;
    ASSERT(c->owners);
    while (lines_next(&c->in) && line_takes(&c->in.now, "owner")) {
        if (n == cap) return fault(c, "owner", "too many");
        if (!read_owner(c, n++)) return false;
    }
    if (!c->in.now.at) return fault(c, "records", "line missing");
    lines_back(&c->in);
    c->ix->owners = c->owners, c->ix->owners_n = n;
    ASSERT(n <= cap);
    return true;
}

static u32 role_of(Str s)
{
    u32 role = 0, from = 0;
    ASSERT(s.at || !s.n);
    for (u32 i = 0; i <= s.n; i++) {
        if (i < s.n && s.at[i] != '+') continue;
        u8 one = list_value(ROLE, ((Str){ s.at + from, i - from }));
        if (!one) return 0;
        role |= LIST_BIT(one);
        from = i + 1;
    }
    ASSERT(role < BIT(ROLE_COUNT));
    return role;
}

static bool in_pages(const struct index *ix, u64 obs_id)
{
    u64 page = (obs_id - 1) / OBS_PAGE;
    ASSERT(obs_id > 0);
    for (u32 i = 0; i < ix->pages_n; i++)
        if (ix->pages[i].page == page) return (obs_id - 1) % OBS_PAGE < ix->pages[i].n;
    return false;
}

static bool read_record(struct check *c)
{
    struct obs_log *log = &c->log;
    struct observation *o = &log->at[log->n];
    Str role_z = line_word(&c->in.now), reason_z = line_word(&c->in.now);
    u32 role = role_of(role_z);
    ASSERT(log->n < log->cap);
    ASSERT(reason_z.n <= c->in.now.n || !c->in.now.n || reason_z.at);
    if (!role) return fault(c, "record", "no such role");
    if (observation_parse(log, c->in.now, o)) return fault(c, "record", "malformed");
    if (o->obs_id == 0 || o->obs_id > UINT32_MAX || (log->n && o->obs_id <= o[-1].obs_id))
        return fault(c, "record", "obs_id does not rise");
    if (!in_pages(c->ix, o->obs_id)) return fault(c, "record", "in none of the pages");
    if (o->t_event >= c->ix->window_end || o->t_journal >= c->ix->publish)
        return fault(c, "record", "after the print");
    log->n++;
    return item_add(c->ix, log->n - 1, (u8)role) || fault(c, "record", "too many");
}

static bool pages_all_used(struct check *c)
{
    u32 used = 0;
    ASSERT(c->log.n <= c->log.cap);
    ASSERT(c->ix->pages_n <= pages_cap(c->ix->caps.log_records));
    for (u32 i = 0; i < c->log.n; i++)
        used +=
            !i || (c->log.at[i].obs_id - 1) / OBS_PAGE != (c->log.at[i - 1].obs_id - 1) / OBS_PAGE;
    return used == c->pages || fault(c, "page", "a page without a record");
}

/* "receipt HASH", then nothing or "signature KEY SIG", lower-case hex. */
static bool read_end(struct check *c)
{
    char again[256];
    struct text t = text_on(again, sizeof again);
    ASSERT(!c->out->is_signed);
    if (!lines_next(&c->in) || !line_takes(&c->in.now, "receipt"))
        return fault(c, "receipt", "line missing");
    if (c->in.at == c->in.n) return true;
    if (!lines_next(&c->in)) return fault(c, "signature", "malformed");
    Str line = c->in.now;
    if (!line_takes(&line, "signature")) return fault(c, "signature", "malformed");
    Str key = line_word(&line);
    if (parse_hex(key, c->out->key, sizeof c->out->key) != PARSE_OK ||
        parse_hex(line, c->out->signature, sizeof c->out->signature) != PARSE_OK)
        return fault(c, "signature", "malformed");
    text_put(&t, "signature ");
    text_put_hex(&t, c->out->key, sizeof c->out->key);
    text_put_char(&t, ' ');
    text_put_hex(&t, c->out->signature, sizeof c->out->signature);
    if (!str_eq((Str){ t.at, t.n }, c->in.now) || c->in.at != c->in.n)
        return fault(c, "signature", "malformed, or more after it");
    c->out->is_signed = true;
    ASSERT(!t.cut);
    return true;
}

static bool read_records(struct check *c)
{
    u64 n;
    ASSERT(c->log.n == 0);
    if (!lines_next(&c->in) || !line_takes(&c->in.now, "records") ||
        parse_u64(c->in.now, &n) != PARSE_OK)
        return fault(c, "records", "malformed");
    if (n > RECEIPT_RECORDS_MAX) {
        u32 line = c->in.line;
        if (!read_end(c)) return false;
        c->in.line = line;
        return fault(c, "records",
                     "more than 65,536 do not stand in a receipt: give the log with -i");
    }
    while (lines_next(&c->in) && line_takes(&c->in.now, "record")) {
        if (c->log.n == c->log.cap || c->log.n == n) return fault(c, "records", "more lines");
        if (!read_record(c)) return false;
    }
    if (!c->in.now.at) return fault(c, "receipt", "line missing");
    lines_back(&c->in);
    if (c->log.n != n) return fault(c, "records", "fewer lines than it says");
    return pages_all_used(c);
}

/* Which version of the date: a restatement's time is one of the policy's. */
static bool read_version(struct check *c)
{
    struct index *ix = c->ix;
    const struct print *p = &c->stated;
    ASSERT(ix->m.restate_minutes > 0);
    ASSERT(ix->date.days > 0);
    ix->vintage = c->out->vintage = p->vintage > 1 ? p->vintage : 1;
    ix->publish = index_publish_time(&ix->m, ix->date).ns;
    if (ix->vintage == 1) return true; /* another time is a difference when compared */
    ix->restates = p->restates;
    if (!restate_time_valid(&ix->m, ix->date, p->published_at, p->vintage))
        return fault(c, "published_at", "no time of a restatement by its methodology");
    ix->publish = p->published_at;
    return true;
}

/* In the order of the text: what a line is checked against stands before it. */
static bool read_all(struct check *c, struct counts counts)
{
    struct index *ix = c->ix;
    ASSERT(ix->is_check);
    ASSERT(ix->log == &c->log);
    if (!read_facts(c)) return false;
    if (c->stated.value_date.days <= 0 || c->stated.value_date.days >= DATE_MAX.days)
        return fault(c, "value_date", "out of range");
    c->out->value_date = c->stated.value_date;
    if (!read_prior(c) || !read_pages(c) || !read_method(c)) return false;
    if (c->stated.value_date.days < c->m.effective_from)
        return fault(c, "value_date", "before the methodology");
    ix->stated = c->m, ix->m = methodology_resolved(&c->m);
    ix->date = c->stated.value_date;
    window_set(ix);
    if (ix->window_start - FLOW_NS < 0) return fault(c, "value_date", "out of range");
    if (!read_version(c)) return false;
    if (!read_owners(c, counts.owners)) return false;
    if (!owners_index(ix)) return fault(c, "owner", "too many");
    return read_records(c) && read_end(c);
}

bool check_open(struct check *c, const char *text, u64 n, void *memory, u64 bytes,
                struct receipt_verdict *out)
{
    struct counts counts = count_lines(text, n);
    u8 *p = memory;
    ASSERT(memory);
    ASSERT(bytes >= receipt_check_bytes(text, n));
    memset(out, 0, sizeof *out);
    memset(c, 0, sizeof *c);
    c->in.text = text, c->in.n = n, c->out = out;
    if (counts.records > RECEIPT_RECORDS_MAX) return fault(c, "record", "too many");
    if (counts.owners > OWNERS_MAX) return fault(c, "owner", "too many");
    struct index_caps caps = caps_for(counts);
    c->ix = (void *)p;
    c->ix->caps = caps;
    u64 ix_bytes = align64(index_bytes(caps));
    if (!work_init(c->ix, p, ix_bytes, caps.log_records, caps.names))
        UNREACHABLE("the memory was measured");
    p += ix_bytes;
    c->owners = (void *)p;
    p += align64((u64)(counts.owners + 1) * sizeof(struct owner));
    c->log = obs_log_on(p, counts.records + 1, names_for(counts), refs_for(counts));
    c->ix->log = &c->log, c->ix->is_check = true;
    return read_all(c, counts);
}

/* Lines' rings from the records that are there for their history, in order of time. */
static void take_history(struct index *ix)
{
    u32 keys = 0;
    ASSERT(ix->is_check);
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct item *it = &ix->items[i];
        if (!(it->role & LIST_BIT(ROLE_HISTORY)) || it->price <= 0) continue;
        ix->keys[keys++] = (struct key){ (u64)item_obs(ix, it)->t_event, it->rec, i, 0 };
    }
    keys_sort(ix->keys, keys, ix->keys_scratch);
    for (u32 k = 0; k < keys; k++) {
        const struct item *it = &ix->items[ix->keys[k].i];
        line_push(&ix->lines[it->line], it->rec, it->price);
    }
    gates_set(ix);
    ASSERT(keys <= ix->items_n);
}

/* The receipt's records are the items: each is screened alone. */
static void take_lines(struct index *ix)
{
    ASSERT(ix->is_check);
    ASSERT(ix->items_n <= ix->caps.records);
    screen_regions(ix);
    for (u32 i = 0; i < ix->items_n && !ix->full; i++)
        if (!screen_item(ix, &ix->items[i])) screen_new(ix, &ix->items[i]);
}

static void nothing_older(struct index *ix) { ASSERT(ix->is_check); }

void check_compute(struct check *c)
{
    static const struct look_back look = { take_lines, take_history, nothing_older };
    ASSERT(c->ix->is_check);
    ASSERT(!c->out->ok);
    c->ix->before = c->ix->state;
    print_compute(c->ix, look, &c->print);
    ASSERT(!c->ix->full); /* capacities were counted from the text */
}

/* What is written again, against what stands there. */
struct compare { struct check *c; u64 at, differs_at; Str ours; bool differs; char line[96]; };

static void compare_put(void *to, const char *bytes, u32 n)
{
    struct compare *m = to;
    u64 left = m->c->in.n - m->at;
    if (m->differs) return;
    ASSERT(m->at <= m->c->in.n);
    u32 i = 0;
    while (i < n && i < left && bytes[i] == m->c->in.text[m->at + i]) i++;
    if (i < n) {
        struct text t = text_on(m->line, sizeof m->line);
        m->differs = true, m->differs_at = m->at + i;
        text_put_str(&t, (Str){ bytes, n && bytes[n - 1] == '\n' ? n - 1 : n });
    }
    m->at += i;
    ASSERT(m->at <= m->c->in.n);
}

/* Line number and first word of the line at an offset; the word names the field. */
static void name_difference(struct check *c, const struct compare *m)
{
    struct text f = text_on(c->out->field, sizeof c->out->field);
    struct text t = text_on(c->out->cause, sizeof c->out->cause);
    u64 from = 0;
    u32 line = 1, n = 0;
    ASSERT(m->differs);
    for (u64 i = 0; i < m->differs_at && i < c->in.n; i++)
        if (c->in.text[i] == '\n') line++, from = i + 1;
    while (m->line[n] && m->line[n] != ' ') n++;
    ASSERT(n < sizeof m->line);
    text_put_str(&f, (Str){ m->line, n });
    text_put(&t, "its lines give: ");
    text_put(&t, m->line);
    c->out->line = line;
    ASSERT(from <= c->in.n);
}

void check_finish(struct check *c)
{
    struct compare m = { .c = c };
    struct index_sink sink = { compare_put, &m };
    ASSERT(!c->out->ok);
    ASSERT(c->print.status);
    receipt_write(c->ix, &sink, &c->print);
    c->out->print = c->print;
    if (m.differs) name_difference(c, &m);
    else c->out->ok = true; /* what stands behind is a signature that read_end() took apart */
}

void receipt_check(const char *text, u64 n, void *memory, u64 bytes, struct receipt_verdict *out)
{
    struct check c;
    ASSERT(out);
    ASSERT(text || !n);
    if (!check_open(&c, text, n, memory, bytes, out)) return;
    check_compute(&c);
    check_finish(&c);
}
