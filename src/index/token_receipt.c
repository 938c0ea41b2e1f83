#include "index/token_work.h"

/* The text as it is made: hashed, and handed on. One line at a time. */
struct writer {
    struct sha256 hash;
    const struct index_sink *sink;
    struct text line;
    char buf[2048];
};

static void flush(struct writer *w)
{
    ASSERT(!w->line.cut);
    ASSERT(w->line.n < sizeof w->buf);
    sha256_add(&w->hash, w->buf, w->line.n);
    if (w->sink) w->sink->put(w->sink->to, w->buf, w->line.n);
    w->line = text_on(w->buf, sizeof w->buf);
}

static void end_line(struct writer *w)
{
    text_put_char(&w->line, '\n');
    flush(w);
    ASSERT(w->line.n == 0);
    ASSERT(w->line.cap == sizeof w->buf);
}

static void put(struct writer *w, const char *z) { text_put(&w->line, z); }
static void blank(struct writer *w) { text_put_char(&w->line, ' '); }
static void number(struct writer *w, i64 v) { blank(w), text_put_i64(&w->line, v); }
static void price(struct writer *w, i64 v) { blank(w), text_put_dec(&w->line, v, 6, 6); }
static void date(struct writer *w, Date d)
{
    ASSERT(d.days >= 0);
    ASSERT(d.days <= DATE_MAX.days);
    blank(w);
    if (d.days) text_put_date(&w->line, d);
    else text_put_char(&w->line, '-');
}

static void write_facts(struct token_index *ix, struct writer *w, const struct token_print *p)
{
    struct fact_home home = { &ix->log->names, &ix->log->refs };
    put(w, TOKEN_RECEIPT_FIRST_LINE), end_line(w);
    ASSERT(token_print_table.n > 0);
    ASSERT(p->vintage > 0);
    for (u32 i = 0; i < token_print_table.n; i++) {
        put(w, token_print_table.fact[i].name), blank(w);
        fact_put(&token_print_table.fact[i], home, p, &w->line);
        end_line(w);
    }
    for (u32 r = 1; r < REASON_COUNT; r++) {
        if (!p->dropped[r]) continue;
        put(w, "dropped "), put(w, list_text(REASON, r)), number(w, p->dropped[r]), end_line(w);
    }
}

/* The chain as the day before left it: with it and the records in force the day is computed. */
static void write_prior(struct token_index *ix, struct writer *w)
{
    const struct token_state *b = &ix->before;
    put(w, "prior_age"), number(w, b->age), end_line(w);
    put(w, "prior_link"), date(w, b->basket.from), date(w, b->link_on), price(w, b->link_level);
    number(w, b->link_cost), end_line(w);
    ASSERT(b->basket.n <= TOKEN_SLOTS_MAX);
    for (u32 i = 0; i < b->basket.n; i++) {
        const struct slot_now *s = &b->basket.at[i];
        ASSERT(s->slot < (u32)ix->m->slots_n);
        put(w, "prior_slot "), put(w, ix->m->slots[s->slot].slot);
        blank(w), put(w, list_text(SLOT_STATE, s->state));
        number(w, s->quantity), price(w, s->price), date(w, s->on), end_line(w);
    }
}

static void write_pages(struct token_index *ix, struct writer *w)
{
    ASSERT(ix->log);
    ASSERT(ix->pages_n <= ix->caps.records);
    for (u32 i = 0; i < ix->pages_n; i++) {
        put(w, "page"), number(w, ix->pages[i].page), number(w, ix->pages[i].n), blank(w);
        text_put_hex(&w->line, ix->pages[i].hash.bytes, sizeof(Hash));
        end_line(w);
    }
}

/* For people as YAML, for the check as canonical bytes; both must say the same. */
static void write_method(struct token_index *ix, struct writer *w)
{
    u32 n = record_encode(&token_method_record, ix->m, ix->method_bytes, sizeof ix->method_bytes);
    struct text yaml = text_on(ix->yaml, sizeof ix->yaml);
    ASSERT(n > 0);
    record_yaml(&token_method_record, ix->m, &yaml);
    ASSERT(!yaml.cut);
    for (u32 i = 0, from = 0; i < yaml.n; i++) {
        if (ix->yaml[i] != '\n') continue;
        put(w, "method ");
        text_put_str(&w->line, (Str){ ix->yaml + from, i - from });
        end_line(w);
        from = i + 1;
    }
    put(w, "method_bytes ");
    for (u32 at = 0; at < n; at += 512) {
        text_put_hex(&w->line, ix->method_bytes + at, n - at < 512 ? n - at : 512);
        flush(w);
    }
    end_line(w);
}

/* "slot NAME MODEL STATE QUANTITY PRICE PRICED_ON SHARE PROVIDERS", each recomputed by a check. */
static void write_basket(struct token_index *ix, struct writer *w, const char *word,
                         const struct basket *b)
{
    ASSERT(b->n <= TOKEN_SLOTS_MAX);
    ASSERT(word);
    for (u32 i = 0; i < b->n; i++) {
        const struct slot_now *s = &b->at[i];
        const struct token_slot *slot = &ix->m->slots[s->slot];
        put(w, word), blank(w), put(w, slot->slot), blank(w);
        put(w, slot_model(slot, s->on)), blank(w);
        put(w, list_text(SLOT_STATE, s->state)), number(w, s->quantity), price(w, s->price);
        date(w, s->on), number(w, s->share_ppm), number(w, s->providers), end_line(w);
    }
}

static void write_records(struct token_index *ix, struct writer *w)
{
    put(w, "records"), number(w, ix->items_n), end_line(w);
    ASSERT(ix->items_n <= ix->caps.records);
    for (u32 i = 0; i < ix->items_n && ix->items_n <= RECEIPT_RECORDS_MAX; i++) {
        const struct token_item *it = &ix->items[i];
        ASSERT(!i || ix->items[i - 1].rec < it->rec);
        put(w, "record ");
        put(w, it->reason ? list_text(REASON, it->reason) : "ELIGIBLE"), blank(w);
        observation_put(ix->log, token_obs(ix, it), &w->line);
        end_line(w);
    }
}

/* RFC 6962's tree over the pages and one leaf of a reason byte a record, as in receipt.c. */
static Hash node_of(u8 tag, const void *a, u64 a_n, const void *b, u64 b_n)
{
    struct sha256 h;
    ASSERT(tag <= 1);
    ASSERT(a || !a_n);
    sha256_init(&h);
    sha256_add(&h, &tag, 1);
    sha256_add(&h, a, a_n);
    sha256_add(&h, b, b_n);
    return sha256_end(&h);
}

static Hash leaf_of(const struct token_index *ix, u32 leaf)
{
    struct sha256 h;
    u8 tag = 0;
    ASSERT(leaf <= ix->pages_n);
    if (leaf < ix->pages_n) return node_of(0, ix->pages[leaf].hash.bytes, sizeof(Hash), NULL, 0);
    sha256_init(&h);
    sha256_add(&h, &tag, 1);
    for (u32 i = 0; i < ix->items_n; i++) sha256_add(&h, &ix->items[i].reason, 1);
    ASSERT(ix->items_n <= ix->caps.records);
    return sha256_end(&h);
}

static Hash merkle_root(const struct token_index *ix)
{
    Hash stack[33];
    u32 depth = 0;
    for (u32 leaf = 0; leaf <= ix->pages_n; leaf++) {
        stack[depth++] = leaf_of(ix, leaf);
        for (u32 full = leaf + 1; full % 2 == 0; full /= 2, depth--)
            stack[depth - 2] =
                node_of(1, &stack[depth - 2], sizeof(Hash), &stack[depth - 1], sizeof(Hash));
        ASSERT(depth < ARRAY_LEN(stack));
    }
    for (; depth > 1; depth--)
        stack[depth - 2] =
            node_of(1, &stack[depth - 2], sizeof(Hash), &stack[depth - 1], sizeof(Hash));
    ASSERT(depth == 1);
    return stack[0];
}

void token_receipt_write(struct token_index *ix, const struct index_sink *sink,
                         struct token_print *out)
{
    struct writer w = { .sink = sink };
    ASSERT(out->status);
    ASSERT(ix->m);
    out->methodology = record_hash(&token_method_record, ix->m);
    out->input_root = merkle_root(ix);
    w.line = text_on(w.buf, sizeof w.buf);
    sha256_init(&w.hash);
    write_facts(ix, &w, out);
    write_prior(ix, &w);
    write_pages(ix, &w);
    write_method(ix, &w);
    write_basket(ix, &w, "slot", &ix->now);
    write_basket(ix, &w, "next_slot", &ix->next);
    write_records(ix, &w);
    out->receipt = sha256_end(&w.hash);
    if (!sink) return;
    put(&w, "receipt ");
    text_put_hex(&w.line, out->receipt.bytes, sizeof(Hash));
    text_put_char(&w.line, '\n');
    sink->put(sink->to, w.buf, w.line.n);
}
