/* cmd.h -- the command line: one row a sub-command, one file each.
 * Owns:   the table of sub-commands and what they share: options, help, exit codes, output forms.
 * Never:  holds a rule of the market: those are in the rooms.
 * Always: exit 0 done, 1 the answer is no, 2 usage, 3 bad input, 4 the world failed.
 */
#ifndef HEDGEROW_CMD_CMD_H
#define HEDGEROW_CMD_CMD_H

#include "base/text.h"
#include "base/why.h"

/* argv[0] is the sub-command's name. Returns the exit code. */
#define SUBCOMMANDS(X) \
    X(book, "play scripted order cases through the book") \
    X(contract, "contract specifications: list, show, check, dates, compare") \
    X(demo, "play a whole contract month with its page") \
    X(exposure, "cloud bills as exposure: import, show") \
    X(feed, "prices of others as observations: import, collect") \
    X(govern, "the register of governance: propose, approve, complain, review, verify") \
    X(index, "the benchmark: compute prints, verify and explain receipts") \
    X(journal, "the journal of a data folder: verify, hash, replay, export, tail") \
    X(serve, "run a venue") \
    X(completion, "write the shell's completion script")

#define AS_SUBCOMMAND(name, text) int cmd_##name(int argc, char **argv);
SUBCOMMANDS(AS_SUBCOMMAND)

/* ---- options: one table a command; it parses, writes --help and feeds the completion ---- */

/* An option that may be given many times. */
struct option_list { u32 n; const char *at[64]; };

/* One option: the last three say where the value goes; one is set. `arg` names the value. */
struct option_row {
    char letter; /* 0 without a short form */
    const char *name, *arg, *text;
    bool *flag;
    const char **value;
    struct option_list *list;
};
#define OPTION_FLAG(letter, name, text, to) { letter, name, NULL, text, to, NULL, NULL }
#define OPTION_VALUE(letter, name, arg, text, to) { letter, name, arg, text, NULL, to, NULL }
#define OPTION_LIST(letter, name, arg, text, to) { letter, name, arg, text, NULL, NULL, to }

struct usage {
    const char *command;              /* "index run" */
    const char *args;                 /* "-m METHOD -i OBS ...": what stands after it */
    const char *text;                 /* a sentence or two */
    const struct option_row *options; /* ended by OPTIONS_END; --help is added */
    const char *example;              /* one real line */
    int args_min, args_max;           /* what is no option; args_max -1: any number */
};
#define OPTIONS_END { 0, NULL, NULL, NULL, NULL, NULL, NULL }

enum { CMD_GO_ON = -1 };
/* Parses argv[1..] by the table. CMD_GO_ON: argv[*first..argc) are the other arguments. Else the
 * exit code: 0 after --help, 2 after a mistake (said on stderr). */
NODISCARD int usage_parse(const struct usage *u, int argc, char **argv, int *first);
/* "hedgerow index run: TEXT", a pointer to --help; returns ERR_USAGE. */
__attribute__((format(printf, 2, 3))) int usage_error(const struct usage *u, const char *format,
                                                      ...);
/* Values of options; false after usage_error(). A NULL text leaves *out as it is. */
NODISCARD bool usage_u64(const struct usage *u, const char *name, const char *text, u64 lo, u64 hi,
                         u64 *out);
NODISCARD bool usage_date(const struct usage *u, const char *name, const char *text, Date *out);

/* A command that has verbs ("index run"): runs the row named by argv[1]. */
struct verb {
    const char *name, *text;
    int (*run)(int argc, char **argv); /* argv[0] is the verb */
};
NODISCARD int verbs_run(const char *command, const struct verb *verbs, u32 n, int argc,
                        char **argv);

/* ---- output ---- */

/* "hedgerow: TEXT" on stderr; returns err, which is the exit code. */
int say_why(Err err, const struct why *w);

/* One JSON object on one line; numbers are decimal strings. */
struct json_line { struct text t; bool some; };
NODISCARD struct json_line object_begin(char *buf, u32 cap);
void object_key(struct json_line *j, const char *key); /* then put a value of your own into j->t */
void object_text(struct json_line *j, const char *key, const char *value);
void object_u64(struct json_line *j, const char *key, u64 value);
void object_dec(struct json_line *j, const char *key, i64 value, u32 scale, u32 digits_min);
void object_bool(struct json_line *j, const char *key, bool value);
void object_null(struct json_line *j, const char *key);
void object_date(struct json_line *j, const char *key, Date d); /* null for none */
void object_time(struct json_line *j, const char *key, Instant at);
void object_hash(struct json_line *j, const char *key, const Hash *hash);
void object_end(struct json_line *j); /* closes, prints to stdout with a newline and flushes */
void text_put_json(struct text *t, const char *z); /* quoted and escaped */

/* An aligned table: "Name|>Price|State"; > aligns right. Cells are added row by row. */
struct table;
NODISCARD struct table *table_new(const char *heads);
__attribute__((format(printf, 2, 3))) void table_cell(struct table *t, const char *format, ...);
void table_print(struct table *t); /* to stdout; frees the table */

enum paint { PAINT_NONE, PAINT_RED, PAINT_GREEN, PAINT_YELLOW, PAINT_DIM, PAINT_BOLD };
NODISCARD const char *paint(
    enum paint p); /* "" unless stdout is a terminal and NO_COLOR is unset */
/* Eight-step blocks, one a value, lowest to highest; INT64_MIN is a gap. */
void sparkline(struct text *t, const i64 *values, u32 n);

/* Says what is done on stderr, once a second from the first second on, on a terminal only. */
struct progress { const char *what; i64 started_ms, said_ms; };
NODISCARD struct progress progress_begin(const char *what);
void progress_step(struct progress *p, u64 done, u64 all); /* all 0: unknown */
void progress_end(struct progress *p);

#endif
