/* crew.h -- a few threads that share one piece of work at a time, for rooms that have none.
 * Owns:   its threads; between two pieces they sleep.
 * Never:  decides what a job is: jobs 0 .. n-1 of one piece may run in any order, on any thread.
 * Always: crew_run() returns when every job of the piece is done and its writes are visible.
 */
#ifndef HEDGEROW_SYS_CREW_H
#define HEDGEROW_SYS_CREW_H

#include "base/why.h"

struct crew;
/* `hands` threads work, the caller one of them; 1 starts none. */
NODISCARD Err crew_open(struct crew **out, u32 hands, struct why *w);
void crew_close(struct crew *c); /* NULL is fine */
NODISCARD u32 crew_hands(const struct crew *c);
/* The shape index.h asks for: `crew` is a struct crew. Not to be called from a job. */
void crew_run(void *crew, u32 jobs, void (*job)(void *arg, u32 i), void *arg);
/* CPU time of all hands so far. */
NODISCARD u64 crew_cpu_ns(const struct crew *c);

#endif
