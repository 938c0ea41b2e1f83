#include "contract/instances.h"

#define AS_WORD(LIST, NAME, text) text,
static const char *const standing_words[] = { "", STANDING_LIST(AS_WORD) };
#define AS_CLASS_WORD(NAME, text, vendor, gb) text,
static const char *const class_words[] = { "", GPU_CLASSES(AS_CLASS_WORD) };
#define AS_FORM_WORD(NAME, text) text,
static const char *const form_words[] = { "", GPU_FORMS(AS_FORM_WORD) };
const struct words instance_words_STANDING = WORDS(standing_words, "standing"),
                   instance_words_GPU_CLASS = WORDS(class_words, "GPU class"),
                   instance_words_GPU_FORM = WORDS(form_words, "form");
static_assert(ARRAY_LEN(class_words) == GPU_COUNT, "the numbers are those of gpu.h");
static_assert(ARRAY_LEN(form_words) == GPU_FORM_COUNT, "the numbers are those of gpu.h");

#define INSTANCE_ROW(...) RECORD_ROW(struct instance, __VA_ARGS__)
static const struct record_field instance_fields[] = { INSTANCE_FIELDS(INSTANCE_ROW) };
const struct record instance_record = { "instance", "", instance_fields, ARRAY_LEN(instance_fields),
                                        sizeof(struct instance) };
#define INSTANCES_ROW(...) RECORD_ROW(struct instances, __VA_ARGS__)
static const struct record_field instances_fields[] = { INSTANCES_FIELDS(INSTANCES_ROW) };
const struct record instances_record = { "instance catalogue", "HDGINST1", instances_fields,
                                         ARRAY_LEN(instances_fields), sizeof(struct instances) };

static int text_order(Str a, Str b)
{
    u32 n = a.n < b.n ? a.n : b.n;
    ASSERT(a.at || !a.n);
    ASSERT(b.at || !b.n);
    int order = n ? memcmp(a.at, b.at, n) : 0;
    return order ? order : a.n < b.n ? -1 : a.n > b.n;
}

static int row_order(const struct instance *a, const char *provider, Str type)
{
    ASSERT(a);
    ASSERT(provider);
    int order = text_order(str_of(a->provider), str_of(provider));
    return order ? order : text_order(str_of(a->type), type);
}

const char *instance_fault(const struct instance *rows, u32 i)
{
    const struct instance *r = &rows[i];
    ASSERT(rows);
    ASSERT(i < INSTANCES_MAX);
    if (r->slice_of && r->gpus) return "a slice has gpus 0";
    if (!r->slice_of && !r->gpus) return "gpus 0 needs slice_of";
    if (!i) return NULL;
    int order = row_order(&rows[i - 1], r->provider, str_of(r->type));
    if (!order) return "stands twice";
    return order > 0 ? "out of order: rows rise by provider, then type" : NULL;
}

const struct instance *instance_of(const struct instances *c, const char *provider, Str type)
{
    u32 lo = 0, hi = (u32)c->rows_n;
    ASSERT(c);
    ASSERT(c->rows_n <= INSTANCES_MAX);
    while (lo < hi) {
        u32 mid = lo + (hi - lo) / 2;
        int order = row_order(&c->rows[mid], provider, type);
        if (!order) return &c->rows[mid];
        if (order < 0) lo = mid + 1;
        else hi = mid;
    }
    return NULL;
}
