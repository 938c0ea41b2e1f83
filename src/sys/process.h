/* process.h -- threads, children, entropy, signals asked for by number.
 * Owns:   pthread creation, fork and wait, getrandom, the stop flag of SIGINT and SIGTERM.
 * Never:  runs anything in a signal handler but setting a flag.
 * Always: failures come back as a sentence; nothing here retries for ever.
 */
#ifndef HEDGEROW_SYS_PROCESS_H
#define HEDGEROW_SYS_PROCESS_H

#include "base/why.h"
#include <pthread.h>

struct thread { pthread_t id; bool running; };
NODISCARD Err thread_start(struct thread *t, const char *name, void *(*run)(void *), void *arg,
                           struct why *w);
void *thread_join(struct thread *t); /* NULL if it does not run */

/* Runs `work(arg)` in a forked child, whose exit status is its result (0..255). The child has the
 * standard streams and no other open file; it is killed when the thread that began it ends. */
struct child { int pid; };
NODISCARD Err child_start(struct child *c, int (*work)(void *), void *arg, struct why *w);
/* *done false: still running. *status: the result, or 256 + signal. */
NODISCARD Err child_poll(struct child *c, bool wait, bool *done, int *status, struct why *w);
void child_kill(struct child *c);

NODISCARD Err entropy_fill(void *to, u64 n, struct why *w);

void stop_signals_catch(void); /* SIGINT, SIGTERM set the flag; SIGPIPE is ignored */
NODISCARD bool stop_signal_seen(void);

NODISCARD const char *build_id(void); /* version and commit: names the arena's layout */

#endif
