#include "index/token_check.h"

static u64 align64(u64 v) { return (v + 63) & ~UINT64_C(63); }

bool token_receipt_is(const char *text, u64 n)
{
    static const char first[] = TOKEN_RECEIPT_FIRST_LINE "\n";
    ASSERT(text || !n);
    return n >= sizeof first - 1 && memcmp(text, first, sizeof first - 1) == 0;
}

static u32 count_records(const char *text, u64 n)
{
    static const Str record = { "record ", 7 };
    u32 count = 0;
    ASSERT(text || !n);
    for (u64 i = 0; i < n && count <= RECEIPT_RECORDS_MAX; i++) {
        if (i && text[i - 1] != '\n') continue;
        if (n - i > record.n && memcmp(text + i, record.at, record.n) == 0) count++;
    }
    ASSERT(count <= RECEIPT_RECORDS_MAX + 1);
    return count;
}

static u32 names_for(u32 records) { return 8 * records + 64; }
static u32 refs_for(u32 records) { return 2 * records + 16; }
static struct token_caps caps_for(u32 records)
{
    ASSERT(records <= RECEIPT_RECORDS_MAX + 1);
    return (struct token_caps){ records + 1, records + 1, records + 1, names_for(records) };
}

u64 token_check_bytes(const char *text, u64 n)
{
    u32 records = count_records(text, n);
    u64 log = obs_log_bytes(records + 1, names_for(records), refs_for(records));
    ASSERT(log > 0);
    return align64(log) + align64(token_bytes(caps_for(records))) + 64;
}

static bool fault(struct token_checking *c, const char *field, const char *cause)
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

static bool read_facts(struct token_checking *c)
{
    struct fact_home home = { &c->log.names, &c->log.refs };
    if (!lines_next(&c->in) || !str_is(c->in.now, TOKEN_RECEIPT_FIRST_LINE))
        return fault(c, "hedgerow-token-receipt", "not a receipt of this form");
    ASSERT(token_print_table.n > 0);
    ASSERT(c->in.line == 1);
    for (u32 i = 0; i < token_print_table.n; i++) {
        const struct fact *f = &token_print_table.fact[i];
        if (!lines_next(&c->in) || !line_takes(&c->in.now, f->name))
            return fault(c, f->name, "line missing");
        if (!fact_parse(f, home, c->in.now, &c->stated)) return fault(c, f->name, "malformed");
    }
    while (lines_next(&c->in) && line_takes(&c->in.now, "dropped")) continue;
    if (!c->in.now.at) return fault(c, "prior_age", "line missing");
    lines_back(&c->in);
    return true;
}

static bool date_word(Str s, Date *d)
{
    ASSERT(d);
    ASSERT(s.at || !s.n);
    *d = (Date){ 0 };
    return str_is(s, "-") || parse_date(s, d) == PARSE_OK;
}

static bool read_link(struct token_checking *c)
{
    struct token_state *s = &c->ix->state;
    u64 age;
    const struct token_print *p = &c->stated;
    ASSERT(c->ix->is_check);
    if (!lines_next(&c->in) || !line_takes(&c->in.now, "prior_age") ||
        parse_u64(c->in.now, &age) != PARSE_OK)
        return fault(c, "prior_age", "malformed");
    bool bounded = age <= (u64)DATE_MAX.days && p->prior_value <= TOKEN_LEVEL_MAX &&
                   p->prior_accumulator >= 0 && p->prior_accumulator <= INT64_MAX / 2 &&
                   p->prior_days <= (u32)DATE_MAX.days &&
                   (p->prior_value == 0) == (p->prior_on.days == 0) &&
                   p->prior_on.days < p->value_date.days;
    if (!bounded) return fault(c, "prior_value", "out of range");
    s->value = p->prior_value, s->value_on = p->prior_on, s->age = (u32)age;
    s->accumulator = p->prior_accumulator, s->accumulator_days = p->prior_days;
    s->receipt = p->prior_receipt;
    if (!lines_next(&c->in) || !line_takes(&c->in.now, "prior_link"))
        return fault(c, "prior_link", "malformed");
    Str from = line_word(&c->in.now), on = line_word(&c->in.now), level = line_word(&c->in.now);
    bool fine = date_word(from, &s->basket.from) && date_word(on, &s->link_on) &&
                parse_dec(level, 6, &s->link_level) == PARSE_OK &&
                parse_i64(c->in.now, &s->link_cost) == PARSE_OK && s->link_level >= 0 &&
                s->link_level <= TOKEN_LEVEL_MAX && s->link_cost >= 0 &&
                s->link_cost <= PPB * TOKEN_PRICE_MAX && s->link_on.days < p->value_date.days &&
                s->basket.from.days < p->value_date.days;
    ASSERT(s->basket.n == 0);
    return fine || fault(c, "prior_link", "malformed, or out of range");
}

static bool read_page(struct token_checking *c)
{
    struct token_index *ix = c->ix;
    u64 page, n;
    Hash h;
    ASSERT(ix->is_check);
    Str page_z = line_word(&c->in.now), n_z = line_word(&c->in.now);
    ASSERT(ix->pages);
    bool fine = ix->pages_n < ix->caps.records && parse_u64(page_z, &page) == PARSE_OK &&
                parse_u64(n_z, &n) == PARSE_OK && n >= 1 && n <= OBS_PAGE &&
                page < UINT32_MAX / OBS_PAGE &&
                parse_hex(c->in.now, h.bytes, sizeof h.bytes) == PARSE_OK &&
                (!ix->pages_n || ix->pages[ix->pages_n - 1].page < page);
    if (!fine) return fault(c, "page", "malformed, or not in order");
    ix->pages[ix->pages_n++] = (struct token_page){ (u32)page, (u32)n, h };
    ASSERT(ix->pages_n > 0);
    return true;
}

/* The lines of prior slots stand before the methodology that names them: kept, read after it. */
struct later { u64 at; u32 line; };
static bool skip_slots(struct token_checking *c, struct later *slots)
{
    *slots = (struct later){ c->in.at, c->in.line };
    ASSERT(slots->at <= c->in.n);
    while (lines_next(&c->in) && line_takes(&c->in.now, "prior_slot")) continue;
    if (!c->in.now.at) return fault(c, "page", "line missing");
    lines_back(&c->in);
    while (lines_next(&c->in) && line_takes(&c->in.now, "page"))
        if (!read_page(c)) return false;
    if (!c->in.now.at) return fault(c, "method", "line missing");
    lines_back(&c->in);
    ASSERT(c->in.at <= c->in.n);
    return true;
}

static bool read_method(struct token_checking *c)
{
    u8 *bytes = c->ix->method_bytes;
    ASSERT(c->in.line > 0);
    ASSERT(!c->out->has_method);
    while (lines_next(&c->in) && line_takes(&c->in.now, "method")) continue;
    if (!c->in.now.at || !line_takes(&c->in.now, "method_bytes"))
        return fault(c, "method_bytes", "line missing");
    u32 n = c->in.now.n / 2;
    bool fine = n <= TOKEN_METHOD_BYTES_MAX && parse_hex(c->in.now, bytes, n) == PARSE_OK &&
                token_method_decode(bytes, n, c->m);
    if (!fine) return fault(c, "method_bytes", "not a token methodology");
    c->out->has_method = true, c->out->decimals = (u32)c->m->decimals;
    c->ix->m = c->m;
    return c->stated.value_date.days >= c->m->effective_from ||
           fault(c, "value_date", "before the methodology");
}

static bool read_slot(struct token_checking *c, struct basket *b)
{
    struct slot_now *s = &b->at[b->n];
    char name[32] = "";
    ASSERT(c->ix->is_check);
    Str name_z = line_word(&c->in.now), state = line_word(&c->in.now),
        quantity = line_word(&c->in.now);
    Str price = line_word(&c->in.now);
    *s = (struct slot_now){ .state = list_value(SLOT_STATE, state) };
    ASSERT(b->n < TOKEN_SLOTS_MAX);
    ASSERT(c->ix->m);
    if (name_z.n < sizeof name) memcpy(name, name_z.at, name_z.n);
    s->slot = token_slot_of(c->m, name);
    bool fine =
        s->slot != UINT32_MAX && s->state && parse_i64(quantity, &s->quantity) == PARSE_OK &&
        parse_dec(price, 6, &s->price) == PARSE_OK && date_word(c->in.now, &s->on) &&
        s->quantity >= 0 && s->quantity <= PPB && s->price > 0 && s->price <= TOKEN_PRICE_MAX &&
        s->on.days > 0 && s->on.days < c->stated.value_date.days;
    for (u32 i = 0; i < b->n; i++) fine &= b->at[i].slot != s->slot;
    b->n += fine;
    return fine || fault(c, "prior_slot", "malformed, or out of range");
}

static bool read_slots(struct token_checking *c, struct later slots)
{
    struct basket *b = &c->ix->state.basket;
    u64 at = c->in.at;
    u32 line = c->in.line;
    i64 quantities = 0;
    ASSERT(b->n == 0);
    c->in.at = slots.at, c->in.line = slots.line;
    while (lines_next(&c->in) && line_takes(&c->in.now, "prior_slot")) {
        if (b->n == TOKEN_SLOTS_MAX) return fault(c, "prior_slot", "too many");
        if (!read_slot(c, b)) return false;
        quantities += b->at[b->n - 1].quantity;
    }
    bool any = false;
    for (u32 i = 0; i < b->n; i++)
        any |= b->at[i].state != SLOT_STATE_LEFT && b->at[i].quantity > 0;
    bool priced = c->ix->state.link_cost > 0 && c->ix->state.link_level > 0;
    if (quantities > PPB || (any && !priced) || (b->n && !b->from.days))
        return fault(c, "prior_slot", "no basket of this chain");
    c->in.at = at, c->in.line = line;
    ASSERT(c->in.at <= c->in.n);
    return true;
}

static bool in_pages(const struct token_index *ix, u64 obs_id)
{
    u64 page = (obs_id - 1) / OBS_PAGE;
    ASSERT(obs_id > 0);
    ASSERT(ix->pages);
    for (u32 i = 0; i < ix->pages_n; i++)
        if (ix->pages[i].page == page) return (obs_id - 1) % OBS_PAGE < ix->pages[i].n;
    return false;
}

static bool read_record(struct token_checking *c, const struct slots_of *wanted)
{
    struct obs_log *log = &c->log;
    struct token_index *ix = c->ix;
    struct observation *o = &log->at[log->n];
    bool is_new;
    ASSERT(log->n < log->cap);
    line_word(&c->in.now); /* its reason: recomputed */
    if (observation_parse(log, c->in.now, o)) return fault(c, "record", "malformed");
    if (o->obs_id == 0 || o->obs_id > UINT32_MAX || (log->n && o->obs_id <= o[-1].obs_id))
        return fault(c, "record", "obs_id does not rise");
    if (!in_pages(ix, o->obs_id)) return fault(c, "record", "in none of the pages");
    if (o->t_journal >= date_start(ix->date).ns + NS_PER_DAY)
        return fault(c, "record", "after the day's end");
    log->n++;
    u32 line = token_line_of(ix, log->n - 1, &is_new);
    ASSERT(line != UINT32_MAX); /* capacities were counted from the text */
    if (!is_new) return fault(c, "record", "a second record of one line");
    if (!token_wanted(wanted, &ix->lines[line].of)) return fault(c, "record", "of no slot");
    ix->items[ix->items_n++] = (struct token_item){ log->n - 1, line, 0, 0, { 0 } };
    return true;
}

static bool pages_all_used(struct token_checking *c)
{
    u32 used = 0;
    const struct observation *at = c->log.at;
    ASSERT(c->log.n <= c->log.cap);
    ASSERT(c->ix->pages_n <= c->ix->caps.records);
    for (u32 i = 0; i < c->log.n; i++)
        used += !i || (at[i].obs_id - 1) / OBS_PAGE != (at[i - 1].obs_id - 1) / OBS_PAGE;
    return used == c->ix->pages_n || fault(c, "page", "a page without a record");
}

static bool read_records(struct token_checking *c)
{
    u64 n;
    c->ix->before = c->ix->state;
    struct slots_of wanted = token_slots_wanted(c->ix);
    ASSERT(c->ix->is_check);
    ASSERT(c->log.n == 0);
    ASSERT(c->ix->m);
    while (lines_next(&c->in) &&
           (line_takes(&c->in.now, "slot") || line_takes(&c->in.now, "next_slot")))
        continue;
    if (!c->in.now.at || !line_takes(&c->in.now, "records") || parse_u64(c->in.now, &n) != PARSE_OK)
        return fault(c, "records", "malformed");
    if (n > RECEIPT_RECORDS_MAX)
        return fault(c, "records", "too many to stand in a receipt: give the log with -i");
    while (lines_next(&c->in) && line_takes(&c->in.now, "record")) {
        if (c->log.n == c->log.cap || c->log.n == n) return fault(c, "records", "more lines");
        if (!read_record(c, &wanted)) return false;
    }
    if (!c->in.now.at) return fault(c, "receipt", "line missing");
    lines_back(&c->in);
    if (c->log.n != n) return fault(c, "records", "fewer lines than it says");
    return pages_all_used(c);
}

/* "receipt HASH", then nothing or "signature KEY SIG", lower-case hex. */
static bool read_end(struct token_checking *c)
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

static bool read_all(struct token_checking *c)
{
    struct later slots;
    ASSERT(c->ix->is_check);
    ASSERT(c->ix->log == &c->log);
    if (!read_facts(c)) return false;
    Date d = c->stated.value_date;
    if (d.days <= 0 || d.days >= DATE_MAX.days) return fault(c, "value_date", "out of range");
    c->out->value_date = d, c->ix->date = d;
    return read_link(c) && skip_slots(c, &slots) && read_method(c) && read_slots(c, slots) &&
           read_records(c) && read_end(c);
}

bool token_check_open(struct token_checking *c, const char *text, u64 n, void *memory, u64 bytes,
                      struct token_method *m, struct token_verdict *out)
{
    u32 records = count_records(text, n);
    u8 *p = memory;
    ASSERT(memory);
    ASSERT(bytes >= token_check_bytes(text, n));
    memset(out, 0, sizeof *out);
    memset(c, 0, sizeof *c);
    c->in.text = text, c->in.n = n, c->out = out, c->m = m;
    if (records > RECEIPT_RECORDS_MAX) return fault(c, "record", "too many");
    struct token_caps caps = caps_for(records);
    u64 ix_bytes = align64(token_bytes(caps));
    c->log = obs_log_on(p + ix_bytes, records + 1, names_for(records), refs_for(records));
    c->ix = token_open(p, ix_bytes, caps, NULL, &c->log);
    ASSERT(c->ix); /* the memory was measured */
    c->ix->is_check = true;
    return read_all(c);
}

/* What is written again, against what stands there. */
struct compare { struct token_checking *c; u64 at, differs_at; bool differs; char line[96]; };

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
static void name_difference(struct token_checking *c, const struct compare *m)
{
    struct text f = text_on(c->out->field, sizeof c->out->field);
    struct text t = text_on(c->out->cause, sizeof c->out->cause);
    u32 line = 1, n = 0;
    ASSERT(m->differs);
    for (u64 i = 0; i < m->differs_at && i < c->in.n; i++) line += c->in.text[i] == '\n';
    while (m->line[n] && m->line[n] != ' ') n++;
    ASSERT(n < sizeof m->line);
    text_put_str(&f, (Str){ m->line, n });
    text_put(&t, "its lines give: ");
    text_put(&t, m->line);
    c->out->line = line;
}

void token_check_finish(struct token_checking *c)
{
    struct compare m = { .c = c };
    struct index_sink sink = { compare_put, &m };
    ASSERT(!c->out->ok);
    token_compute(c->ix, &c->print);
    if (c->ix->full) {
        (void)fault(c, "records", "more providers of one model than a print takes");
        return;
    }
    ASSERT(c->print.status);
    token_receipt_write(c->ix, &sink, &c->print);
    c->out->print = c->print;
    if (m.differs) name_difference(c, &m);
    else c->out->ok = true; /* what stands behind is a signature that read_end() took apart */
}

void token_check(const char *text, u64 n, void *memory, u64 bytes, struct token_method *method,
                 struct token_verdict *out)
{
    struct token_checking c;
    ASSERT(out);
    ASSERT(text || !n);
    if (!token_check_open(&c, text, n, memory, bytes, method, out)) return;
    token_check_finish(&c);
}
