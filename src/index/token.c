#include "index/token_work.h"

#define AS_TEXT(LIST, NAME, text) text,
#define WORDS_OF(LIST) \
    static const char *const LIST##_array[] = { "-", LIST##_LIST(AS_TEXT) }; \
    const struct words bench_words_##LIST = { #LIST, LIST##_array, ARRAY_LEN(LIST##_array) };
WORDS_OF(TOKEN_FLAG)
WORDS_OF(SLOT_STATE)
#define PRINT_ROW(KIND, member, LIST, meaning) \
    FACT_ROW(struct token_print, KIND, member, LIST, meaning)
static const struct fact print_facts[] = { TOKEN_PRINT_FIELDS(PRINT_ROW) };
const struct fact_table token_print_table = { print_facts, ARRAY_LEN(print_facts),
                                              sizeof(struct token_print) };

static u64 align64(u64 v) { return (v + 63) & ~UINT64_C(63); }

static u32 table_slots(u32 lines)
{
    u32 slots = 16;
    ASSERT(lines > 0);
    ASSERT(lines <= UINT32_C(1) << 28);
    while (slots < 2 * lines) slots *= 2;
    return slots;
}

u64 token_bytes(struct token_caps c)
{
    ASSERT(c.records > 0);
    ASSERT(c.lines > 0);
    return align64(sizeof(struct token_index)) + align64(c.lines * sizeof(struct token_line)) +
           align64(table_slots(c.lines) * sizeof(u32)) +
           align64(c.records * sizeof(struct token_item)) +
           2 * align64(c.records * sizeof(struct key)) +
           align64(c.records * sizeof(struct token_page)) /* a page has a record */;
}

struct token_index *token_open(void *memory, u64 bytes, struct token_caps c,
                               const struct token_method *m, struct obs_log *log)
{
    const char *cause;
    struct token_index *ix = memory;
    u8 *p = memory;
    ASSERT(memory);
    ASSERT(((uintptr_t)memory & 63) == 0);
    if (!c.records || !c.lines || c.log_records < log->cap || c.names < log->names.cap) return NULL;
    if (bytes < token_bytes(c)) return NULL;
    if (m && token_method_fault(m, &cause) != token_method_record.fields) return NULL;
    ix->m = m, ix->log = log, ix->caps = c;
    p += align64(sizeof *ix);
    ix->lines = (void *)p, p += align64(c.lines * sizeof *ix->lines);
    ix->line_table = (void *)p, p += align64(table_slots(c.lines) * sizeof(u32));
    ix->line_mask = table_slots(c.lines) - 1;
    ix->items = (void *)p, p += align64(c.records * sizeof *ix->items);
    ix->keys = (void *)p, p += align64(c.records * sizeof *ix->keys);
    ix->keys_scratch = (void *)p, p += align64(c.records * sizeof *ix->keys);
    ix->pages = (void *)p;
    if (m) ix->date = (Date){ (i32)m->effective_from };
    return ix;
}

Date token_next_date(const struct token_index *ix)
{
    ASSERT(ix->date.days > 0);
    ASSERT(ix->date.days <= DATE_MAX.days + 1);
    return ix->date;
}

Instant token_publish_time(Date date)
{
    ASSERT(date.days >= 0);
    ASSERT(date.days <= DATE_MAX.days);
    return (Instant){ token_publish_ns(date) };
}

/* ---- lines ---- */

static bool same_line(const struct observation *a, const struct observation *b)
{
    ASSERT(a && b);
    return a->source == b->source && a->provider == b->provider && a->model == b->model &&
           a->token_side == b->token_side && a->region == b->region && a->key == b->key;
}

static struct slots_of slots_of(const struct token_index *ix, const struct observation *o)
{
    struct slots_of of = { { 0 }, { 0 } };
    Str id = names_text(&ix->log->names, o->model);
    ASSERT(ix->m);
    ASSERT(ix->m->slots_n <= (i64)TOKEN_SLOTS_MAX);
    for (u32 i = 0; i < (u32)ix->m->slots_n; i++) {
        const struct token_slot *s = &ix->m->slots[i];
        bool host = ix->m->hosts == TOKEN_HOSTS_ANY ||
                    str_is(names_text(&ix->log->names, o->provider), s->maker);
        if (!host) continue;
        for (u32 by = 0; by < BY_BOTH; by++) {
            const char *model = by == BY_MODEL ? s->model : s->successor;
            u32 belongs = model[0] ? token_belongs(ix->m, id, model) : 0;
            if (belongs == 1) of.is[by] |= UINT64_C(1) << i;
            if (belongs == 2) of.variant[by] |= UINT64_C(1) << i;
        }
    }
    return of;
}

u32 token_line_of(struct token_index *ix, u32 rec, bool *is_new)
{
    const struct observation *o = &ix->log->at[rec];
    u64 h = mix64(o->model | (u64)o->provider << 32) ^ mix64(o->source | (u64)o->token_side << 32);
    u32 i = (u32)mix64(h) & ix->line_mask;
    ASSERT(ix->lines_n <= ix->caps.lines);
    ASSERT(rec < ix->log->n);
    while (ix->line_table[i] && !same_line(&ix->log->at[ix->lines[ix->line_table[i] - 1].rec], o))
        i = (i + 1) & ix->line_mask;
    *is_new = !ix->line_table[i];
    if (!*is_new) return ix->line_table[i] - 1;
    if (ix->lines_n == ix->caps.lines) return UINT32_MAX;
    ix->lines[ix->lines_n] = (struct token_line){ rec, 0, slots_of(ix, o) };
    ix->line_table[i] = ++ix->lines_n;
    return ix->lines_n - 1;
}

/* Token records journaled before the day's end: each line keeps the latest by (t_event, obs_id). */
static void read_log(struct token_index *ix)
{
    i64 end = date_start(ix->date).ns + NS_PER_DAY;
    ASSERT(ix->m);
    ASSERT(ix->read_n <= ix->log->n);
    ASSERT(!ix->is_check);
    for (; ix->read_n < ix->log->n && ix->log->at[ix->read_n].t_journal < end; ix->read_n++) {
        const struct observation *o = &ix->log->at[ix->read_n];
        bool is_new;
        if (o->term != TERM_TOKEN || !o->model) continue;
        u32 line = token_line_of(ix, ix->read_n, &is_new);
        if (line == UINT32_MAX) {
            ix->full = true;
            return;
        }
        if (o->t_event >= ix->log->at[ix->lines[line].rec].t_event)
            ix->lines[line].rec = ix->read_n;
    }
}

/* Into order of record, which is that of the receipt. */
static void take_items(struct token_index *ix)
{
    u32 n = 0;
    struct slots_of w = token_slots_wanted(ix);
    ASSERT(!ix->is_check);
    for (u32 i = 0; i < ix->lines_n; i++) {
        if (!token_wanted(&w, &ix->lines[i].of)) continue;
        if (n == ix->caps.records) {
            ix->full = true;
            return;
        }
        ix->keys[n++] = (struct key){ ix->lines[i].rec, 0, i, 0 };
    }
    keys_sort(ix->keys, n, ix->keys_scratch);
    for (u32 k = 0; k < n; k++)
        ix->items[k] = (struct token_item){ (u32)ix->keys[k].hi, ix->keys[k].i, 0, 0, { 0 } };
    ix->items_n = n;
    ASSERT(n <= ix->caps.records);
}

/* The pages that hold the records in force, each as it stood at the day's end. */
static void read_pages(struct token_index *ix)
{
    ix->pages_n = 0;
    ASSERT(ix->read_n <= ix->log->n);
    for (u32 i = 0; i < ix->items_n; i++) {
        u32 page = ix->items[i].rec / OBS_PAGE;
        ASSERT(ix->items[i].rec < ix->read_n);
        if (ix->pages_n && ix->pages[ix->pages_n - 1].page == page) continue;
        u32 n = ix->read_n - page * OBS_PAGE;
        if (n > OBS_PAGE) n = OBS_PAGE;
        Hash h = n == OBS_PAGE ? ix->log->pages[page] : obs_page_hash(ix->log, page, n);
        ix->pages[ix->pages_n++] = (struct token_page){ page, n, h };
    }
}

enum index_result token_print(struct token_index *ix, const struct index_sink *sink,
                              struct token_print *out)
{
    ASSERT(ix->log->n <= ix->caps.log_records);
    ASSERT(!ix->is_check);
    if (ix->date.days >= DATE_MAX.days) return INDEX_ORDER;
    ix->before = ix->state, ix->full = false;
    read_log(ix);
    if (!ix->full) take_items(ix);
    if (!ix->full) token_compute(ix, out);
    if (ix->full) {
        ix->state = ix->before;
        return INDEX_FULL;
    }
    read_pages(ix);
    token_receipt_write(ix, sink, out);
    ix->state.receipt = out->receipt;
    ix->date.days++;
    return INDEX_OK;
}
