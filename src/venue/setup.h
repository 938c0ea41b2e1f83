/* setup.h -- what a venue's configuration asks of the engine: calendars, benchmarks, contracts,
 *          accounts, first deposits.
 * Owns:   their order; everything after it comes through the timetable and the clients.
 * Never:  sends what the engine has already: a start killed half-way is finished by the next, and
 *         what the configuration gained since is added.
 * Always: the first refusal ends it with the record's name and the market's own sentence.
 */
#ifndef HEDGEROW_VENUE_SETUP_H
#define HEDGEROW_VENUE_SETUP_H

#include "contract/spec.h"
#include "venue/timetable.h"

struct setup_account {
    u32 account, member, group;
    u8 kind, category;
    Text32 name;
    Money deposit; /* 0: none */
};
struct setup {
    const struct calendar *calendar;
    u32 calendars;
    const struct spec *spec;
    u32 specs;
    struct administrator *const *benchmark;
    u32 benchmarks;
    const struct setup_account *account;
    u32 accounts;
    const char *approved_by, *approved_by_2;
};
NODISCARD Err setup_run(struct venue *v, const struct setup *s, struct why *w);

#endif
