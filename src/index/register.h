/* register.h -- governance as rules over one list of entries: who may do what, with whom, and when.
 * Owns:   actors and roles, proposals under four eyes, complaints, scores, reviews, the hash chain.
 * Never:  reads a clock or a file; forgets or edits an entry; lets one person decide alone.
 * Always: an entry stands only if the rules let it stand after those before it, so a file of
 *         entries is judged again whenever it is read; equal entries give equal lines and chain.
 */
#ifndef HEDGEROW_INDEX_REGISTER_H
#define HEDGEROW_INDEX_REGISTER_H

#include "index/fact.h"

#define GOV_ACTORS_MAX 256u
#define GOV_TEXT_MAX 240u   /* of a reason, its end included */
#define GOV_LINE_MAX 1536u  /* of an entry with its chain */
#define GOV_APPROVERS 2u    /* besides the proposer */
#define GOV_FACTOR_PPM_MAX 400000 /* index.md section 3.6 */
#define GOV_DAYS_MAX 3650u  /* of any window, deadline or notice */
#define GOV_SPLICE_DAYS 90u /* a splice is announced so long before (section 10) */

#define GOV_ROLE_LIST(X) \
    X(GOV_ROLE, ADMINISTRATOR, "administrator") X(GOV_ROLE, COMMITTEE, "committee") \
    X(GOV_ROLE, OVERSIGHT, "oversight") X(GOV_ROLE, COLLECTOR, "collector") \
    X(GOV_ROLE, AGENT, "agent") X(GOV_ROLE, PANELLIST, "panellist") \
    X(GOV_ROLE, TRADER, "trader") X(GOV_ROLE, AUDITOR, "auditor")
#define GOV_ACTION_LIST(X) \
    X(GOV_ACTION, OPEN, "open") X(GOV_ACTION, FOUND, "found") X(GOV_ACTION, PROPOSE, "propose") \
    X(GOV_ACTION, APPROVE, "approve") X(GOV_ACTION, REJECT, "reject") \
    X(GOV_ACTION, WITHDRAW, "withdraw") X(GOV_ACTION, COMMENT, "comment") \
    X(GOV_ACTION, COMPLAIN, "complain") X(GOV_ACTION, RESOLVE, "resolve") \
    X(GOV_ACTION, ATTEST, "attest") X(GOV_ACTION, SCORE, "score") \
    X(GOV_ACTION, RECOMPUTE, "recompute") X(GOV_ACTION, REVIEW, "review") \
    X(GOV_ACTION, ACCESS, "access") X(GOV_ACTION, RECOVER, "recover")
#define GOV_ACT_LIST(X) \
    X(GOV_ACT, ACTOR, "actor") X(GOV_ACT, METHODOLOGY, "methodology") \
    X(GOV_ACT, REGISTRY, "registry") X(GOV_ACT, FACTOR, "factor") X(GOV_ACT, LINK, "link") \
    X(GOV_ACT, SPLICE, "splice") X(GOV_ACT, EXCLUDE, "exclude") X(GOV_ACT, INCLUDE, "include") \
    X(GOV_ACT, JUDGEMENT, "judgement") X(GOV_ACT, KEY, "key") \
    X(GOV_ACT, PANELLIST, "panellist") X(GOV_ACT, TRANSITION, "transition")
#define GOV_TARGET_LIST(X) \
    X(GOV_TARGET, SOURCE, "source") X(GOV_TARGET, OWNER, "owner") \
    X(GOV_TARGET, PROVIDER, "provider")
#define GOV_OUTCOME_LIST(X) \
    X(GOV_OUTCOME, REJECTED, "rejected") X(GOV_OUTCOME, UPHELD, "upheld") \
    X(GOV_OUTCOME, RESTATED, "restated")
#define GOV_ALARM_LIST(X) \
    X(GOV_ALARM, DRIFT, "DRIFT") X(GOV_ALARM, HHI, "HHI") X(GOV_ALARM, COVERAGE, "COVERAGE") \
    X(GOV_ALARM, EXECUTED, "EXECUTED") X(GOV_ALARM, DOMINANT, "DOMINANT")
/* Why an entry is refused. ROW(list, name, text): text is the sentence. */
#define GOV_FAULT_LIST(X) \
    X(GOV_FAULT, FIELD_MISSING, "is needed here") \
    X(GOV_FAULT, FIELD_EXTRA, "has no place here") \
    X(GOV_FAULT, FIELD_BAD, "is no value of its kind") \
    X(GOV_FAULT, ORDER, "is not the next number") \
    X(GOV_FAULT, FULL, "the register is full") \
    X(GOV_FAULT, NOT_OPEN, "the register is not open: its first entry opens it") \
    X(GOV_FAULT, OPEN_TWICE, "the register is open already") \
    X(GOV_FAULT, FOUND_LATE, "founders are named before anything else is done: propose the actor") \
    X(GOV_FAULT, FOUND_TWICE, "is a founder already") \
    X(GOV_FAULT, TO_EARLY, "is before its first date") \
    X(GOV_FAULT, TIME_BACK, "is earlier than the entry before it") \
    X(GOV_FAULT, UNKNOWN_ACTOR, "no actor of this name is in the register") \
    X(GOV_FAULT, NO_ROLE, "the actor has no role that may do this") \
    X(GOV_FAULT, ROLE_CONFLICT, "one actor can not hold these two roles") \
    X(GOV_FAULT, SELF_APPROVAL, "the proposer can not decide his own proposal") \
    X(GOV_FAULT, APPROVED_TWICE, "the actor has approved it already: another must") \
    X(GOV_FAULT, CONFLICT, "an actor can not decide on himself or on his own entity") \
    X(GOV_FAULT, NEEDS_OVERSIGHT, "one of the two approvers must be oversight") \
    X(GOV_FAULT, NO_SUBJECT, "no entry of this number that this could be about") \
    X(GOV_FAULT, CLOSED, "is decided already") \
    X(GOV_FAULT, TOO_EARLY, "the consultation window is still open") \
    X(GOV_FAULT, CONSULT_SHORT, "the consultation window is shorter than the register's rule") \
    X(GOV_FAULT, BACKDATED, "changes take effect forward only, after they are decided") \
    X(GOV_FAULT, NOTICE_SHORT, "takes effect before its notice has passed") \
    X(GOV_FAULT, VERSION, "is not the version after the last one adopted") \
    X(GOV_FAULT, OTHER_INDEX, "is not the index of this register") \
    X(GOV_FAULT, FACTOR_RANGE, "is outside what a factor may be") \
    X(GOV_FAULT, NOT_YET, "lies after the entry: there is no such print yet") \
    X(GOV_FAULT, OWN_COMPLAINT, "nobody resolves his own complaint") \
    X(GOV_FAULT, NO_RESTATEMENT, "outcome restated needs the new version and its receipt") \
    X(GOV_FAULT, NO_PANELLIST, "the actor is no panellist") \
    X(GOV_FAULT, NO_AGENT, "the actor is no agent")

#define GOV_LISTS(E) \
    E(GOV_ROLE) E(GOV_ACTION) E(GOV_ACT) E(GOV_TARGET) E(GOV_OUTCOME) E(GOV_ALARM) E(GOV_FAULT)
GOV_LISTS(AS_LIST_ENUM)
GOV_LISTS(AS_BENCH_WORDS)

/* One entry; a fact left out is zero. The order of the line. */
#define ENTRY_FIELDS(F) \
    F(U32, seq, NONE, "number of the entry and of its line, from 1") \
    F(AT, at, NONE, "when; the caller's clock") \
    F(ENUM, action, GOV_ACTION, "what was done") \
    F(TEXT32, by, NONE, "who did it") \
    F(ENUM0, act, GOV_ACT, "of a proposal: the act to decide on") \
    F(U32, subject, NONE, "number of the entry it is about") \
    F(ENUM0, what, GOV_TARGET, "what is excluded") \
    F(TEXT32, name, NONE, "actor, index, source, factor: by the act") \
    F(TEXT32, other, NONE, "entity of an actor; the second agent") \
    F(BITS, roles, GOV_ROLE, "of an actor") \
    F(DATE, date, NONE, "value date of a print") \
    F(DATE, from, NONE, "takes effect; first date looked at") \
    F(DATE, to, NONE, "last date") \
    F(U32, version, NONE, "of a methodology or registry; of a print: its vintage") \
    F(U32, days, NONE, "consultation window; notice") \
    F(U32, complaint_days, NONE, "a complaint is resolved within") \
    F(U32, review_days, NONE, "a review at least every so many days") \
    F(U32, cutoff_s, NONE, "a panellist's cut-off, seconds of the day UTC") \
    F(I64, value, NONE, "factor in ppm, link in 1e-9, judged value in micros") \
    F(I64, bias_ppm, NONE, "mean error of a panellist against the print") \
    F(U32, rmse_ppm, NONE, "root mean square of that error") \
    F(I64, drift_ppm, NONE, "last print against the first of a review") \
    F(U32, hhi, NONE, "largest of a review's prints, x 10^4") \
    F(U32, coverage_ppm, NONE, "share of dates printed at L1-L4") \
    F(U32, executed_ppm, NONE, "mean share of trades in the volume") \
    F(U32, count, NONE, "prints, submissions or bytes looked at") \
    F(U32, bad, NONE, "of them: differing, late or without a print") \
    F(BITS, alarms, GOV_ALARM, "of a review") \
    F(ENUM0, outcome, GOV_OUTCOME, "of a complaint") \
    F(HASH, hash, NONE, "SHA-256 of what it is about: methodology, registry, receipt") \
    F(HASH, report, NONE, "SHA-256 of the report it rests on; receipt of a restatement") \
    F(HASH, key, NONE, "public key of the administrator")
struct gov_entry {
    i64 at, value, bias_ppm, drift_ppm;
    Hash hash, report, key;
    Date date, from, to;
    u32 seq, subject, roles, version, days, complaint_days, review_days, cutoff_s, rmse_ppm, hhi;
    u32 coverage_ppm, executed_ppm, count, bad, alarms;
    char by[32], name[32], other[32], text[GOV_TEXT_MAX]; /* text: the reason, last on the line */
    u8 action, act, what, outcome, zero[4];
};
static_assert(sizeof(struct gov_entry) == 544, "compared whole: no hidden padding");
#define AS_ENTRY_FIELD(KIND, member, LIST, meaning) ENTRY_##member,
enum entry_field { ENTRY_FIELDS(AS_ENTRY_FIELD) ENTRY_text, ENTRY_FIELD_COUNT };
extern const struct fact_table entry_table; /* all but the text */
NODISCARD const char *entry_field_name(u32 field);
NODISCARD bool entry_has(const struct gov_entry *e, u32 field); /* is not zero */

/* `SEQ AT ACTION BY key=value ... text="..."`: without the chain. */
void entry_put(const struct gov_entry *e, struct text *t);
/* False, *field says where: any text that entry_put() would not write. */
NODISCARD bool entry_parse(Str line, struct gov_entry *e, u32 *field);
/* SHA-256 of the 64 hex digits of `before`, a newline, and the line without its chain. */
NODISCARD Hash entry_chain(Hash before, Str line);

/* Where a proposal or complaint stands. */
#define GOV_STATE_LIST(X) \
    X(GOV_STATE, WAITING, "open") X(GOV_STATE, ADOPTED, "adopted") \
    X(GOV_STATE, REJECTED, "rejected") X(GOV_STATE, WITHDRAWN, "withdrawn") \
    X(GOV_STATE, RESOLVED, "resolved")
AS_LIST_ENUM(GOV_STATE)
extern const struct words bench_words_GOV_STATE;
struct gov_item {
    u8 state, zero[3];
    u32 approvals, approver[GOV_APPROVERS]; /* entries that approve */
    u32 decided;                            /* the entry that ended it */
};
struct gov_actor { char name[32], entity[32]; u32 roles, cutoff_s, attested, since; };

/* All of one register. `at` and `item` are the caller's, `cap` entries each, zeroed. */
struct gov_register {
    struct gov_entry *at;
    struct gov_item *item; /* item[i] of entry i + 1 */
    u32 n, cap, actors_n;
    u32 method_version; /* last adopted */
    struct gov_actor actors[GOV_ACTORS_MAX];
    Hash head; /* chain of the last entry; zeroes for none */
};
void register_init(struct gov_register *r, struct gov_entry *at, struct gov_item *item, u32 cap);
/* May *e be the next entry? GOV_FAULT_NONE, or why not and the field at fault. */
NODISCARD u8 register_judge(const struct gov_register *r, const struct gov_entry *e, u32 *field);
/* Judges, and takes it in. `line` (may be NULL) gets the text with its chain, no newline. */
NODISCARD u8 register_add(struct gov_register *r, const struct gov_entry *e, struct text *line,
                          u32 *field);
/* One line of a file, its chain included, as the next entry. */
NODISCARD u8 register_read(struct gov_register *r, Str line, u32 *field, bool *chain_differs);
/* Is the refusal a rule's (the answer is no), not a malformed entry's? */
NODISCARD bool gov_fault_is_rule(u8 fault);
/* What an entry may hold, for help and documents: field masks, and roles. */
NODISCARD u64 act_needs(u32 act);
NODISCARD u64 act_takes(u32 act); /* needed or allowed */
NODISCARD u32 act_proposers(u32 act);
NODISCARD u32 act_approvers(u32 act);
NODISCARD u32 roles_conflict(u32 roles); /* two bits that no actor holds together; 0 if none */

/* ---- what stands ---- */
NODISCARD const struct gov_actor *register_actor(const struct gov_register *r, const char *name);
/* The methodology version in force on a date: entry number, 0 none. The opening one counts. */
NODISCARD u32 register_method_on(const struct gov_register *r, Date d);
NODISCARD bool register_key_on(const struct gov_register *r, Date d, const u8 key[32]);
NODISCARD bool register_excluded(const struct gov_register *r, u32 what, Str name, Date d);
NODISCARD Instant complaint_deadline(const struct gov_register *r, u32 seq);
/* End of a methodology's consultation window; its own time for other acts. */
NODISCARD Instant proposal_opens(const struct gov_register *r, u32 seq);
/* When the next review is due. */
NODISCARD Instant review_due(const struct gov_register *r);

#endif
