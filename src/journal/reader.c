#include "journal/cursor.h"
#include "sys/clock.h"
#include <stdlib.h>

struct journal_reader {
    struct cursor c;
    struct journal_found found;
    struct journal_read_config config;
    bool held; /* a batch is being handed out */
    u32 taken; /* of its records */
    u64 at;    /* of the next one, in bytes */
    u8 *bytes; /* the batch; following: a copy, since the cursor reads on to see if it is durable */
    u8 *copy;
};

Err journal_read_open(struct journal_reader **out, const struct journal_read_config *c,
                      struct why *w)
{
    struct journal_reader *r = calloc(1, sizeof *r);
    *out = NULL;
    if (!r) return why_set(w, ERR_IO, "no memory");
    r->config = *c;
    if (!r->config.from) r->config.from = 1;
    Err err = cursor_open(&r->c, c->folder, &r->found, w);
    if (err) {
        free(r);
        return why_wrap(w, err, "journal %s", c->folder);
    }
    r->c.chain = c->chain, r->c.records = false, r->c.quick = c->follow;
    if (c->follow && !(r->copy = malloc(BATCH_BYTES_MAX))) err = why_set(w, ERR_IO, "no memory");
    if (!err && !r->c.segments && !c->follow) err = why_set(w, ERR_INPUT, "no segment there");
    if (!err && r->c.segments) err = cursor_seek(&r->c, r->config.from, w);
    if (!err && r->found.state == JOURNAL_DAMAGED)
        err = why_set(w, ERR_IO, "JOURNAL_DAMAGED: %s", r->found.text);
    if (!err) {
        *out = r;
        return ERR_OK;
    }
    journal_read_close(&r);
    return why_wrap(w, err, "journal %s", c->folder);
}

u64 journal_read_seq(const struct journal_reader *r) { return r->c.next_seq - 1; }

void journal_read_close(struct journal_reader **r)
{
    if (!*r) return;
    cursor_close(&(*r)->c);
    free((*r)->copy);
    free(*r);
    *r = NULL;
}

/* Following: a batch whose sync has not returned may still vanish, so it waits for what follows
 * it. */
static Err wait_covered(struct journal_reader *r, bool *covered, struct why *w)
{
    if (r->bytes != r->copy) memcpy(r->copy, r->c.bytes, r->c.batch.length);
    r->bytes = r->copy;
    Err err = cursor_covered(&r->c, covered, w);
    if (err || *covered) return err;
    err = cursor_refresh(&r->c, w);
    return err ? err : cursor_covered(&r->c, covered, w);
}

static Err next_batch(struct journal_reader *r, bool *got, struct why *w)
{
    enum cursor_step step = CURSOR_BAD;
    *got = false;
    for (u32 tries = 0;; tries++) {
        Err err = cursor_step(&r->c, &step, w);
        if (err) return err;
        if (step != CURSOR_BAD || !r->config.follow || tries == 3) break;
        /* Perhaps seen half-way: look again. Damage stays, a write at work does not. */
        memset(r->found.text, 0, sizeof r->found.text);
        r->found.state = JOURNAL_SOUND;
        if (tries) clock_sleep_ns(2000000);
        err = cursor_refresh(&r->c, w);
        if (err) return err;
    }
    if (step == CURSOR_END && r->config.follow) return cursor_refresh(&r->c, w);
    if (step == CURSOR_END) return ERR_OK;
    if (step == CURSOR_BAD) {
        if (r->found.state == JOURNAL_TORN) return ERR_OK; /* the writer's open tells it */
        return why_set(w, ERR_IO, "JOURNAL_DAMAGED: %s", r->found.text);
    }
    r->bytes = (u8 *)r->c.bytes, r->taken = 0, r->at = sizeof(struct batch_header), r->held = true;
    *got = true;
    return ERR_OK;
}

Err journal_read(struct journal_reader *r, struct journal_record *out, bool *got, struct why *w)
{
    u64 n = 0;
    for (;;) {
        bool fine = true;
        Err err = ERR_OK;
        if (!r->held) err = next_batch(r, &fine, w);
        *got = false;
        if (err || !fine) return err;
        const struct batch_header *h = &r->c.batch;
        if (r->config.follow && h->count && r->taken == 0 && (err = wait_covered(r, &fine, w)))
            return err;
        if (!fine) return ERR_OK;
        if (r->taken == h->count) {
            r->held = false;
            continue;
        }
        const char *wrong =
            journal_record_decode(r->bytes + r->at, sizeof *h + h->payload - r->at, out, &n);
        if (!wrong && out->seq != h->first_seq + r->taken) wrong = "record: seq out of order";
        if (wrong)
            return why_set(w, ERR_IO, "JOURNAL_DAMAGED: segment %llu: offset %llu: seq %llu: %s",
                           (unsigned long long)h->segment, (unsigned long long)h->at,
                           (unsigned long long)h->first_seq + r->taken, wrong);
        r->at += n, r->taken++;
        if (out->seq < r->config.from) continue;
        *got = true;
        return ERR_OK;
    }
}
