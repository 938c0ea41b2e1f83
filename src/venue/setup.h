/* setup.h -- the first commands of a fresh venue: calendars, benchmarks, contracts, accounts, cash.
 * Owns:   their order; everything after it comes through the operator and the clients.
 * Never:  runs on a journal that has begun.
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
