#include "hedge/detect.h"
#include "hedge/detect_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPES_SLOTS 4096u
#define SEEN_SLOTS (1u << 16)
#define SEEN_BYTES (32u << 20)

struct seen { u64 hash; u32 at, n; struct finding *found; };
struct detector {
    const struct instances *types;
    struct rules *rules;
    u16 type_slot[TYPES_SLOTS]; /* row of the table + 1 */
    struct seen *seen;
    char *bytes;
    u32 seen_n, bytes_n;
    struct finding once; /* when the memory of rows is full */
    char key[1 << 16];
};

static u64 type_hash(const char *provider, const char *plain)
{
    return chain64(chain64(1, provider, strlen(provider)), plain, strlen(plain));
}

struct detector *detector_new(const struct instances *types, struct rules *rules)
{
    struct detector *d = calloc(1, sizeof *d);
    if (!d) return NULL;
    d->types = types, d->rules = rules;
    d->seen = calloc(SEEN_SLOTS, sizeof *d->seen);
    d->bytes = malloc(SEEN_BYTES);
    if (!d->seen || !d->bytes) {
        detector_give(d);
        return NULL;
    }
    for (u32 i = 0; i < types->rows_n; i++) {
        char plain[48];
        if (!name_plain(str_of(types->rows[i].type), plain, sizeof plain)) continue;
        u32 at = (u32)mix64(type_hash(types->rows[i].provider, plain)) % TYPES_SLOTS;
        while (d->type_slot[at]) at = (at + 1) % TYPES_SLOTS;
        d->type_slot[at] = (u16)(i + 1);
    }
    return d;
}

void detector_give(struct detector *d)
{
    if (!d) return;
    for (u32 i = 0; d->seen && i < SEEN_SLOTS; i++) free(d->seen[i].found);
    free(d->seen);
    free(d->bytes);
    free(d);
}

static const struct instance *type_of(const struct detector *d, const char *provider, Str name)
{
    char plain[48], row[48];
    if (!provider[0] || !name_plain(name, plain, sizeof plain)) return NULL;
    u32 at = (u32)mix64(type_hash(provider, plain)) % TYPES_SLOTS;
    for (; d->type_slot[at]; at = (at + 1) % TYPES_SLOTS) {
        const struct instance *i = &d->types->rows[d->type_slot[at] - 1];
        if (!strcmp(i->provider, provider) && name_plain(str_of(i->type), row, sizeof row) &&
            !strcmp(row, plain))
            return i;
    }
    return NULL;
}

static void say_what(struct finding *f, Str text)
{
    u32 n = text.n < sizeof f->what - 1 ? text.n : (u32)sizeof f->what - 1;
    while (n && n < text.n && ((u8)text.at[n] & 0xc0) == 0x80) n--;
    if (n) memcpy(f->what, text.at, n);
    f->what[n] = 0;
}

static void is_machine(struct finding *f, const struct instance *i, u32 rule)
{
    f->found = FOUND_GPU, f->gpu_class = (u8)i->gpu_class, f->rule = rule;
    f->num = i->gpus ? (u32)i->gpus : 1, f->den = i->gpus ? 1 : (u32)i->slice_of;
}

static bool applies(const struct rule *r, u32 field, const struct detect_row *row,
                    const char *alias)
{
    return r->field == field && (!r->provider[0] || !strcmp(r->provider, alias)) &&
           (!r->unit[0] || focus_same(row->unit, r->unit)) && row->day >= r->since &&
           row->day < r->until;
}

/* Is `name` of a family of accelerators that the table does not list? */
static bool family(struct detector *d, struct finding *f, const struct detect_row *row, Str name)
{
    for (u32 i = 0; i < d->rules->n; i++) {
        struct rule *r = &d->rules->rule[i];
        if (r->kind != RULE_FAMILY || !applies(r, FIELD_TYPE, row, f->provider)) continue;
        if (!pattern_match(&r->pattern, name, NULL)) continue;
        r->hits++;
        f->found = FOUND_FAMILY, f->rule = i;
        f->reason = "an accelerator machine that is not in the type table";
        return true;
    }
    return false;
}

/* "$1-$2" with what was captured. */
static Str filled(const char *value, const Str *capture, u32 captures, char *to, u32 cap)
{
    struct text t = text_on(to, cap);
    for (; *value; value++) {
        u32 c = value[0] == '$' && value[1] >= '1' && value[1] <= '4' ? (u32)(value[1] - '0') : 0;
        if (!c) text_put_char(&t, *value);
        else if (value++, c <= captures) text_put_str(&t, capture[c - 1]);
    }
    return (Str){ to, t.n };
}

static bool count_of(Str s, u32 *num, u32 *den)
{
    u64 v[2] = { 0, 0 };
    u32 k = 0;
    for (u32 i = 0; i < s.n; i++) {
        if (s.at[i] == '/' && !k++) continue;
        if (s.at[i] < '0' || s.at[i] > '9' || s.n > 11) return false;
        v[k] = v[k] * 10 + (u64)(s.at[i] - '0');
    }
    if (!s.n || v[0] > 1024 || v[1] > 1024 || (k && !v[1])) return false;
    *num = (u32)v[0], *den = k ? (u32)v[1] : 1;
    return true;
}

static bool gpu_rule(struct finding *f, const struct rule *r, u32 i, const Str *capture)
{
    char value[128], count[64];
    Str name = filled(r->value, capture, r->pattern.captures, value, sizeof value);
    f->rule = i, f->price_rule = r->list_price ? i : RULE_NO;
    f->gpu_class = gpu_class_of(name);
    if (!f->gpu_class) f->gpu_class = class_of_word(name);
    Str n = filled(r->count, capture, r->pattern.captures, count, sizeof count);
    if (!f->gpu_class || !count_of(n, &f->num, &f->den)) {
        f->found = FOUND_FAMILY;
        f->reason = f->gpu_class ? "the number of GPUs is not known" : "the GPU class is not known";
        return true;
    }
    f->found = FOUND_GPU, f->per_gpu = f->num == 1 && f->den == 1 && r->field != FIELD_TYPE;
    return true;
}

/* The hit of a rule; false: go on with the next rule. */
static bool rule_hits(struct detector *d, struct finding *f, const struct detect_row *row, u32 i,
                      const Str *capture)
{
    struct rule *r = &d->rules->rule[i];
    char name[512];
    Str type;
    const struct instance *machine;
    switch (r->kind) {
    case RULE_MACHINE:
        type = filled(r->value, capture, r->pattern.captures, name, sizeof name);
        machine = type_of(d, f->provider, type);
        if (machine) is_machine(f, machine, i);
        return machine || family(d, f, row, type);
    case RULE_GPU: return gpu_rule(f, r, i, capture);
    case RULE_PART: f->found = FOUND_PART, f->rule = i, f->num = 0, f->den = 1; return true;
    case RULE_FAMILY:
        f->found = FOUND_FAMILY, f->rule = i;
        f->reason = "an accelerator machine that is not in the type table";
        return true;
    default: break;
    }
    if (!rule_directed(r->kind)) return false;
    f->found = FOUND_TOKEN, f->rule = i, f->direction = r->kind;
    f->price_rule = r->list_price ? i : RULE_NO;
    Str model = filled(r->value, capture, r->pattern.captures, name, sizeof name);
    snprintf(f->model, sizeof f->model, "%.*s", (int)model.n, model.at);
    return true;
}

static bool rules_hit(struct detector *d, struct finding *f, const struct detect_row *row,
                      u32 field, Str text, bool user)
{
    Str capture[CAPTURES_MAX];
    bool hit = false;
    for (u32 i = 0; i < d->rules->n && (user || !hit); i++) {
        struct rule *r = &d->rules->rule[i];
        if (r->user != user || r->kind == RULE_ALIAS || r->kind == RULE_NONE ||
            r->kind == RULE_SERVICE || r->kind == RULE_MODEL ||
            !applies(r, field, row, f->provider) || !pattern_match(&r->pattern, text, capture))
            continue;
        if (hit) r->shadowed++;
        else if (rule_hits(d, f, row, i, capture)) hit = true, r->hits++;
    }
    return hit;
}

/* One field of the order: user rules, the type table, shipped rules. */
static bool field_hits(struct detector *d, struct finding *f, const struct detect_row *row,
                       u32 field, Str text)
{
    if (!text.n) return false;
    if (rules_hit(d, f, row, field, text, true)) return true;
    const struct instance *machine =
        field == FIELD_DESCRIPTION ? NULL : type_of(d, f->provider, text);
    if (machine) {
        is_machine(f, machine, RULE_TABLE);
        return true;
    }
    return rules_hit(d, f, row, field, text, false);
}

static Str details_of(Str object, const char *key)
{
    Str k, v;
    while (focus_pair(&object, &k, &v)) {
        if (k.n > 2 && !strncasecmp(k.at, "x_", 2)) k.at += 2, k.n -= 2;
        if (focus_same(k, key)) return focus_null(v) ? (Str){ NULL, 0 } : v;
    }
    return (Str){ NULL, 0 };
}

/* GpuCount with a class in the same object. */
static bool gpu_count(struct finding *f, Str object)
{
    Str k, v, n = details_of(object, "GpuCount");
    u32 num, den;
    if (!n.n || !count_of(n, &num, &den) || !num) return false;
    f->what[0] = 0;
    while (focus_pair(&object, &k, &v)) {
        u8 gpu_class = gpu_class_of(v);
        gpu_class = gpu_class ? gpu_class : class_of_word(v);
        if (!gpu_class) continue;
        say_what(f, v);
        f->found = FOUND_GPU, f->gpu_class = gpu_class, f->num = num, f->den = den;
        f->rule = RULE_TABLE;
        return true;
    }
    f->found = FOUND_FAMILY, f->rule = RULE_NO, f->reason = "GpuCount without a class we know";
    return true;
}

/* A full name of the table as a word of the description: weak. */
static bool description_hits(struct detector *d, struct finding *f, const struct detect_row *row)
{
    Str s = row->description;
    if (field_hits(d, f, row, FIELD_DESCRIPTION, s)) {
        if (f->found == FOUND_GPU) f->weak = true;
        return true;
    }
    for (u32 i = 0; i < s.n;) {
        u32 from = i;
        while (i < s.n && !strchr(" ,;()[]\"'", s.at[i])) i++;
        Str word = { s.at + from, i - from };
        bool number = false;
        for (u32 k = 0; k < word.n; k++) number |= word.at[k] >= '0' && word.at[k] <= '9';
        const struct instance *m = number && word.n > 4 ? type_of(d, f->provider, word) : NULL;
        if (m) {
            is_machine(f, m, RULE_TABLE);
            say_what(f, word);
            f->weak = true;
            return true;
        }
        if (number && word.n > 4 && family(d, f, row, word)) {
            say_what(f, word);
            return true;
        }
        i += i < s.n;
    }
    return false;
}

/* The model where the meter names none: rules of kind model, on meter and description. */
static void model_of(struct detector *d, struct finding *f, const struct detect_row *row, Str meter)
{
    char name[128];
    Str capture[CAPTURES_MAX];
    for (u32 i = 0; i < d->rules->n && !f->model[0]; i++) {
        struct rule *r = &d->rules->rule[i];
        if (r->kind != RULE_MODEL) continue;
        Str text = r->field == FIELD_METER     ? meter
                   : r->field == FIELD_DETAILS ? row->details
                                               : row->description;
        if (!applies(r, r->field, row, f->provider) || !pattern_match(&r->pattern, text, capture))
            continue;
        r->hits++;
        Str model = filled(r->value, capture, r->pattern.captures, name, sizeof name);
        snprintf(f->model, sizeof f->model, "%.*s", (int)model.n, model.at);
        if (f->price_rule == RULE_NO && r->list_price) f->price_rule = i;
    }
    if (f->model[0]) return;
    f->found = FOUND_SERVICE;
    f->reason = "the model is not known";
}

static bool only_rule(struct detector *d, const struct detect_row *row, const char *alias, u8 kind,
                      u32 field, Str text, u32 *out)
{
    for (u32 i = 0; i < d->rules->n; i++) {
        struct rule *r = &d->rules->rule[i];
        if (r->kind != kind || !applies(r, field, row, kind == RULE_ALIAS ? r->provider : alias) ||
            !pattern_match(&r->pattern, text, NULL))
            continue;
        r->hits++;
        *out = i;
        return true;
    }
    return false;
}

/* GCP's core, RAM and GPU SKUs: the class is the machine's, from its label. */
static void label_joins(struct detector *d, struct finding *f, Str label)
{
    const struct instance *m = label.n ? type_of(d, f->provider, label) : NULL;
    if (f->found == FOUND_PART) {
        f->found = m ? FOUND_PART : label.n ? FOUND_NONE : FOUND_LOOSE;
        if (m) f->gpu_class = (u8)m->gpu_class;
    } else if (f->found == FOUND_GPU && f->per_gpu && m) {
        f->gpu_class = (u8)m->gpu_class;
    }
}

static void look(struct detector *d, const struct detect_row *row, struct finding *f)
{
    u32 rule;
    memset(f, 0, sizeof *f);
    f->rule = f->price_rule = RULE_NO, f->den = 1, f->num = 1, f->field = "";
    if (only_rule(d, row, "", RULE_ALIAS, FIELD_PROVIDER, row->provider, &rule))
        memcpy(f->provider, d->rules->rule[rule].provider, sizeof f->provider);
    if (only_rule(d, row, f->provider, RULE_NONE, FIELD_METER, row->meter, &rule) ||
        only_rule(d, row, f->provider, RULE_NONE, FIELD_METER, row->usage_type, &rule) ||
        only_rule(d, row, f->provider, RULE_NONE, FIELD_METER, row->meter_name, &rule) ||
        only_rule(d, row, f->provider, RULE_NONE, FIELD_DESCRIPTION, row->description, &rule)) {
        f->rule = rule, f->field = rule_field_text(d->rules->rule[rule].field);
        return;
    }
    Str label = details_of(row->labels, "compute.googleapis.com/machine_spec");
    Str type = details_of(row->details, "InstanceType");
    const struct { u32 field; const char *name; Str text; } order[] = {
        { FIELD_DETAILS, "SkuPriceDetails", row->details },
        { FIELD_TYPE, "SkuPriceDetails", type },
        { FIELD_NONE, "SkuPriceDetails", row->details },
        { FIELD_METER, "SkuMeter", row->meter },
        { FIELD_METER, "x_UsageType", row->usage_type },
        { FIELD_METER, "x_SkuMeterName", row->meter_name },
        { FIELD_TYPE, "x_SystemLabels", row->meter.n + row->meter_name.n ? (Str){ 0 } : label },
        { FIELD_RESOURCE_TYPE, "ResourceType", row->resource_type },
    };
    bool hit = false;
    for (u32 i = 0; !hit && i < ARRAY_LEN(order); i++) {
        f->field = order[i].name;
        say_what(f, order[i].text);
        hit = order[i].field ? field_hits(d, f, row, order[i].field, order[i].text)
                             : gpu_count(f, row->details);
    }
    if (!hit) {
        f->field = "ChargeDescription";
        say_what(f, row->description);
        hit = description_hits(d, f, row);
    }
    if (!strcmp(f->provider, "gcp")) label_joins(d, f, label);
    if (f->found == FOUND_TOKEN && !f->model[0])
        model_of(d, f, row, row->meter.n ? row->meter : row->usage_type);
    bool compute = !row->category.n || str_is(row->category, "Compute") ||
                   str_is(row->category, "AI and Machine Learning");
    if (f->found == FOUND_FAMILY && !compute) f->found = FOUND_NONE;
    if (f->found) return;
    f->rule = RULE_NO, f->field = "";
    Str meter = row->meter.n ? row->meter : row->usage_type.n ? row->usage_type : row->meter_name;
    say_what(f, type.n ? type : meter.n ? meter : row->description);
    if (only_rule(d, row, f->provider, RULE_SERVICE, FIELD_SERVICE, row->service, &rule)) {
        f->found = FOUND_SERVICE, f->rule = rule, f->field = "ServiceName";
        f->reason = "a token service, but the meter counts no tokens we know";
        return;
    }
    if (!compute || !(word_suspect(row->meter) || word_suspect(row->usage_type) ||
                      word_suspect(row->meter_name) || word_suspect(row->description)))
        return;
    f->found = FOUND_FAMILY, f->rule = RULE_NO, f->field = "words";
    f->reason = "words of an accelerator, class or hours unknown";
}

/* The texts of a row, one after the other; 0: too long to remember. */
static u32 key_of(struct detector *d, const struct detect_row *row)
{
    u32 n = 0;
#define AS_KEY(name, column) \
    if (row->name.n + n + 9 > sizeof d->key) return 0; \
    memcpy(d->key + n, row->name.at ? row->name.at : "", row->name.n); \
    n += row->name.n; \
    d->key[n++] = 0;
    DETECT_TEXTS(AS_KEY)
    if (d->rules->dated) memcpy(d->key + n, &row->day, 8), n += 8;
    return n;
}

const struct finding *detect(struct detector *d, const struct detect_row *row)
{
    u32 n = key_of(d, row);
    u64 hash = n ? mix64(chain64_lanes(1, d->key, n)) : 0;
    u32 at = (u32)hash % SEEN_SLOTS;
    for (; n && d->seen[at].found; at = (at + 1) % SEEN_SLOTS)
        if (d->seen[at].hash == hash && d->seen[at].n == n &&
            !memcmp(d->bytes + d->seen[at].at, d->key, n))
            return d->seen[at].found;
    struct finding *f = &d->once;
    if (n && d->seen_n < SEEN_SLOTS / 2 && d->bytes_n + n <= SEEN_BYTES) {
        struct finding *kept = malloc(sizeof *kept);
        if (kept) {
            memcpy(d->bytes + d->bytes_n, d->key, n);
            d->seen[at] = (struct seen){ hash, d->bytes_n, n, kept };
            d->bytes_n += n, d->seen_n++, f = kept;
        }
    }
    look(d, row, f);
    return f;
}

void rule_put(struct text *t, const struct rules *r, u32 rule)
{
    if (rule == RULE_TABLE) text_put(t, "type table");
    else if (rule == RULE_NO) text_put(t, "none");
    else {
        text_put(t, r->file[r->rule[rule].file]);
        text_put_char(t, ':');
        text_put_u64(t, r->rule[rule].line);
    }
}
