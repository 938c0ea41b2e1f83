/* engine.h -- the deterministic core: commands in, events out, all state in one arena.
 * Owns:   the order of the rooms, phases and timers, the trading day, the state and event hash.
 * Never:  reads a clock, allocates, does I/O, or sees a float.
 * Always: the same commands give the same events and the same arena bytes on every build;
 *         what a command did is whole when engine_busy() is false.
 */
#ifndef HEDGEROW_ENGINE_ENGINE_H
#define HEDGEROW_ENGINE_ENGINE_H

#include "msg/outbox.h"

/* One sequenced command. seq is dense from 1; now never falls. The first is GENESIS. */
struct input {
    u64 seq;
    Instant now;
    const struct command *command; /* decoded: command_decode() accepted it */
};

struct engine; /* a view: pointers into the arena; holds no state of its own */

/* Bytes of arena that these capacities need; 0 if one of them is 0 or beyond its maximum. */
NODISCARD u64 engine_arena_bytes(const struct cmd_genesis *g);
NODISCARD u64 engine_view_bytes(void);
/* View over zeroed (open) or restored (attach) arena bytes; NULL if they do not fit the capacities.
 * `view` has engine_view_bytes() bytes, 64-byte aligned, and lives as long as the engine. */
NODISCARD struct engine *engine_open(void *view, u8 *arena, u64 size, const struct cmd_genesis *g);
NODISCARD struct engine *engine_attach(void *view, u8 *arena, u64 size,
                                       const struct cmd_genesis *g);

/* What it was told already: the version in force, 0 for none. */
NODISCARD i64 engine_calendar_version(const struct engine *e, const char *id);
NODISCARD i64 engine_spec_version(const struct engine *e, const char *product);
NODISCARD u32 engine_index_version(const struct engine *e, const Text32 *id);
NODISCARD Hash engine_index_rules(const struct engine *e, const Text32 *id); /* installed last */
NODISCARD bool engine_has_account(const struct engine *e, u32 account);
NODISCARD bool engine_has_transfer(const struct engine *e, Id128 id);

/* Runs one command. out->n restarts at 0. While engine_busy(), call engine_resume() for the rest of
 * its events before any other command; the events do not depend on out->cap. */
void engine_step(struct engine *e, const struct input *in, struct outbox *out);
NODISCARD bool engine_busy(const struct engine *e);
void engine_resume(struct engine *e, struct outbox *out);

/* Hints for a caller that has commands waiting: the first some eight commands ahead, the second
 * some four. They change nothing; any command will do, and none is needed. */
void engine_prefetch(const struct engine *e, const struct command *c);
void engine_prefetch_more(const struct engine *e, const struct command *c);

NODISCARD u64 engine_seq(const struct engine *e);
NODISCARD Instant engine_now(const struct engine *e);
/* When the shell must send CLOCK at the latest; ns INT64_MAX if no timer waits. */
NODISCARD Instant engine_deadline(const struct engine *e);
NODISCARD Hash engine_state_hash(const struct engine *e); /* SHA-256 over the used arena */
NODISCARD u64 engine_event_hash(const struct engine *e);
void engine_check(const struct engine *e); /* walks everything and asserts it; not while busy */
NODISCARD Money engine_ledger_sum(const struct engine *e); /* 0, or the world is broken */

#endif
