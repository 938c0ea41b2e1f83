#include "index/work.h"

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

static struct fact_home home(struct index *ix)
{
    ASSERT(ix->log);
    return (struct fact_home){ &ix->log->names, &ix->log->refs };
}

static void write_facts(struct index *ix, struct writer *w, const struct print *p)
{
    text_put(&w->line, RECEIPT_FIRST_LINE);
    end_line(w);
    ASSERT(print_table.n > 0);
    ASSERT(p->vintage > 0);
    for (u32 i = 0; i < print_table.n; i++) {
        text_put(&w->line, print_table.fact[i].name);
        text_put_char(&w->line, ' ');
        fact_put(&print_table.fact[i], home(ix), p, &w->line);
        end_line(w);
    }
    for (u32 r = 1; r < REASON_COUNT; r++) {
        text_put(&w->line, "dropped ");
        text_put(&w->line, list_text(REASON, r));
        text_put_char(&w->line, ' ');
        text_put_u64(&w->line, p->dropped[r]);
        end_line(w);
    }
}

static void write_inputs(struct index *ix, struct writer *w)
{
    ASSERT(ix->before.venues_out_n <= VENUES_OUT_MAX);
    ASSERT(ix->pages_n <= pages_cap(ix->caps.log_records));
    text_put(&w->line, "prior_age ");
    text_put_u64(&w->line, ix->before.age);
    end_line(w);
    for (u32 i = 0; i < ix->before.venues_out_n; i++) {
        text_put(&w->line, "venue_out ");
        text_put_str(&w->line, names_text(&ix->log->names, ix->before.venues_out[i]));
        end_line(w);
    }
    for (u32 i = 0; i < ix->pages_n; i++) {
        text_put(&w->line, "page ");
        text_put_u64(&w->line, ix->pages[i].page);
        text_put_char(&w->line, ' ');
        text_put_u64(&w->line, ix->pages[i].n);
        text_put_char(&w->line, ' ');
        text_put_hex(&w->line, ix->pages[i].hash.bytes, sizeof(Hash));
        end_line(w);
    }
}

/* For people as YAML, for the check as canonical bytes; both must say the same. */
static void write_methodology(struct index *ix, struct writer *w)
{
    u8 bytes[METHOD_BYTES_MAX];
    char text[2 * METHOD_BYTES_MAX];
    u32 n = record_encode(&methodology_record, &ix->stated, bytes, sizeof bytes);
    ASSERT(n > 0);
    ASSERT(n <= sizeof bytes);
    struct text yaml = text_on(text, sizeof text);
    record_yaml(&methodology_record, &ix->stated, &yaml);
    ASSERT(!yaml.cut);
    for (u32 i = 0, from = 0; i < yaml.n; i++) {
        if (text[i] != '\n') continue;
        text_put(&w->line, "method ");
        text_put_str(&w->line, (Str){ text + from, i - from });
        end_line(w);
        from = i + 1;
    }
    text_put(&w->line, "method_bytes ");
    for (u32 at = 0; at < n; at += 512) {
        text_put_hex(&w->line, bytes + at, n - at < 512 ? n - at : 512);
        flush(w);
    }
    end_line(w);
}

static void put_owner_row(const struct owner *row, struct text *t)
{
    ASSERT(row->provider[0]);
    ASSERT(row->owner[0]);
    for (u32 f = 0; f < owner_record.fields; f++) { /* evidence may have blanks: it stands last */
        if (owner_record.field[f].at == offsetof(struct owner, evidence)) continue;
        text_put_char(t, ' ');
        if (owner_record.field[f].at == offsetof(struct owner, to) && !row->to)
            text_put_char(t, '-');
        else if (owner_record.field[f].at == offsetof(struct owner, supplier) && !row->supplier[0])
            text_put_char(t, '-');
        else if (owner_record.field[f].kind == RECORD_TEXT)
            text_put(t, (const char *)row + owner_record.field[f].at);
        else record_value_text(&owner_record.field[f], row, t);
    }
    text_put_char(t, ' ');
    text_put(t, row->evidence);
}

/* The registry rows of the providers looked at, in the registry's order, were marked as they were
 * asked for. */
static bool row_used(const struct index *ix, u32 row)
{
    ASSERT(row < ix->owners_n);
    ASSERT(ix->print_stamp);
    return ix->row_used[row] == ix->print_stamp;
}

static Hash registry_hash(const struct index *ix)
{
    struct sha256 h;
    u8 bytes[512];
    sha256_init(&h);
    for (u32 i = 0; i < ix->owners_n; i++) {
        if (!row_used(ix, i)) continue;
        u32 n = record_encode(&owner_record, &ix->owners[i], bytes, sizeof bytes);
        ASSERT(n > 0);
        sha256_add(&h, bytes, n);
    }
    ASSERT(ix->owners_n <= ix->caps.owners);
    return sha256_end(&h);
}

static void write_owners(struct index *ix, struct writer *w)
{
    ASSERT(w);
    ASSERT(ix->row_used);
    ASSERT(ix->owners_n <= ix->caps.owners);
    for (u32 i = 0; i < ix->owners_n; i++) {
        if (!row_used(ix, i)) continue;
        text_put(&w->line, "owner");
        put_owner_row(&ix->owners[i], &w->line);
        end_line(w);
    }
}

void receipt_put_role(u32 role, u32 reason, struct text *t)
{
    const char *plus = "";
    ASSERT(role);
    ASSERT(reason < REASON_COUNT);
    for (u32 i = 1; i < ROLE_COUNT; i++) {
        if (!(role & LIST_BIT(i))) continue;
        text_put(t, plus);
        text_put(t, list_text(ROLE, i));
        plus = "+";
    }
    text_put_char(t, ' ');
    text_put(t,
             role & LIST_BIT(ROLE_CANDIDATE) && !reason ? "ELIGIBLE" : list_text(REASON, reason));
}

static void write_records(struct index *ix, struct writer *w)
{
    text_put(&w->line, "records ");
    text_put_u64(&w->line, ix->items_n);
    end_line(w);
    ASSERT(ix->items_n <= ix->caps.records);
    if (ix->items_n > RECEIPT_RECORDS_MAX) return; /* the pages above name the log */
    for (u32 i = 0; i < ix->items_n; i++) {
        const struct item *it = &ix->items[i];
        ASSERT(!i || ix->items[i - 1].rec < it->rec);
        text_put(&w->line, "record ");
        receipt_put_role(it->role, it->reason, &w->line);
        text_put_char(&w->line, ' ');
        observation_put(ix->log, item_obs(ix, it), &w->line);
        end_line(w);
    }
}

/* The first item after i that stands on another page: records rise, so it is not further off than
 * the page's end is. */
static u32 first_of_page(const struct index *ix, u32 i)
{
    u32 rec = ix->items[i].rec, next = (rec / OBS_PAGE + 1) * OBS_PAGE;
    u32 lo = i + 1, hi = ix->items_n - i < next - rec ? ix->items_n : i + (next - rec);
    while (lo < hi) {
        u32 mid = lo + (hi - lo) / 2;
        if (ix->items[mid].rec < next) lo = mid + 1;
        else hi = mid;
    }
    ASSERT(lo > i);
    ASSERT(lo <= ix->items_n);
    return lo;
}

/* The pages that hold the records looked at, each as it stood at publication. */
static void pages_read(struct index *ix, i64 publish)
{
    u32 visible = ix->log->n, lo = 0;
    ASSERT(!ix->is_check);
    while (lo < visible) {
        u32 mid = lo + (visible - lo) / 2;
        if (ix->log->at[mid].t_journal < publish) lo = mid + 1;
        else visible = mid;
    }
    ix->pages_n = 0;
    for (u32 i = 0; i < ix->items_n; i = first_of_page(ix, i)) {
        u32 page = ix->items[i].rec / OBS_PAGE;
        ASSERT(ix->items[i].rec < visible);
        u32 n = visible - page * OBS_PAGE < OBS_PAGE ? visible - page * OBS_PAGE : OBS_PAGE;
        Hash h = n == OBS_PAGE ? ix->log->pages[page] : obs_page_hash(ix->log, page, n);
        ix->pages[ix->pages_n++] = (struct page_read){ page, n, h };
    }
}

/* RFC 6962's tree: a leaf is H(0 | bytes), a node H(1 | left | right); the last leaf is one reason
 * byte a record, in order. The stack holds the roots of full subtrees, `leaves` says which. */
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

static void reasons_pass(void *arg, u32 job)
{
    struct index *ix = arg;
    u32 jobs = jobs_of(ix), end = part_at(ix->items_n, jobs, job + 1);
    ASSERT(job < jobs);
    ASSERT(end <= ix->items_n);
    for (u32 i = part_at(ix->items_n, jobs, job); i < end; i++)
        ix->reasons[i] = ix->items[i].reason;
}

static Hash reasons_leaf(struct index *ix)
{
    jobs_run(ix, jobs_of(ix), reasons_pass, ix);
    ASSERT(ix->items_n <= ix->caps.records);
    return node_of(0, ix->reasons, ix->items_n, NULL, 0);
}

static Hash merkle_root(struct index *ix)
{
    Hash stack[33];
    u32 depth = 0;
    for (u32 leaf = 0; leaf <= ix->pages_n; leaf++) {
        stack[depth++] = leaf == ix->pages_n
                             ? reasons_leaf(ix)
                             : node_of(0, ix->pages[leaf].hash.bytes, sizeof(Hash), NULL, 0);
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

void receipt_write(struct index *ix, const struct index_sink *sink, struct print *out)
{
    struct writer w = { .sink = sink };
    ASSERT(ix->owners_n <= ix->caps.owners);
    ASSERT(out->status);
    if (!ix->is_check) pages_read(ix, out->published_at);
    out->registry = registry_hash(ix);
    out->input_root = merkle_root(ix);
    w.line = text_on(w.buf, sizeof w.buf);
    sha256_init(&w.hash);
    write_facts(ix, &w, out);
    write_inputs(ix, &w);
    write_methodology(ix, &w);
    write_owners(ix, &w);
    write_records(ix, &w);
    out->receipt = sha256_end(&w.hash);
    if (!sink) return;
    text_put(&w.line, "receipt ");
    text_put_hex(&w.line, out->receipt.bytes, sizeof(Hash));
    text_put_char(&w.line, '\n');
    sink->put(sink->to, w.buf, w.line.n);
}
