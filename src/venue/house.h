/* house.h -- a venue as its venue.yaml describes it, up to the first request.
 * Owns:   what `serve` and drills run: config files in, a venue ready for venue_start() out.
 * Never:  runs the loop: that is the command's.
 * Always: a file that does not load or a command that is refused ends it before anything is served.
 */
#ifndef HEDGEROW_VENUE_HOUSE_H
#define HEDGEROW_VENUE_HOUSE_H

#include "config/venue.h"
#include "venue/timetable.h"
#include "venue/setup.h"

struct house {
    struct venue_config *config;
    struct calendar *calendar;
    struct spec *spec;
    struct administrator *benchmark[TIMETABLE_BENCHMARKS];
    u32 benchmarks;
    struct gateway_key *key;
    struct setup_account *account;
    struct venue *venue;
    struct timetable timetable;
    struct machine_recovery recovery;
    const char *folder;
    bool discard;    /* the first start failed: nothing half-written stays */
    Hash state_hash; /* of the engine as recovered, at recovery.last_seq */
};
struct house_options {
    const char *config, *data;
    const char *web_dir; /* NULL: no page */
    Instant clock_start; /* a drill's; 0: the real time */
    u32 demo_account;    /* 0: no demo key */
};
NODISCARD Err house_open(struct house *h, const struct house_options *o, struct why *w);
/* Sends what the timetable says is due by now. */
NODISCARD Err house_tick(struct house *h, struct why *w);
NODISCARD Err house_close(struct house *h, struct why *w);

#endif
