#include "contract/spec.h"

#define AS_WORD(LIST, NAME, text) text,
#define AS_SPEC_WORDS_TABLE(L) \
    static const char *const words_##L[] = { "", L##_LIST(AS_WORD) }; \
    const struct words spec_words_##L = WORDS(words_##L, #L);
SPEC_LISTS(AS_SPEC_WORDS_TABLE)

#define AS_SESSION_ROW(...) RECORD_ROW(struct spec_session, __VA_ARGS__)
#define AS_DSP_ROW(...) RECORD_ROW(struct spec_dsp, __VA_ARGS__)
#define AS_PART_ROW(...) RECORD_ROW(struct spec_part, __VA_ARGS__)
#define AS_ADDON_ROW(...) RECORD_ROW(struct spec_addon, __VA_ARGS__)
#define AS_ROW(...) RECORD_ROW(struct spec, __VA_ARGS__)
static const struct record_field session_fields[] = { SPEC_SESSION_FIELDS(AS_SESSION_ROW) };
static const struct record_field dsp_fields[] = { SPEC_DSP_FIELDS(AS_DSP_ROW) };
static const struct record_field part_fields[] = { SPEC_PART_FIELDS(AS_PART_ROW) };
static const struct record_field addon_fields[] = { SPEC_ADDON_FIELDS(AS_ADDON_ROW) };
static const struct record_field fields[] = { SPEC_FIELDS(AS_ROW) };
static_assert(ARRAY_LEN(fields) <= RECORD_FIELDS_MAX, "the loader's tables hold them");

const struct record spec_session_record = {
    "session", { 0 }, session_fields, ARRAY_LEN(session_fields), sizeof(struct spec_session)
};
const struct record spec_dsp_record = {
    "dsp rule", { 0 }, dsp_fields, ARRAY_LEN(dsp_fields), sizeof(struct spec_dsp)
};
const struct record spec_part_record = {
    "part", { 0 }, part_fields, ARRAY_LEN(part_fields), sizeof(struct spec_part)
};
const struct record spec_addon_record = {
    "add-on", { 0 }, addon_fields, ARRAY_LEN(addon_fields), sizeof(struct spec_addon)
};
const struct record spec_record = { "contract specification",
                                    { 'H', 'D', 'G', 'S', 'P', 'E', 'C', '1' },
                                    fields,
                                    ARRAY_LEN(fields),
                                    sizeof(struct spec) };

/* No hidden padding: the struct is exactly its fields and the counts of its lists. */
#define AS_SIZE(KIND, member, group, key, presence, a, b, text) + AS_SIZE_##KIND(a, b)
#define AS_SIZE_INT(a, b) 8
#define AS_SIZE_BOOL(a, b) 8
#define AS_SIZE_DATE(a, b) 8
#define AS_SIZE_TIME(a, b) 8
#define AS_SIZE_ENUM(a, b) 8
#define AS_SIZE_BITS(a, b) 8
#define AS_SIZE_GIVEN(a, b) 8
#define AS_SIZE_TEXT(a, b) (a)
#define AS_SIZE_HASH(a, b) 32
#define AS_SIZE_INTS(a, b) (8 + 8 * (a))
#define AS_SIZE_TEXTS(a, b) (8 + 32 * (a))
#define AS_SIZE_LIST(a, b) (8 + (a) * sizeof(struct b))
static_assert(sizeof(struct spec) == 0 SPEC_FIELDS(AS_SIZE), "the arena is hashed");

u32 spec_encode(const struct spec *s, u8 *to, u32 cap)
{
    ASSERT(to);
    ASSERT(s->product[0]);
    return record_encode(&spec_record, s, to, cap);
}

bool spec_decode(const u8 *from, u32 n, struct spec *out)
{
    ASSERT(from || n == 0);
    ASSERT(out);
    return record_decode(&spec_record, from, n, out);
}

Hash spec_hash(const struct spec *s) { return record_hash(&spec_record, s); }

u32 spec_unknown(const struct spec *s) { return record_unknown(&spec_record, s, 0); }

/* Stage values: 0 means "as the stage before". */
static i64 by_stage(i64 general, i64 nearby, i64 delivery, i64 spot, u32 stage)
{
    i64 value = general;
    ASSERT(stage >= SPEC_STAGE_GENERAL);
    ASSERT(stage <= SPEC_STAGE_SPOT_LAST_N);
    if (stage >= SPEC_STAGE_NEARBY && nearby) value = nearby;
    if (stage >= SPEC_STAGE_DELIVERY && delivery) value = delivery;
    if (stage >= SPEC_STAGE_SPOT_LAST_N && spot) value = spot;
    return value == RECORD_NULL ? 0 : value;
}

i64 spec_position_limit(const struct spec *s, u32 stage)
{
    i64 limit = by_stage(s->pos_general, s->pos_nearby, s->pos_delivery, s->pos_spot, stage);
    ASSERT(stage >= SPEC_STAGE_GENERAL);
    ASSERT(limit >= 0);
    return limit;
}

i64 spec_margin_ppm(const struct spec *s, u32 stage)
{
    i64 ppm =
        by_stage(s->im_general_ppm, s->im_nearby_ppm, s->im_delivery_ppm, s->im_spot_ppm, stage);
    ASSERT(ppm >= 0);
    return ppm;
}

i64 spec_daily_limit_ppm(const struct spec *s, u32 stage)
{
    i64 ppm = by_stage(s->limit_general_ppm, s->limit_nearby_ppm, s->limit_delivery_ppm,
                       s->limit_spot_ppm, stage);
    ASSERT(ppm >= 0);
    return ppm;
}
