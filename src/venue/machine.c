#include "venue/machine.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/memory.h"
#include <stdlib.h>

#define SNAPSHOTS_MAX 64u

struct machine {
    struct journal *journal;
    struct engine *engine;
    u8 *view, *arena;
    u64 view_bytes, arena_bytes;
    struct cmd_genesis genesis;
    struct outbox out;
    u8 *record; /* MSG_BYTES_MAX: the command being written down */
    machine_sink *sink;
    void *ctx;
    char journal_dir[FILE_PATH_MAX], snapshot_dir[FILE_PATH_MAX], folder[FILE_PATH_MAX];
    u64 scanned_from; /* the journal was read from here on when it was opened; 0: all */
    struct snapshot_job job;
    struct child verifier;
    u64 verifying_seq, verifying_from;
    bool verifier_runs;
};

static void give_back(struct machine *m)
{
    memory_give(m->arena, m->arena_bytes);
    memory_give(m->view, m->view_bytes);
    free(m->out.events);
    free(m->record);
    free(m);
}

static Err take_memory(struct machine *m, struct why *w)
{
    m->arena_bytes = engine_arena_bytes(&m->genesis);
    m->view_bytes = engine_view_bytes();
    if (!m->arena_bytes) return why_set(w, ERR_INPUT, "GENESIS: a capacity is 0 or too large");
    Err err = memory_take(&m->arena, m->arena_bytes, w);
    if (!err) err = memory_take(&m->view, m->view_bytes, w);
    return err;
}

/* Hands the engine's events on until the command is whole. */
static void run_and_sink(struct machine *m, const struct input *in)
{
    m->out.seq = in->seq, m->out.next_index = 0;
    engine_step(m->engine, in, &m->out);
    if (m->sink && m->out.n) m->sink(m->ctx, m->out.events, m->out.n);
    while (engine_busy(m->engine)) {
        engine_resume(m->engine, &m->out);
        if (m->sink && m->out.n) m->sink(m->ctx, m->out.events, m->out.n);
    }
}

static Err genesis_of(const u8 *bytes, u32 n, struct cmd_genesis *out, struct why *w)
{
    struct command c;
    enum reject bad = command_decode(CMD_GENESIS, bytes, n, &c);
    if (bad) return why_set(w, ERR_IO, "GENESIS: %s", reject_text(bad));
    *out = c.genesis;
    return ERR_OK;
}

/* The first record of the journal holds the capacities. ERR_NO: the journal is empty. */
static Err genesis_from_journal(const char *journal_dir, struct cmd_genesis *out, struct why *w)
{
    struct journal_read_config rc = { .folder = journal_dir, .from = 1 };
    struct journal_reader *r;
    struct journal_record rec;
    bool got = false;
    Err err = journal_read_open(&r, &rc, w);
    if (err) return err;
    err = journal_read(r, &rec, &got, w);
    if (!err && !got) err = ERR_NO;
    if (!err && rec.type != CMD_GENESIS)
        err = why_set(w, ERR_IO, "record 1 is %s, not GENESIS", command_name(rec.type));
    if (!err) err = genesis_of(rec.payload, rec.n, out, w);
    journal_read_close(&r);
    return err;
}

/* The newest usable snapshot at or below `upto`; leaves the machine without an engine if none
 * is. */
/* Page checksums always; `hashed`: the state hash too (0.3 s for 100 MB). A start leaves that to
 * the verifier, which replays each snapshot before the older one is given up. */
static Err load_snapshot(struct machine *m, u64 upto, bool hashed, struct machine_recovery *rec,
                         struct why *w)
{
    u64 seqs[SNAPSHOTS_MAX];
    u32 n = 0;
    Err err = snapshot_list(m->snapshot_dir, seqs, SNAPSHOTS_MAX, &n, w);
    if (err) return err;
    for (u32 i = n; i-- > 0;) {
        struct snapshot_info info;
        if (seqs[i] > upto) continue;
        err = snapshot_load(m->snapshot_dir, seqs[i], hashed, m->arena, m->arena_bytes, &info, w);
        if (!err && strncmp(info.build, build_id(), sizeof info.build - 1) != 0)
            err = why_set(w, ERR_NO, "snapshot %llu: made by build %.40s",
                          (unsigned long long)seqs[i], info.build);
        if (!err) {
            m->engine = engine_attach(m->view, m->arena, m->arena_bytes, &m->genesis);
            if (m->engine && engine_seq(m->engine) == info.seq) {
                rec->snapshot_seq = info.seq;
                return ERR_OK;
            }
            why_set(w, ERR_NO, "snapshot %llu: not of this build's layout",
                    (unsigned long long)seqs[i]);
        }
        snprintf(rec->notice, sizeof rec->notice, "snapshot skipped: %.480s", w->text);
        m->engine = NULL;
        memory_give(m->arena, m->arena_bytes);
        err = memory_take(&m->arena, m->arena_bytes, w);
        if (err) return err;
    }
    return ERR_OK;
}

static Err replay_one(struct machine *m, const struct journal_record *rec, struct why *w)
{
    struct command c;
    enum reject bad = command_decode(rec->type, rec->payload, rec->n, &c);
    if (bad)
        return why_set(w, ERR_IO, "record %llu does not decode: %s", (unsigned long long)rec->seq,
                       reject_text(bad));
    run_and_sink(m, &(struct input){ rec->seq, rec->time, &c });
    return ERR_OK;
}

static Err replay(struct machine *m, const char *journal_dir, u64 to, bool chain, u64 *count,
                  struct why *w)
{
    struct journal_read_config rc = { .folder = journal_dir, .from = engine_seq(m->engine) + 1 };
    struct journal_reader *r;
    rc.chain = chain, rc.ahead = true;
    Err err = journal_read_open(&r, &rc, w);
    if (err) return err;
    for (bool got = true; !err && got && (!to || engine_seq(m->engine) < to);) {
        struct journal_record rec;
        err = journal_read(r, &rec, &got, w);
        if (!err && got) err = replay_one(m, &rec, w), ++*count;
    }
    journal_read_close(&r);
    return err;
}

/* Snapshot and replay; for an empty journal a new engine that has seen nothing. */
static Err recover(struct machine *m, u64 events_from, struct machine_recovery *r, struct why *w)
{
    u64 upto =
        journal_next_seq(m->journal) - 1; /* a snapshot of inputs that are not there is none */
    Err err = take_memory(m, w);
    if (events_from && events_from - 1 < upto) upto = events_from - 1;
    if (!err && !r->fresh) err = load_snapshot(m, upto, false, r, w);
    if (err) return err;
    if (!m->engine) m->engine = engine_open(m->view, m->arena, m->arena_bytes, &m->genesis);
    if (!m->engine) return why_set(w, ERR_INPUT, "GENESIS: capacities do not fit the memory");
    bool chain = r->snapshot_seq < m->scanned_from; /* the scan at open did not read all of it */
    if (!r->fresh) err = replay(m, m->journal_dir, 0, chain, &r->replayed, w);
    r->last_seq = engine_seq(m->engine);
    return err;
}

static Err machine_new(struct machine **out, const char *folder, machine_sink *sink, void *ctx,
                       struct why *w)
{
    struct machine *m = calloc(1, sizeof *m);
    if (!m) return why_set(w, ERR_IO, "out of memory");
    m->sink = sink, m->ctx = ctx;
    m->out.cap = OUTBOX_EVENTS_MAX;
    m->out.events = malloc(OUTBOX_EVENTS_MAX * sizeof *m->out.events);
    m->record = malloc(MSG_BYTES_MAX);
    snprintf(m->folder, sizeof m->folder, "%s", folder);
    Err err = path_join(m->journal_dir, folder, "journal", w);
    if (!err) err = path_join(m->snapshot_dir, folder, "snapshots", w);
    if (!err && (!m->out.events || !m->record)) err = why_set(w, ERR_IO, "out of memory");
    if (err) {
        give_back(m);
        return err;
    }
    *out = m;
    return ERR_OK;
}

/* The journal need not read again what lies before the snapshot that will be used. */
static Err scan_start(struct machine *m, u64 events_from, struct why *w)
{
    u64 seqs[SNAPSHOTS_MAX];
    u32 n = 0;
    Err err = snapshot_list(m->snapshot_dir, seqs, SNAPSHOTS_MAX, &n, w);
    for (u32 i = 0; i < n && !err; i++)
        if (!events_from || seqs[i] < events_from) m->scanned_from = seqs[i];
    return err;
}

static Err open_journal(struct machine *m, const struct machine_options *o,
                        struct machine_recovery *r, struct why *w)
{
    struct journal_found found = { 0 };
    struct journal_config c = { .folder = m->journal_dir,
                                .segment_bytes = o->segment_bytes,
                                .unsafe_no_sync = o->unsafe_no_sync,
                                .helper_thread = o->helper_thread,
                                .must_exist = !o->genesis };
    Err err = dir_make(o->folder, w);
    if (!err) err = dir_make(m->snapshot_dir, w);
    if (!err) err = scan_start(m, o->events_from, w);
    c.scan_from = m->scanned_from;
    if (!err) err = journal_open(&m->journal, &c, &found, w);
    /* Behind the lock: before it, this would take the file from under another's child. */
    if (!err) err = snapshot_sweep(m->snapshot_dir, w);
    if (err) return err;
    if (found.text[0]) snprintf(r->notice, sizeof r->notice, "%s", found.text);
    if (journal_next_seq(m->journal) > 1)
        return genesis_from_journal(m->journal_dir, &m->genesis, w);
    if (!o->genesis) return why_set(w, ERR_INPUT, "%s: the journal is empty", m->journal_dir);
    u64 seqs[SNAPSHOTS_MAX]; /* a journal that is gone must not be begun again over them */
    u32 n = 0;
    err = snapshot_list(m->snapshot_dir, seqs, SNAPSHOTS_MAX, &n, w);
    if (!err && n)
        err = why_set(w, ERR_INPUT,
                      "the journal is empty, but there is a snapshot at seq %llu: restore the "
                      "journal, or begin in an empty folder",
                      (unsigned long long)seqs[n - 1]);
    if (err) return err;
    r->fresh = true, m->genesis = *o->genesis;
    return ERR_OK;
}

Err machine_open(struct machine **out, const struct machine_options *o, struct machine_recovery *r,
                 struct why *w)
{
    struct machine *m;
    *r = (struct machine_recovery){ 0 };
    Err err = machine_new(&m, o->folder, o->sink, o->ctx, w);
    if (err) return err;
    err = open_journal(m, o, r, w);
    if (!err) err = recover(m, o->events_from, r, w);
    if (!err && r->fresh) {
        struct command c = { .type = CMD_GENESIS };
        u64 seq;
        c.genesis = m->genesis;
        err = machine_run(m, &c, o->genesis_time.ns ? o->genesis_time : clock_wall(), &seq, w);
    }
    if (err) {
        if (m->journal) journal_abandon(&m->journal);
        give_back(m);
        return why_wrap(w, err, "%s", o->folder);
    }
    *out = m;
    return ERR_OK;
}

Err machine_close(struct machine **pm, struct why *w)
{
    struct machine *m = *pm;
    if (!m) return ERR_OK;
    if (m->verifier_runs) child_kill(&m->verifier);
    snapshot_abandon(&m->job); /* the journal has it all; its thread's end would kill it anyway */
    Err err = m->journal ? journal_close(&m->journal, w) : ERR_OK;
    give_back(m);
    *pm = NULL;
    return err;
}

static bool is_essential(
    u32 type) /* may use the disk's reserve: what reduces risk or ends things */
{
    return type == CMD_ORDER_CANCEL || type == CMD_MASS_CANCEL || type == CMD_DAY_END ||
           type == CMD_CLOCK || type == CMD_INDEX_PRINT || type == CMD_ACCOUNT_SET ||
           type == CMD_DAY_OPEN;
}

Err machine_run(struct machine *m, const struct command *c, Instant now, u64 *seq, struct why *w)
{
    u32 n = command_encode(c, m->record, MSG_BYTES_MAX);
    Instant last = engine_now(m->engine);
    ASSERT(n > 0 || c->type == CMD_CLOCK);
    if (now.ns < last.ns) now = last;
    struct journal_record rec = { engine_seq(m->engine) + 1, now, c->type, n, m->record };
    for (;;) {
        enum journal_put put = journal_append(m->journal, &rec, is_essential(c->type));
        if (put == JOURNAL_TAKEN) break;
        if (put == JOURNAL_NO_SPACE) return why_set(w, ERR_NO, "the disk is nearly full");
        Err err = journal_flush(m->journal, w);
        if (err) return err;
    }
    run_and_sink(m, &(struct input){ rec.seq, now, c });
    *seq = rec.seq;
    return ERR_OK;
}

Err machine_tick(struct machine *m, Instant now, struct why *w)
{
    struct command c = { .type = CMD_CLOCK };
    u64 seq;
    if (engine_deadline(m->engine).ns > now.ns) return ERR_OK;
    return machine_run(m, &c, now, &seq, w);
}

Err machine_flush(struct machine *m, struct why *w) { return journal_flush(m->journal, w); }
Err machine_drain(struct machine *m, struct why *w)
{
    Err err = journal_flush(m->journal, w);
    return err ? err : journal_drain(m->journal, w);
}
Err machine_idle(struct machine *m, struct why *w)
{
    return journal_idle(m->journal, clock_monotonic_ns(), w);
}
u64 machine_durable_seq(const struct machine *m) { return journal_durable_seq(m->journal); }
bool machine_failed(const struct machine *m) { return journal_failed(m->journal); }
bool machine_sync_idle(const struct machine *m) { return !journal_in_flight(m->journal); }
const struct engine *machine_engine(const struct machine *m) { return m->engine; }

Err machine_snapshot_begin(struct machine *m, struct why *w)
{
    struct snapshot_info info = { .seq = engine_seq(m->engine), .now = engine_now(m->engine) };
    struct command c = { .type = CMD_GENESIS };
    if (m->job.running) return ERR_OK;
    c.genesis = m->genesis;
    info.event_hash = engine_event_hash(m->engine);
    info.genesis_n = command_encode(&c, info.genesis, sizeof info.genesis);
    ASSERT(info.genesis_n > 0);
    Err err = snapshot_begin(&m->job, m->snapshot_dir, m->arena, &info, w);
    return err ? why_wrap(w, ERR_NO, "no snapshot") : ERR_OK;
}

#define VERIFY_DIFFERS 1
struct verify_work { const char *folder; u64 older, newer; Hash want; };

/* In a child: from the older snapshot (0: the beginning) to the newer one's seq; 0 if it agrees. */
static int verify_work(void *arg)
{
    const struct verify_work *v = arg;
    struct machine *m;
    struct machine_recovery rec = { 0 };
    struct why w;
    u64 count = 0;
    if (machine_new(&m, v->folder, NULL, NULL, &w)) return 2;
    Err err = genesis_from_journal(m->journal_dir, &m->genesis, &w);
    if (!err) err = take_memory(m, &w);
    if (!err && v->older) err = load_snapshot(m, v->older, true, &rec, &w);
    if (!err && !m->engine) m->engine = engine_open(m->view, m->arena, m->arena_bytes, &m->genesis);
    if (!err && !m->engine) err = ERR_IO;
    if (!err) err = replay(m, m->journal_dir, v->newer, true, &count, &w);
    if (err) return 2;
    return hash_eq(engine_state_hash(m->engine), v->want) ? 0 : VERIFY_DIFFERS;
}

static Err verify_begin(struct machine *m, u64 newer, struct why *w)
{
    u64 seqs[SNAPSHOTS_MAX], older = 0;
    u32 n = 0;
    struct snapshot_info info;
    Err err = snapshot_list(m->snapshot_dir, seqs, SNAPSHOTS_MAX, &n, w);
    for (u32 i = 0; i < n; i++)
        if (seqs[i] < newer) older = seqs[i];
    if (!err) err = snapshot_info_read(m->snapshot_dir, newer, &info, w);
    if (err) return err;
    struct verify_work v = { m->folder, older, newer, info.state_hash };
    err = child_start(&m->verifier, verify_work, &v, w);
    if (!err) m->verifier_runs = true, m->verifying_seq = newer, m->verifying_from = older;
    return err;
}

/* Neither may be taken by a start: which of the two is wrong only the journal knows. */
static Err contradicted(struct machine *m, struct why *w)
{
    struct why ignored;
    Err err = snapshot_set_aside(m->snapshot_dir, m->verifying_seq, &ignored);
    if (m->verifying_from) err = snapshot_set_aside(m->snapshot_dir, m->verifying_from, &ignored);
    return why_set(w, ERR_IO,
                   "snapshots %llu and %llu do not agree with a replay of the journal between "
                   "them%s",
                   (unsigned long long)m->verifying_from, (unsigned long long)m->verifying_seq,
                   err ? "" : "; both set aside as .bad");
}

static Err verify_poll(struct machine *m, bool wait, struct why *w)
{
    bool done = false;
    int status = 0;
    u32 removed;
    if (!m->verifier_runs) return ERR_OK;
    Err err = child_poll(&m->verifier, wait, &done, &status, w);
    if (err || !done) return err;
    m->verifier_runs = false;
    if (status == 0) return snapshot_retire(m->snapshot_dir, m->verifying_seq, 2, &removed, w);
    if (status == VERIFY_DIFFERS) return contradicted(m, w);
    return why_set(w, ERR_NO, "snapshot %llu could not be verified (%d)",
                   (unsigned long long)m->verifying_seq, status);
}

/* A snapshot is a convenience: that none could be made is news, not the end of the venue. */
static Err only_news(Err err, struct why *w)
{
    return err && err != ERR_NO ? why_wrap(w, ERR_NO, "no snapshot") : err;
}

Err machine_snapshot_poll(struct machine *m, bool wait, struct why *w)
{
    bool done = false;
    Err err = verify_poll(m, wait, w);
    if (err || !m->job.running) return err;
    u64 seq = m->job.seq;
    err = snapshot_poll(&m->job, journal_durable_seq(m->journal), wait, &done, w);
    if (err || !done || m->verifier_runs) return only_news(err, w);
    err = only_news(verify_begin(m, seq, w), w);
    return err || !wait ? err : verify_poll(m, true, w);
}

Err machine_replay(const char *folder, bool whole, u64 to, machine_sink *sink, void *ctx,
                   struct replay_result *out, struct why *w)
{
    struct machine *m;
    struct machine_recovery rec = { 0 };
    u64 started = clock_monotonic_ns();
    *out = (struct replay_result){ 0 };
    Err err = machine_new(&m, folder, sink, ctx, w);
    if (err) return err;
    err = genesis_from_journal(m->journal_dir, &m->genesis, w);
    if (err == ERR_NO) err = why_set(w, ERR_NO, "the journal is empty");
    if (!err) err = take_memory(m, w);
    if (!err && !whole) err = load_snapshot(m, to ? to : UINT64_MAX, true, &rec, w);
    if (!err && !m->engine) m->engine = engine_open(m->view, m->arena, m->arena_bytes, &m->genesis);
    if (!err && !m->engine) err = why_set(w, ERR_IO, "GENESIS: capacities do not fit the memory");
    if (!err) err = replay(m, m->journal_dir, to, true, &out->commands, w);
    if (!err) {
        out->seq = engine_seq(m->engine);
        out->state_hash = engine_state_hash(m->engine);
        out->event_hash = engine_event_hash(m->engine);
        out->ledger_sum = engine_ledger_sum(m->engine);
        out->elapsed_ns = (i64)(clock_monotonic_ns() - started);
    }
    give_back(m);
    return err ? why_wrap(w, err, "%s", folder) : ERR_OK;
}
