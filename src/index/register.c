#include "index/register.h"

#define R(role) LIST_BIT(GOV_ROLE_##role)
#define F(field) (UINT64_C(1) << ENTRY_##field)
#define ANYBODY 0u
#define DECIDERS (R(ADMINISTRATOR) | R(COMMITTEE) | R(OVERSIGHT))

/* What an entry of each action holds besides its number, time, action and actor. */
struct action_rule { u32 roles; u64 need, may; }; /* roles ANYBODY: not even an actor is needed */
static const struct action_rule action_rules[GOV_ACTION_COUNT] = {
    [GOV_ACTION_OPEN] = { ANYBODY,
                          F(name) | F(version) | F(from) | F(hash) | F(days) | F(complaint_days) |
                              F(review_days) | F(text),
                          F(key) },
    [GOV_ACTION_FOUND] = { ANYBODY, F(name) | F(roles), F(other) },
    [GOV_ACTION_PROPOSE] = { ANYBODY, F(act), 0 }, /* the act's own rule decides */
    [GOV_ACTION_APPROVE] = { ANYBODY, F(subject), F(text) },
    [GOV_ACTION_REJECT] = { ANYBODY, F(subject) | F(text), 0 },
    [GOV_ACTION_WITHDRAW] = { ANYBODY, F(subject) | F(text), 0 },
    [GOV_ACTION_COMMENT] = { ANYBODY, F(subject) | F(text), 0 },
    [GOV_ACTION_COMPLAIN] = { ANYBODY, F(name) | F(date) | F(version) | F(hash) | F(text), 0 },
    [GOV_ACTION_RESOLVE] = { R(ADMINISTRATOR) | R(OVERSIGHT), F(subject) | F(outcome) | F(text),
                             F(version) | F(report) },
    [GOV_ACTION_ATTEST] = { R(PANELLIST), F(to) | F(text), F(hash) },
    [GOV_ACTION_SCORE] = { R(ADMINISTRATOR) | R(COMMITTEE) | R(OVERSIGHT) | R(AUDITOR),
                           F(name) | F(from) | F(to) | F(count),
                           F(bias_ppm) | F(rmse_ppm) | F(bad) | F(hash) },
    [GOV_ACTION_RECOMPUTE] = { R(ADMINISTRATOR) | R(AGENT) | R(AUDITOR) | R(OVERSIGHT),
                               F(name) | F(other) | F(from) | F(to) | F(count),
                               F(bad) | F(date) | F(hash) | F(report) | F(text) },
    [GOV_ACTION_REVIEW] = { R(ADMINISTRATOR) | R(COMMITTEE) | R(OVERSIGHT) | R(AUDITOR),
                            F(from) | F(to) | F(count) | F(text),
                            F(bad) | F(drift_ppm) | F(hhi) | F(coverage_ppm) | F(executed_ppm) |
                                F(alarms) | F(hash) },
    [GOV_ACTION_ACCESS] = { ANYBODY, F(text), F(name) | F(date) | F(from) | F(to) | F(hash) },
    [GOV_ACTION_RECOVER] = { ANYBODY, F(count) | F(hash) | F(text), 0 },
};

/* Acts under four eyes: who proposes, who approves, what is said, how long before it takes effect.
 * ahead: `from` lies after the decision; oversight: one approver must be. */
struct act_rule { u32 propose, approve; u64 need, may; u32 notice_days; bool ahead, oversight; };
static const struct act_rule act_rules[GOV_ACT_COUNT] = {
    [GOV_ACT_ACTOR] = { DECIDERS, DECIDERS, F(name) | F(text), F(roles) | F(other), 0, false,
                        false },
    [GOV_ACT_METHODOLOGY] = { R(ADMINISTRATOR) | R(COMMITTEE), R(COMMITTEE) | R(OVERSIGHT),
                              F(name) | F(version) | F(from) | F(days) | F(hash) | F(report) |
                                  F(text),
                              0, 0, true, true },
    [GOV_ACT_REGISTRY] = { DECIDERS, DECIDERS, F(name) | F(version) | F(from) | F(hash) | F(text),
                           0, 0, true, false },
    [GOV_ACT_FACTOR] = { R(ADMINISTRATOR) | R(COMMITTEE), DECIDERS,
                         F(name) | F(value) | F(from) | F(report) | F(text), 0, 0, true, false },
    [GOV_ACT_LINK] = { R(ADMINISTRATOR) | R(COMMITTEE), DECIDERS,
                       F(name) | F(value) | F(from) | F(report) | F(text), 0, 0, true, false },
    [GOV_ACT_SPLICE] = { R(ADMINISTRATOR) | R(COMMITTEE), DECIDERS,
                         F(name) | F(value) | F(from) | F(report) | F(text), 0, GOV_SPLICE_DAYS,
                         true, true },
    [GOV_ACT_EXCLUDE] = { DECIDERS, DECIDERS, F(what) | F(name) | F(from) | F(text), F(to), 0,
                          false, true },
    [GOV_ACT_INCLUDE] = { DECIDERS, DECIDERS, F(subject) | F(from) | F(text), 0, 0, true, true },
    [GOV_ACT_JUDGEMENT] = { DECIDERS, DECIDERS,
                            F(name) | F(date) | F(version) | F(hash) | F(value) | F(text),
                            F(report), 0, false, true },
    [GOV_ACT_KEY] = { R(ADMINISTRATOR), DECIDERS, F(key) | F(from) | F(text), 0, 0, true, true },
    [GOV_ACT_PANELLIST] = { DECIDERS, DECIDERS, F(name) | F(cutoff_s) | F(from) | F(text), 0, 0,
                            true, false },
    [GOV_ACT_TRANSITION] = { R(ADMINISTRATOR) | R(COMMITTEE), DECIDERS,
                             F(name) | F(value) | F(days) | F(from) | F(text), F(report), 0, true,
                             true },
};

/* Roles that no actor holds together. */
static const u32 role_conflicts[] = {
    R(TRADER) | R(ADMINISTRATOR), R(TRADER) | R(PANELLIST),        R(TRADER) | R(COMMITTEE),
    R(TRADER) | R(OVERSIGHT),     R(PANELLIST) | R(ADMINISTRATOR), R(OVERSIGHT) | R(ADMINISTRATOR),
    R(OVERSIGHT) | R(COMMITTEE),  R(AUDITOR) | R(ADMINISTRATOR),   R(AUDITOR) | R(COMMITTEE),
    R(AUDITOR) | R(TRADER),
};

u64 act_needs(u32 act)
{
    ASSERT(act > 0);
    ASSERT(act < GOV_ACT_COUNT);
    return act_rules[act].need;
}
u64 act_takes(u32 act)
{
    ASSERT(act > 0);
    ASSERT(act < GOV_ACT_COUNT);
    return act_rules[act].need | act_rules[act].may;
}
u32 act_proposers(u32 act) { return act_rules[act].propose; }
u32 act_approvers(u32 act) { return act_rules[act].approve; }

u32 roles_conflict(u32 roles)
{
    ASSERT(roles < BIT(GOV_ROLE_COUNT - 1));
    ASSERT(ARRAY_LEN(role_conflicts) > 0);
    for (u32 i = 0; i < ARRAY_LEN(role_conflicts); i++)
        if ((roles & role_conflicts[i]) == role_conflicts[i]) return role_conflicts[i];
    return 0;
}

bool gov_fault_is_rule(u8 fault)
{
    ASSERT(fault > 0);
    ASSERT(fault < GOV_FAULT_COUNT);
    return fault != GOV_FAULT_FIELD_MISSING && fault != GOV_FAULT_FIELD_EXTRA &&
           fault != GOV_FAULT_FIELD_BAD && fault != GOV_FAULT_TO_EARLY &&
           fault != GOV_FAULT_ORDER && fault != GOV_FAULT_FULL;
}

void register_init(struct gov_register *r, struct gov_entry *at, struct gov_item *item, u32 cap)
{
    ASSERT(r && at && item);
    ASSERT(cap > 0);
    memset(r, 0, sizeof *r);
    r->at = at, r->item = item, r->cap = cap;
}

static bool same(const char *a, const char *b) { return str_eq(str_of(a), str_of(b)); }

const struct gov_actor *register_actor(const struct gov_register *r, const char *name)
{
    ASSERT(name);
    ASSERT(r->actors_n <= GOV_ACTORS_MAX);
    for (u32 i = 0; i < r->actors_n; i++)
        if (same(r->actors[i].name, name)) return &r->actors[i];
    return NULL;
}

/* ---- judging: small rules, each GOV_FAULT_NONE or why not ---- */

struct judging { const struct gov_register *r; const struct gov_entry *e; u32 *field; };

static u8 fault(const struct judging *j, u32 field, u8 why)
{
    ASSERT(field < ENTRY_FIELD_COUNT);
    ASSERT(why < GOV_FAULT_COUNT);
    *j->field = field;
    return why;
}

static u8 judge_fields(const struct judging *j, u64 need, u64 may)
{
    u64 lead = F(seq) | F(at) | F(action) | F(by), all = need | may | lead;
    ASSERT(j->e);
    ASSERT((need & lead) == 0);
    for (u32 i = 0; i < ENTRY_FIELD_COUNT; i++) {
        bool has = entry_has(j->e, i), wants = ((need | lead) >> i & 1) != 0;
        if (wants && !has) return fault(j, i, GOV_FAULT_FIELD_MISSING);
        if (has && !(all >> i & 1)) return fault(j, i, GOV_FAULT_FIELD_EXTRA);
    }
    return GOV_FAULT_NONE;
}

static u8 judge_role(const struct judging *j, u32 roles)
{
    const struct gov_actor *a = register_actor(j->r, j->e->by);
    ASSERT(j->e->by[0]);
    ASSERT(roles != ANYBODY);
    if (!a) return fault(j, ENTRY_by, GOV_FAULT_UNKNOWN_ACTOR);
    return a->roles & roles ? GOV_FAULT_NONE : fault(j, ENTRY_by, GOV_FAULT_NO_ROLE);
}

static u8 judge_open(const struct judging *j)
{
    const struct gov_entry *e = j->e;
    ASSERT(e->action == GOV_ACTION_OPEN);
    ASSERT(j->r->n < j->r->cap);
    if (e->days > GOV_DAYS_MAX) return fault(j, ENTRY_days, GOV_FAULT_FIELD_BAD);
    if (e->complaint_days > GOV_DAYS_MAX)
        return fault(j, ENTRY_complaint_days, GOV_FAULT_FIELD_BAD);
    if (e->review_days > GOV_DAYS_MAX) return fault(j, ENTRY_review_days, GOV_FAULT_FIELD_BAD);
    return GOV_FAULT_NONE;
}

static u8 judge_found(const struct judging *j)
{
    const struct gov_register *r = j->r;
    ASSERT(r->n > 0);
    ASSERT(j->e->roles);
    if (r->at[r->n - 1].action > GOV_ACTION_FOUND)
        return fault(j, ENTRY_action, GOV_FAULT_FOUND_LATE);
    if (roles_conflict(j->e->roles)) return fault(j, ENTRY_roles, GOV_FAULT_ROLE_CONFLICT);
    /* a second line would take the first one's roles away with nobody asked */
    if (register_actor(r, j->e->name)) return fault(j, ENTRY_name, GOV_FAULT_FOUND_TWICE);
    if (r->actors_n == GOV_ACTORS_MAX) return fault(j, ENTRY_name, GOV_FAULT_FULL);
    return GOV_FAULT_NONE;
}

/* The first date that a decision taken at `at` may take effect on. */
static i32 earliest(i64 at, u32 days)
{
    return (i32)((at + NS_PER_DAY - 1) / NS_PER_DAY) + (i32)days;
}

static u8 judge_methodology(const struct judging *j)
{
    const struct gov_entry *e = j->e, *open = &j->r->at[0];
    ASSERT(e->act == GOV_ACT_METHODOLOGY);
    ASSERT(open->action == GOV_ACTION_OPEN);
    if (!same(e->name, open->name)) return fault(j, ENTRY_name, GOV_FAULT_OTHER_INDEX);
    if (e->version != j->r->method_version + 1) return fault(j, ENTRY_version, GOV_FAULT_VERSION);
    if (e->days < open->days) return fault(j, ENTRY_days, GOV_FAULT_CONSULT_SHORT);
    if (e->days > GOV_DAYS_MAX) return fault(j, ENTRY_days, GOV_FAULT_FIELD_BAD);
    if (e->from.days < earliest(e->at, e->days)) return fault(j, ENTRY_from, GOV_FAULT_BACKDATED);
    return GOV_FAULT_NONE;
}

static u8 judge_actor_act(const struct judging *j)
{
    ASSERT(j->e->act == GOV_ACT_ACTOR);
    ASSERT(j->r->n > 0);
    if (roles_conflict(j->e->roles)) return fault(j, ENTRY_roles, GOV_FAULT_ROLE_CONFLICT);
    if (!register_actor(j->r, j->e->name) && j->r->actors_n == GOV_ACTORS_MAX)
        return fault(j, ENTRY_name, GOV_FAULT_FULL);
    return GOV_FAULT_NONE;
}

static u8 judge_factor(const struct judging *j)
{
    i64 v = j->e->value, most = j->e->act == GOV_ACT_LINK ? INT64_C(1000000000000) : 100 * PPM;
    ASSERT(v != 0);
    ASSERT(j->e->act < GOV_ACT_COUNT);
    bool fine = j->e->act == GOV_ACT_FACTOR ? v >= -GOV_FACTOR_PPM_MAX && v <= GOV_FACTOR_PPM_MAX
                                            : v > 0 && v <= most;
    return fine ? GOV_FAULT_NONE : fault(j, ENTRY_value, GOV_FAULT_FACTOR_RANGE);
}

static u8 judge_judgement(const struct judging *j)
{
    const struct gov_entry *e = j->e;
    ASSERT(e->act == GOV_ACT_JUDGEMENT);
    ASSERT(j->r->n > 0);
    if (!same(e->name, j->r->at[0].name)) return fault(j, ENTRY_name, GOV_FAULT_OTHER_INDEX);
    if (e->value < 0) return fault(j, ENTRY_value, GOV_FAULT_FIELD_BAD);
    return e->date.days <= date_at((Instant){ e->at }).days
               ? GOV_FAULT_NONE
               : fault(j, ENTRY_date, GOV_FAULT_NOT_YET);
}

/* An inclusion ends an adopted exclusion. */
static u8 judge_include(const struct judging *j)
{
    u32 s = j->e->subject;
    ASSERT(j->e->act == GOV_ACT_INCLUDE);
    ASSERT(s > 0);
    bool fine = s <= j->r->n && j->r->at[s - 1].act == GOV_ACT_EXCLUDE &&
                j->r->item[s - 1].state == GOV_STATE_ADOPTED;
    return fine ? GOV_FAULT_NONE : fault(j, ENTRY_subject, GOV_FAULT_NO_SUBJECT);
}

static u8 judge_panellist(const struct judging *j)
{
    const struct gov_actor *a = register_actor(j->r, j->e->name);
    ASSERT(j->e->act == GOV_ACT_PANELLIST);
    ASSERT(j->e->cutoff_s > 0);
    if (j->e->cutoff_s > 86400) return fault(j, ENTRY_cutoff_s, GOV_FAULT_FIELD_BAD);
    return a && a->roles & R(PANELLIST) ? GOV_FAULT_NONE
                                        : fault(j, ENTRY_name, GOV_FAULT_NO_PANELLIST);
}

static u8 judge_propose(const struct judging *j)
{
    const struct gov_entry *e = j->e;
    const struct act_rule *a = &act_rules[e->act];
    ASSERT(e->act > 0);
    ASSERT(e->act < GOV_ACT_COUNT);
    u8 why = judge_fields(j, a->need | F(act), a->may);
    if (!why) why = judge_role(j, a->propose);
    if (why) return why;
    if (a->ahead && e->from.days < earliest(e->at, 0))
        return fault(j, ENTRY_from, GOV_FAULT_BACKDATED);
    if (a->notice_days && e->from.days < earliest(e->at, a->notice_days))
        return fault(j, ENTRY_from, GOV_FAULT_NOTICE_SHORT);
    if (e->from.days && e->from.days < date_at((Instant){ e->at }).days)
        return fault(j, ENTRY_from, GOV_FAULT_BACKDATED);
    switch (e->act) {
    case GOV_ACT_ACTOR: return judge_actor_act(j);
    case GOV_ACT_METHODOLOGY: return judge_methodology(j);
    case GOV_ACT_FACTOR:
    case GOV_ACT_LINK:
    case GOV_ACT_TRANSITION:
    case GOV_ACT_SPLICE: return judge_factor(j);
    case GOV_ACT_JUDGEMENT: return judge_judgement(j);
    case GOV_ACT_INCLUDE: return judge_include(j);
    case GOV_ACT_PANELLIST: return judge_panellist(j);
    default: return GOV_FAULT_NONE;
    }
}

/* The proposal or complaint that the entry speaks of, still open. */
static u8 judge_subject(const struct judging *j, u32 action)
{
    u32 s = j->e->subject;
    ASSERT(s > 0);
    ASSERT(action < GOV_ACTION_COUNT);
    if (s > j->r->n || j->r->at[s - 1].action != action)
        return fault(j, ENTRY_subject, GOV_FAULT_NO_SUBJECT);
    return j->r->item[s - 1].state == GOV_STATE_WAITING ? GOV_FAULT_NONE
                                                        : fault(j, ENTRY_subject, GOV_FAULT_CLOSED);
}

/* Is the decision about the actor himself or his entity? */
static bool concerned(const struct gov_register *r, const struct gov_entry *p,
                      const struct gov_actor *a)
{
    const struct gov_entry *about = p;
    ASSERT(p->action == GOV_ACTION_PROPOSE);
    ASSERT(a);
    if (p->act == GOV_ACT_INCLUDE) about = &r->at[p->subject - 1];
    if (same(about->name, a->name)) return true;
    return a->entity[0] && (same(about->name, a->entity) ||
                            (about->act == GOV_ACT_ACTOR && same(about->other, a->entity)));
}

static u8 judge_approve(const struct judging *j)
{
    const struct gov_register *r = j->r;
    const struct gov_entry *e = j->e;
    ASSERT(e->action == GOV_ACTION_APPROVE || e->action == GOV_ACTION_REJECT);
    u8 why = judge_subject(j, GOV_ACTION_PROPOSE);
    if (why) return why;
    const struct gov_entry *p = &r->at[e->subject - 1];
    const struct gov_item *it = &r->item[e->subject - 1];
    const struct act_rule *a = &act_rules[p->act];
    const struct gov_actor *who = register_actor(r, e->by);
    if (same(p->by, e->by)) return fault(j, ENTRY_by, GOV_FAULT_SELF_APPROVAL);
    why = judge_role(j, a->approve);
    if (why) return why;
    if (concerned(r, p, who)) return fault(j, ENTRY_by, GOV_FAULT_CONFLICT);
    if (e->action == GOV_ACTION_REJECT) return GOV_FAULT_NONE;
    for (u32 i = 0; i < it->approvals; i++)
        if (same(r->at[it->approver[i] - 1].by, e->by))
            return fault(j, ENTRY_by, GOV_FAULT_APPROVED_TWICE);
    if (e->at < proposal_opens(r, e->subject).ns) return fault(j, ENTRY_at, GOV_FAULT_TOO_EARLY);
    if (a->ahead && p->from.days < earliest(e->at, 0))
        return fault(j, ENTRY_at, GOV_FAULT_BACKDATED);
    if (p->act == GOV_ACT_METHODOLOGY && p->version != r->method_version + 1)
        return fault(j, ENTRY_subject, GOV_FAULT_VERSION);
    ASSERT(it->approvals < GOV_APPROVERS);
    if (it->approvals + 1 < GOV_APPROVERS || !a->oversight) return GOV_FAULT_NONE;
    const struct gov_actor *first = register_actor(r, r->at[it->approver[0] - 1].by);
    return (first->roles | who->roles) & R(OVERSIGHT)
               ? GOV_FAULT_NONE
               : fault(j, ENTRY_by, GOV_FAULT_NEEDS_OVERSIGHT);
}

static u8 judge_withdraw(const struct judging *j)
{
    ASSERT(j->e->action == GOV_ACTION_WITHDRAW);
    ASSERT(j->e->subject > 0);
    u8 why = judge_subject(j, GOV_ACTION_PROPOSE);
    if (why) return why;
    return same(j->r->at[j->e->subject - 1].by, j->e->by) ? GOV_FAULT_NONE
                                                          : fault(j, ENTRY_by, GOV_FAULT_NO_ROLE);
}

static u8 judge_complain(const struct judging *j)
{
    const struct gov_entry *e = j->e;
    ASSERT(e->action == GOV_ACTION_COMPLAIN);
    ASSERT(j->r->n > 0);
    if (!same(e->name, j->r->at[0].name)) return fault(j, ENTRY_name, GOV_FAULT_OTHER_INDEX);
    return e->date.days <= date_at((Instant){ e->at }).days
               ? GOV_FAULT_NONE
               : fault(j, ENTRY_date, GOV_FAULT_NOT_YET);
}

static u8 judge_resolve(const struct judging *j)
{
    const struct gov_entry *e = j->e;
    ASSERT(e->action == GOV_ACTION_RESOLVE);
    ASSERT(e->outcome > 0);
    u8 why = judge_subject(j, GOV_ACTION_COMPLAIN);
    if (why) return why;
    const struct gov_entry *c = &j->r->at[e->subject - 1];
    if (same(c->by, e->by)) return fault(j, ENTRY_by, GOV_FAULT_OWN_COMPLAINT);
    bool restated = e->outcome == GOV_OUTCOME_RESTATED;
    if (restated && (e->version <= c->version || !entry_has(e, ENTRY_report)))
        return fault(j, ENTRY_version, GOV_FAULT_NO_RESTATEMENT);
    if (restated && hash_eq(e->report, c->hash))
        return fault(j, ENTRY_report, GOV_FAULT_NO_RESTATEMENT);
    if (!restated && (e->version || entry_has(e, ENTRY_report)))
        return fault(j, ENTRY_version, GOV_FAULT_FIELD_EXTRA);
    return GOV_FAULT_NONE;
}

static u8 judge_agents(const struct judging *j)
{
    const char *names[] = { j->e->name, j->e->other };
    const u32 fields[] = { ENTRY_name, ENTRY_other };
    ASSERT(j->e->action == GOV_ACTION_RECOMPUTE);
    ASSERT(ARRAY_LEN(names) == ARRAY_LEN(fields));
    if (same(names[0], names[1])) return fault(j, ENTRY_other, GOV_FAULT_FIELD_BAD);
    for (u32 i = 0; i < ARRAY_LEN(names); i++) {
        const struct gov_actor *a = register_actor(j->r, names[i]);
        if (!a || !(a->roles & R(AGENT))) return fault(j, fields[i], GOV_FAULT_NO_AGENT);
    }
    return j->e->bad <= j->e->count ? GOV_FAULT_NONE : fault(j, ENTRY_bad, GOV_FAULT_FIELD_BAD);
}

static u8 judge_score(const struct judging *j)
{
    const struct gov_actor *a = register_actor(j->r, j->e->name);
    ASSERT(j->e->action == GOV_ACTION_SCORE);
    ASSERT(j->e->count > 0);
    if (!a || !(a->roles & R(PANELLIST))) return fault(j, ENTRY_name, GOV_FAULT_NO_PANELLIST);
    return j->e->bad <= j->e->count ? GOV_FAULT_NONE : fault(j, ENTRY_bad, GOV_FAULT_FIELD_BAD);
}

static u8 judge_comment(const struct judging *j)
{
    u32 s = j->e->subject;
    ASSERT(j->e->action == GOV_ACTION_COMMENT);
    ASSERT(s > 0);
    if (s <= j->r->n && j->r->at[s - 1].action == GOV_ACTION_PROPOSE) return GOV_FAULT_NONE;
    return fault(j, ENTRY_subject, GOV_FAULT_NO_SUBJECT);
}

static u8 judge_action(const struct judging *j)
{
    ASSERT(j->e->action > 0);
    ASSERT(j->e->action < GOV_ACTION_COUNT);
    if (j->e->from.days && j->e->to.days && j->e->to.days < j->e->from.days)
        return fault(j, ENTRY_to, GOV_FAULT_TO_EARLY);
    switch (j->e->action) {
    case GOV_ACTION_OPEN: return judge_open(j);
    case GOV_ACTION_FOUND: return judge_found(j);
    case GOV_ACTION_PROPOSE: return judge_propose(j);
    case GOV_ACTION_APPROVE:
    case GOV_ACTION_REJECT: return judge_approve(j);
    case GOV_ACTION_WITHDRAW: return judge_withdraw(j);
    case GOV_ACTION_COMMENT: return judge_comment(j);
    case GOV_ACTION_COMPLAIN: return judge_complain(j);
    case GOV_ACTION_RESOLVE: return judge_resolve(j);
    case GOV_ACTION_RECOMPUTE: return judge_agents(j);
    case GOV_ACTION_SCORE: return judge_score(j);
    default: return GOV_FAULT_NONE;
    }
}

/* The line says the entry and nothing but the entry. *t gets the line. */
static bool canonical(const struct gov_entry *e, struct text *t, u32 *field)
{
    struct gov_entry again;
    ASSERT(t->n == 0);
    ASSERT(e->seq > 0);
    entry_put(e, t);
    *field = ENTRY_text;
    if (t->cut || !entry_parse((Str){ t->at, t->n }, &again, field)) return false;
    for (*field = 0; *field < ENTRY_text; ++*field)
        if (entry_has(e, *field) != entry_has(&again, *field)) return false;
    *field = ENTRY_text;
    return memcmp(e, &again, sizeof again) == 0;
}

u8 register_judge(const struct gov_register *r, const struct gov_entry *e, u32 *field)
{
    char line[GOV_LINE_MAX];
    struct text t = text_on(line, sizeof line);
    const struct judging j = { r, e, field };
    ASSERT(r->n <= r->cap);
    ASSERT(field);
    *field = ENTRY_seq;
    if (e->action == 0 || e->action >= GOV_ACTION_COUNT)
        return fault(&j, ENTRY_action, GOV_FAULT_FIELD_BAD);
    if (r->n == r->cap) return GOV_FAULT_FULL;
    if (e->seq != r->n + 1) return GOV_FAULT_ORDER;
    for (u32 i = 0; i <= ENTRY_by; i++)
        if (!entry_has(e, i)) return fault(&j, i, GOV_FAULT_FIELD_MISSING);
    if (!canonical(e, &t, field)) return GOV_FAULT_FIELD_BAD;
    if (!r->n && e->action != GOV_ACTION_OPEN) return fault(&j, ENTRY_action, GOV_FAULT_NOT_OPEN);
    if (r->n && e->action == GOV_ACTION_OPEN) return fault(&j, ENTRY_action, GOV_FAULT_OPEN_TWICE);
    if (r->n && e->at < r->at[r->n - 1].at) return fault(&j, ENTRY_at, GOV_FAULT_TIME_BACK);
    const struct action_rule *a = &action_rules[e->action];
    u8 why = GOV_FAULT_NONE;
    if (e->action == GOV_ACTION_PROPOSE && !e->act)
        return fault(&j, ENTRY_act, GOV_FAULT_FIELD_MISSING);
    if (e->action != GOV_ACTION_PROPOSE) why = judge_fields(&j, a->need, a->may);
    if (!why && a->roles != ANYBODY) why = judge_role(&j, a->roles);
    return why ? why : judge_action(&j);
}

/* ---- taking in ---- */

static struct gov_actor *actor_at(struct gov_register *r, const char *name)
{
    ASSERT(name[0]);
    for (u32 i = 0; i < r->actors_n; i++)
        if (same(r->actors[i].name, name)) return &r->actors[i];
    ASSERT(r->actors_n < GOV_ACTORS_MAX);
    struct gov_actor *a = &r->actors[r->actors_n++];
    memcpy(a->name, name, sizeof a->name);
    return a;
}

static void actor_set(struct gov_register *r, const struct gov_entry *e)
{
    ASSERT(e->name[0]);
    ASSERT(!roles_conflict(e->roles));
    struct gov_actor *a = actor_at(r, e->name);
    a->roles = e->roles, a->since = e->seq;
    memcpy(a->entity, e->other, sizeof a->entity);
}

static void adopt(struct gov_register *r, const struct gov_entry *p)
{
    ASSERT(p->action == GOV_ACTION_PROPOSE);
    ASSERT(p->seq <= r->n);
    if (p->act == GOV_ACT_ACTOR) actor_set(r, p);
    if (p->act == GOV_ACT_METHODOLOGY) r->method_version = p->version;
    if (p->act == GOV_ACT_PANELLIST) actor_at(r, p->name)->cutoff_s = p->cutoff_s;
}

static void decide(struct gov_register *r, const struct gov_entry *e, u8 state)
{
    struct gov_item *it = &r->item[e->subject - 1];
    ASSERT(e->subject > 0 && e->subject < e->seq);
    ASSERT(it->state == GOV_STATE_WAITING);
    it->state = state, it->decided = e->seq;
}

static void approve(struct gov_register *r, const struct gov_entry *e)
{
    struct gov_item *it = &r->item[e->subject - 1];
    ASSERT(it->approvals < GOV_APPROVERS);
    ASSERT(e->action == GOV_ACTION_APPROVE);
    it->approver[it->approvals++] = e->seq;
    if (it->approvals < GOV_APPROVERS) return;
    decide(r, e, GOV_STATE_ADOPTED);
    adopt(r, &r->at[e->subject - 1]);
}

static void take_in(struct gov_register *r, const struct gov_entry *e)
{
    ASSERT(r->n < r->cap);
    ASSERT(e->seq == r->n + 1);
    r->at[r->n] = *e;
    r->item[r->n] = (struct gov_item){ 0 };
    struct gov_item *it = &r->item[r->n++];
    switch (e->action) {
    case GOV_ACTION_OPEN: r->method_version = e->version; break;
    case GOV_ACTION_FOUND: actor_set(r, e); break;
    case GOV_ACTION_PROPOSE:
    case GOV_ACTION_COMPLAIN: it->state = GOV_STATE_WAITING; break;
    case GOV_ACTION_APPROVE: approve(r, e); break;
    case GOV_ACTION_REJECT: decide(r, e, GOV_STATE_REJECTED); break;
    case GOV_ACTION_WITHDRAW: decide(r, e, GOV_STATE_WITHDRAWN); break;
    case GOV_ACTION_RESOLVE: decide(r, e, GOV_STATE_RESOLVED); break;
    case GOV_ACTION_ATTEST: actor_at(r, e->by)->attested = (u32)e->to.days; break;
    default: break;
    }
}

u8 register_add(struct gov_register *r, const struct gov_entry *e, struct text *line, u32 *field)
{
    char buf[GOV_LINE_MAX];
    struct text t = text_on(buf, sizeof buf);
    ASSERT(field);
    u8 why = register_judge(r, e, field);
    if (why) return why;
    entry_put(e, &t);
    ASSERT(!t.cut);
    take_in(r, e);
    r->head = entry_chain(r->head, (Str){ t.at, t.n });
    if (!line) return GOV_FAULT_NONE;
    text_put_str(line, (Str){ t.at, t.n });
    text_put(line, " chain=");
    text_put_hex(line, r->head.bytes, sizeof r->head.bytes);
    return GOV_FAULT_NONE;
}

u8 register_read(struct gov_register *r, Str line, u32 *field, bool *chain_differs)
{
    static const char chain_is[] = " chain=";
    u32 k = (u32)sizeof chain_is - 1, tail = k + 2 * (u32)sizeof(Hash);
    struct gov_entry e;
    Hash stated;
    ASSERT(field && chain_differs);
    ASSERT(line.at || !line.n);
    *field = ENTRY_seq, *chain_differs = true;
    if (line.n <= tail || memcmp(line.at + line.n - tail, chain_is, k) != 0)
        return GOV_FAULT_FIELD_BAD;
    Str hex = { line.at + line.n - tail + k, tail - k }, body = { line.at, line.n - tail };
    if (parse_hex(hex, stated.bytes, sizeof stated.bytes) != PARSE_OK) return GOV_FAULT_FIELD_BAD;
    for (u32 i = 0; i < hex.n; i++)
        if (hex.at[i] >= 'A' && hex.at[i] <= 'F') return GOV_FAULT_FIELD_BAD;
    if (!hash_eq(entry_chain(r->head, body), stated)) return GOV_FAULT_FIELD_BAD;
    *chain_differs = false;
    if (!entry_parse(body, &e, field)) return GOV_FAULT_FIELD_BAD;
    return register_add(r, &e, NULL, field);
}

/* ---- what stands ---- */

u32 register_method_on(const struct gov_register *r, Date d)
{
    u32 found = 0;
    ASSERT(r->at);
    ASSERT(r->n <= r->cap);
    for (u32 i = 0; i < r->n; i++) {
        const struct gov_entry *e = &r->at[i];
        bool opening = e->action == GOV_ACTION_OPEN,
             adopted = e->act == GOV_ACT_METHODOLOGY && r->item[i].state == GOV_STATE_ADOPTED;
        if ((opening || adopted) && e->from.days <= d.days) found = i + 1;
    }
    return found;
}

bool register_key_on(const struct gov_register *r, Date d, const u8 key[32])
{
    Hash now = { { 0 } }, asked;
    ASSERT(key);
    ASSERT(r->n <= r->cap);
    memcpy(asked.bytes, key, sizeof asked.bytes);
    for (u32 i = 0; i < r->n; i++) {
        const struct gov_entry *e = &r->at[i];
        if (e->action == GOV_ACTION_OPEN) now = e->key;
        if (e->act == GOV_ACT_KEY && r->item[i].state == GOV_STATE_ADOPTED &&
            e->from.days <= d.days)
            now = e->key;
    }
    return hash_eq(now, asked);
}

/* The last date of an exclusion: its own, or the day before an adopted inclusion. */
static i32 excluded_to(const struct gov_register *r, u32 i)
{
    i32 to = r->at[i].to.days ? r->at[i].to.days : DATE_MAX.days;
    ASSERT(i < r->n);
    ASSERT(r->at[i].act == GOV_ACT_EXCLUDE);
    for (u32 k = i + 1; k < r->n; k++)
        if (r->at[k].act == GOV_ACT_INCLUDE && r->at[k].subject == i + 1 &&
            r->item[k].state == GOV_STATE_ADOPTED)
            to = (i32)i64_min(to, r->at[k].from.days - 1);
    return to;
}

bool register_excluded(const struct gov_register *r, u32 what, Str name, Date d)
{
    ASSERT(what < GOV_TARGET_COUNT);
    ASSERT(r->n <= r->cap);
    for (u32 i = 0; i < r->n; i++) {
        const struct gov_entry *e = &r->at[i];
        if (e->act != GOV_ACT_EXCLUDE || r->item[i].state != GOV_STATE_ADOPTED) continue;
        if (e->what != what || !str_eq(str_of(e->name), name)) continue;
        if (e->from.days <= d.days && d.days <= excluded_to(r, i)) return true;
    }
    return false;
}

Instant complaint_deadline(const struct gov_register *r, u32 seq)
{
    ASSERT(seq > 0 && seq <= r->n);
    ASSERT(r->at[seq - 1].action == GOV_ACTION_COMPLAIN);
    return (Instant){ r->at[seq - 1].at + (i64)r->at[0].complaint_days * NS_PER_DAY };
}

Instant proposal_opens(const struct gov_register *r, u32 seq)
{
    ASSERT(seq > 0 && seq <= r->n);
    ASSERT(r->at[seq - 1].action == GOV_ACTION_PROPOSE);
    const struct gov_entry *p = &r->at[seq - 1];
    bool waits = p->act == GOV_ACT_METHODOLOGY;
    return (Instant){ p->at + (waits ? (i64)p->days * NS_PER_DAY : 0) };
}

Instant review_due(const struct gov_register *r)
{
    i64 last = r->n ? r->at[0].at : 0;
    ASSERT(r->n <= r->cap);
    ASSERT(r->n == 0 || r->at[0].action == GOV_ACTION_OPEN);
    for (u32 i = 0; i < r->n; i++)
        if (r->at[i].action == GOV_ACTION_REVIEW) last = r->at[i].at;
    return (Instant){ last + (r->n ? (i64)r->at[0].review_days * NS_PER_DAY : 0) };
}
