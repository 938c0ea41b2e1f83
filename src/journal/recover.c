#include "journal/writer.h"
#include "base/text.h"

static void too_short(struct journal_found *found, const struct journal_head *known,
                      const char *what)
{
    struct text t = text_on(found->text, sizeof found->text);
    found->state = JOURNAL_DAMAGED, found->want = known->hash, found->got = found->head;
    found->seq = known->seq;
    text_put(&t, what), text_put(&t, ": head known elsewhere is seq "),
        text_put_u64(&t, known->seq);
    text_put(&t, " hash "), text_put_hex(&t, known->hash.bytes, 32);
    text_put(&t, "; the journal ends at seq "), text_put_u64(&t, found->last);
    text_put(&t, " hash "), text_put_hex(&t, found->head.bytes, 32);
}

/* Walks to the end; afterwards the cursor stands where the next batch would begin. */
static Err scan(struct cursor *c, const struct journal_head *known, struct why *w)
{
    struct journal_found *found = c->found;
    enum cursor_step step = CURSOR_BATCH;
    bool met = !known || known->seq == 0, passed = false;
    while (step == CURSOR_BATCH && !passed) {
        Err err = cursor_step(c, &step, w);
        if (err) return err;
        if (step != CURSOR_BATCH || met) continue;
        met = found->last == known->seq && hash_eq(c->hash, known->hash);
        passed = found->last > known->seq;
    }
    if (!met && found->state != JOURNAL_DAMAGED)
        too_short(found, known, passed ? "another history" : "records are missing at the end");
    return ERR_OK;
}

Err journal_scan(const char *folder, const struct journal_head *known, struct journal_found *found,
                 struct why *w)
{
    struct cursor c;
    Err err = cursor_open(&c, folder, found, w);
    if (err) return why_wrap(w, err, "journal %s", folder);
    if (!c.segments) err = why_set(w, ERR_INPUT, "no segment there");
    if (!err) err = scan(&c, known, w);
    cursor_close(&c);
    return err ? why_wrap(w, err, "journal %s", folder) : ERR_OK;
}

/* Zeroes from the end of the last good batch on, as the segment was laid out. */
static Err cut(struct journal *j, const struct cursor *c, struct why *w)
{
    static const u8 zeroes[JOURNAL_BLOCK];
    u64 bytes, end = c->at + c->found->cut_bytes;
    Err err = file_size(j->f, &bytes, w);
    if (err) return err;
    if (bytes < c->segment.bytes) end = c->segment.bytes;
    for (u64 at = c->at; at < end && !err; at += JOURNAL_BLOCK)
        err = file_write_at(j->f, at, zeroes, JOURNAL_BLOCK, w);
    return err ? err : file_sync(j->f, w);
}

static Err begin_first(struct journal *j, struct why *w)
{
    u8 block[JOURNAL_BLOCK];
    if (j->config.must_exist) return why_set(w, ERR_INPUT, "no journal there");
    j->next_seq = 1;
    Err err = atomic_load(&j->spare) ? ERR_OK : spare_make(j, w);
    if (err) return err;
    segment_plan(j, 1, block);
    return segment_begin(j, j->segment_number, block, w);
}

static Err open_last(struct journal *j, const struct cursor *c, struct why *w)
{
    char path[FILE_PATH_MAX], name[32];
    segment_name(name, c->segment.number);
    Err err = path_join(path, j->folder, name, w);
    if (!err) err = file_open(&j->f, path, FILE_WRITE, w);
    if (!err && c->found->state == JOURNAL_TORN) err = cut(j, c, w);
    /* What was read may be in memory only: a killed writer wrote it and never synced. */
    if (!err) err = file_sync(j->f, w);
    if (!err) err = dir_sync(j->folder, w);
    j->segment_number = c->segment.number, j->segment_bytes = c->segment.bytes, j->at = c->at;
    j->next_seq = c->next_seq, j->time = c->time, j->hash = c->hash;
    j->marked = c->batch.kind != BATCH_RECORDS; /* a mark, or nothing yet */
    return err;
}

/* A spare of the right size is complete but for its first block: it got its name after its sync. */
static Err find_spare(struct journal *j, struct why *w)
{
    char spare[FILE_PATH_MAX], temporary[FILE_PATH_MAX];
    u64 bytes = 0;
    File f;
    Err err = path_join(temporary, j->folder, "spare.tmp", w);
    if (!err) err = file_remove(temporary, w);
    if (!err) err = path_join(spare, j->folder, "spare", w);
    if (err) return err;
    err = file_open(&f, spare, FILE_READ, w);
    if (err) return err == ERR_INPUT ? ERR_OK : err;
    err = file_size(f, &bytes, w);
    file_close(&f);
    if (err) return err;
    if (bytes != j->config.segment_bytes) return file_remove(spare, w);
    atomic_store(&j->spare, true);
    return ERR_OK;
}

Err journal_recover(struct journal *j, struct journal_found *found, struct why *w)
{
    struct cursor c;
    Err err = cursor_open(&c, j->folder, found, w);
    if (err) return err;
    u64 from = j->config.scan_from;
    if (j->config.known.seq && j->config.known.seq < from) from = j->config.known.seq;
    if (c.segments && from) err = cursor_seek(&c, from, w);
    if (!err && c.segments && found->state != JOURNAL_DAMAGED) err = scan(&c, &j->config.known, w);
    else if (!err && !c.segments && j->config.known.seq)
        too_short(found, &j->config.known, "the journal is empty");
    if (!err && found->state == JOURNAL_DAMAGED)
        err = why_set(w, ERR_IO, "JOURNAL_DAMAGED: %s", found->text);
    if (!err) err = find_spare(j, w);
    if (!err) err = c.segments ? open_last(j, &c, w) : begin_first(j, w);
    if (!err && !atomic_load(&j->spare)) err = spare_begin(j, w);
    cursor_close(&c);
    return err;
}
