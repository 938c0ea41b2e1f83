/* govern.h -- what the commands about the register share: its options, opening, answering.
 * Owns:   reading `--register`, `--by`, `--at`; entries as sentences and as JSON.
 * Never:  holds a rule of governance: index/register.h does.
 * Always: an entry that a command adds is durable before it is said.
 */
#ifndef HEDGEROW_CMD_GOVERN_H
#define HEDGEROW_CMD_GOVERN_H

#include "cmd/benchmark.h"
#include "cmd/cmd.h"
#include "feeds/register_file.h"

struct govern_ask { const char *path, *by, *at, *text; bool json; };
extern struct govern_ask govern;
#define GOVERN_READ \
    OPTION_VALUE('r', "register", "FILE", "the register", &govern.path), \
        OPTION_VALUE(0, "at", "TIME", "as of then, RFC 3339; else now", &govern.at), \
        OPTION_FLAG(0, "json", "JSON, one object a line", &govern.json)
#define GOVERN_WRITE \
    OPTION_VALUE('r', "register", "FILE", "the register", &govern.path), \
        OPTION_VALUE(0, "by", "ACTOR", "who does it", &govern.by), \
        OPTION_VALUE(0, "at", "TIME", "when, RFC 3339; else now", &govern.at), \
        OPTION_FLAG(0, "json", "the entry as JSON", &govern.json)

/* ERR_USAGE after a sentence, else an entry with its action, time and actor. */
NODISCARD int govern_begin(const struct usage *u, u8 action, struct gov_entry *e);
NODISCARD int govern_now(const struct usage *u, Instant *at); /* --at, or the clock */
/* Appends, says so, returns the exit code. */
NODISCARD int govern_put(struct gov_entry *e, u32 n);
/* A word or a reason that does not fit is a usage error. */
NODISCARD bool govern_word(const struct usage *u, const char *name, const char *text, char to[32]);
NODISCARD bool govern_reason(const struct usage *u, const char *text, char to[GOV_TEXT_MAX]);
NODISCARD Err file_hash(const char *path, Hash *out, struct why *w);
/* A receipt that verifies (ERR_NO if not). */
NODISCARD Err govern_receipt(const char *path, struct receipt_verdict *v, struct why *w);

/* Verbs in files of their own. */
int govern_recompute(int argc, char **argv);
int govern_score(int argc, char **argv);
int govern_review(int argc, char **argv);
int govern_check(int argc, char **argv);
int govern_list(int argc, char **argv);
int govern_actors(int argc, char **argv);
int govern_status(int argc, char **argv);
int govern_verify(int argc, char **argv);

#endif
