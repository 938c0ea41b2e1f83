/* pack.h -- what a filing under 17 CFR Part 38, Appendix C asks of a cash market, from the records.
 * Owns:   size, participants, concentration, years of data, terms beside ours, what is not known.
 * Never:  estimates what no record says: it is listed as unknown.
 * Always: counts records that match the benchmark's rules, before screens; where records carry no
 *         size (posted prices) shares are of records, and says so.
 */
#ifndef HEDGEROW_CMD_PACK_H
#define HEDGEROW_CMD_PACK_H

#include "cmd/stress.h"
#include "contract/spec.h"

#define PACK_YEARS_ASKED 3u
#define PACK_OWNERS_SHOWN 12u
#define PACK_MONTHS_MAX 600u
#define PACK_UNKNOWN_MAX 12u

struct pack_month {
    Date first;
    u32 dates, printed, carried, records;
    i64 size, paid; /* milli-GPU-hours; micros of USD where comparable */
};
struct pack_owner { u32 owner, records, ppm; i64 size; };
struct pack_term { /* of the same chip, any seller */
    u32 term, records, providers, priced;
    i64 low, median, high; /* micros per GPU-hour of `priced` records */
};
struct pack_quantiles { i64 p10, p50, p90; };
struct pack {
    struct benchmark b;
    struct run_rows rows;
    struct stress stress;
    bool has_stress, has_spec, sized; /* sized: records carry sizes, shares are of GPU-hours */
    char no_stress[256];              /* why not */
    struct spec spec;
    Date first, last; /* of matching records */
    u32 days, records, trades, providers, renters, owners_n, hhi, hhi_max;
    i64 size, paid;
    u32 renter_top_ppm;
    u32 levels[LEVEL_COUNT];
    struct pack_owner *owners; /* largest first */
    struct pack_month *months;
    u32 months_n;
    struct pack_term terms[TERM_COUNT];
    struct pack_quantiles gpus, hours_milli;
    char unknown[PACK_UNKNOWN_MAX][240];
    u32 unknown_n;
};
struct pack_ask {
    const char *method, *owners, *contract;
    const char *const *inputs;
    u32 inputs_n;
    Date from, to;
};
NODISCARD Err pack_run(struct pack *k, const struct pack_ask *ask, struct why *w);
void pack_close(struct pack *k);
NODISCARD Str pack_owner_name(const struct pack *k, u32 owner);
NODISCARD Err pack_html(const struct pack *k, const char *path, struct why *w);
int index_pack(int argc, char **argv);

#endif
