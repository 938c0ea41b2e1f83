/* token_work.h -- the token basket's working set for one print; the token_*.c files only.
 * Owns:   lines with their latest record, items of one print, the chain carried from day to day.
 * Never:  outlives the caller's memory; is never saved: a series is recomputed from its log.
 * Always: what one print needs from earlier ones is in `state` and in the records in force, so that
 *         a receipt's lines rebuild it without the log.
 */
#ifndef HEDGEROW_INDEX_TOKEN_WORK_H
#define HEDGEROW_INDEX_TOKEN_WORK_H

#include "index/token.h"
#include "index/vintage.h"

#define TOKEN_METHOD_BYTES_MAX 57344u
#define TOKEN_YAML_MAX 196608u
#define TOKEN_PROVIDERS_MAX 256u
#define TOKEN_LEVEL_MAX INT64_C(1000000000000) /* a million points */
#define PPB INT64_C(1000000000)
enum { BY_MODEL, BY_SUCCESSOR, BY_BOTH };

/* Which slots a model id is, or is an excluded variant of: a bit a slot, by model and successor. */
struct slots_of { u64 is[BY_BOTH], variant[BY_BOTH]; };
struct token_line { u32 rec, zero; struct slots_of of; };
struct token_item { u32 rec, line; i64 price; u8 reason, zero[7]; };
struct slot_now { /* a slot of a basket: as it stood at the end of a day */
    i64 quantity; /* ppb, after the cap */
    i64 price;    /* last, micros per million tokens */
    i64 stated_ppm, score_milli;
    Date on;
    u32 slot, providers, share_ppm;
    u8 state, zero[7];
};
struct basket { struct slot_now at[TOKEN_SLOTS_MAX]; u32 n; Date from; };
struct token_state {
    struct basket basket;
    i64 link_level, link_cost;
    Date link_on, value_on;
    i64 value, accumulator;
    u32 accumulator_days, age;
    Hash receipt;
};
struct token_page { u32 page, n; Hash hash; };
struct token_index {
    const struct token_method *m;
    struct obs_log *log;
    struct token_caps caps;
    struct token_line *lines;
    u32 *line_table, line_mask, lines_n, read_n; /* read_n: records taken into lines */
    struct token_item *items;
    struct key *keys, *keys_scratch;
    u32 items_n;
    struct token_page *pages;
    u32 pages_n;
    bool is_check, full;
    Date date;
    struct token_state state, before;
    struct basket now, next; /* of this print: in force; linked in on this day */
    u8 method_bytes[TOKEN_METHOD_BYTES_MAX];
    char yaml[TOKEN_YAML_MAX];
};

NODISCARD static inline const struct observation *token_obs(const struct token_index *ix,
                                                            const struct token_item *it)
{
    return &ix->log->at[it->rec];
}
/* Which model of a slot counts on a day: BY_MODEL, or BY_SUCCESSOR from its day on. */
NODISCARD static inline u32 slot_by(const struct token_slot *s, Date d)
{
    return s->successor[0] && s->successor_from <= d.days ? BY_SUCCESSOR : BY_MODEL;
}
NODISCARD static inline const char *slot_model(const struct token_slot *s, Date d)
{
    return slot_by(s, d) == BY_SUCCESSOR ? s->successor : s->model;
}
/* Line of a record, made if it is new; UINT32_MAX: full. *is_new says which. */
NODISCARD u32 token_line_of(struct token_index *ix, u32 rec, bool *is_new);
/* Screens the items and computes the print; the state moves on by one day. */
void token_compute(struct token_index *ix, struct token_print *out);
/* Slots looked at on the day, by their model or their successor: those in force as the day began,
 * and those of a rebalance that is due. */
NODISCARD struct slots_of token_slots_wanted(const struct token_index *ix);
NODISCARD static inline bool token_wanted(const struct slots_of *w, const struct slots_of *of)
{
    return ((of->is[BY_MODEL] | of->variant[BY_MODEL]) & w->is[BY_MODEL]) ||
           ((of->is[BY_SUCCESSOR] | of->variant[BY_SUCCESSOR]) & w->is[BY_SUCCESSOR]);
}
void token_receipt_write(struct token_index *ix, const struct index_sink *sink,
                         struct token_print *out);
#define token_publish_ns(date) (date_start(date).ns + NS_PER_DAY + INDEX_PUBLISH_DELAY_NS)

#endif
