#include "index/register.h"

#define AS_GOV_TEXT(LIST, NAME, text) text,
#define AS_GOV_WORDS(LIST) \
    static const char *const LIST##_array[] = { "-", LIST##_LIST(AS_GOV_TEXT) }; \
    const struct words bench_words_##LIST = { #LIST, LIST##_array, ARRAY_LEN(LIST##_array) };
GOV_LISTS(AS_GOV_WORDS)
AS_GOV_WORDS(GOV_STATE)

#define ENTRY_ROW(...) FACT_ROW(struct gov_entry, __VA_ARGS__)
static const struct fact entry_facts[] = { ENTRY_FIELDS(ENTRY_ROW) };
const struct fact_table entry_table = { entry_facts, ARRAY_LEN(entry_facts),
                                        sizeof(struct gov_entry) };
#define ENTRY_SIZE(KIND, member, LIST, meaning) sizeof(((struct gov_entry *)0)->member),
static const u32 entry_sizes[] = { ENTRY_FIELDS(ENTRY_SIZE) };
static const struct fact_home nowhere; /* no fact of an entry is interned */
#define LEADING 4u                     /* seq at action by stand without their names */
static_assert((u32)ENTRY_by + 1 == LEADING, "the leading facts");
static_assert(ENTRY_FIELD_COUNT <= 64, "field masks are u64");

const char *entry_field_name(u32 field)
{
    ASSERT(field < ENTRY_FIELD_COUNT);
    ASSERT(ARRAY_LEN(entry_facts) == ENTRY_text);
    return field == ENTRY_text ? "text" : entry_facts[field].name;
}

bool entry_has(const struct gov_entry *e, u32 field)
{
    u8 any = 0;
    ASSERT(e);
    ASSERT(field < ENTRY_FIELD_COUNT);
    if (field == ENTRY_text) return e->text[0] != 0;
    const u8 *at = (const u8 *)e + entry_facts[field].at;
    for (u32 i = 0; i < entry_sizes[field]; i++) any |= at[i];
    return any != 0;
}

void entry_put(const struct gov_entry *e, struct text *t)
{
    ASSERT(e->seq > 0);
    ASSERT(e->action > 0);
    for (u32 i = 0; i < entry_table.n; i++) {
        if (i >= LEADING && !entry_has(e, i)) continue;
        if (i) text_put_char(t, ' ');
        if (i >= LEADING) text_put(t, entry_facts[i].name), text_put_char(t, '=');
        fact_put(&entry_facts[i], nowhere, e, t);
    }
    if (!e->text[0]) return;
    text_put(t, " text=\"");
    text_put(t, e->text);
    text_put_char(t, '"');
}

/* The reason: printable ASCII, no quote and no backslash, so that it needs no escape. */
static bool reason_parse(Str s, char to[GOV_TEXT_MAX])
{
    ASSERT(to);
    ASSERT(s.at || !s.n);
    if (s.n < 3 || s.n - 2 >= GOV_TEXT_MAX) return false;
    if (s.at[0] != '"' || s.at[s.n - 1] != '"') return false;
    for (u32 i = 1; i + 1 < s.n; i++) {
        if (s.at[i] < ' ' || s.at[i] > '~' || s.at[i] == '"' || s.at[i] == '\\') return false;
        to[i - 1] = s.at[i];
    }
    return true;
}

static u32 token_end(Str line, u32 from)
{
    u32 end = from;
    ASSERT(from <= line.n);
    ASSERT(line.n <= GOV_LINE_MAX);
    while (end < line.n && line.at[end] != ' ') end++;
    return end;
}

/* The fact named before '=' in the token, from `next` on; entry_table.n if none. */
static u32 named(Str token, u32 next, u32 *value)
{
    ASSERT(next <= entry_table.n);
    ASSERT(value);
    for (u32 i = next; i < entry_table.n; i++) {
        Str name = str_of(entry_facts[i].name);
        if (token.n <= name.n || token.at[name.n] != '=') continue;
        if (!str_eq((Str){ token.at, name.n }, name)) continue;
        *value = name.n + 1;
        return i;
    }
    return entry_table.n;
}

bool entry_parse(Str line, struct gov_entry *e, u32 *field)
{
    static const char text_is[] = "text=";
    u32 next = 0, at = 0, k = sizeof text_is - 1;
    ASSERT(e);
    ASSERT(field);
    memset(e, 0, sizeof *e);
    *field = 0;
    if (line.n > GOV_LINE_MAX) return false;
    for (;;) {
        u32 end = token_end(line, at), i = next, v = 0;
        Str token = { line.at + at, end - at };
        if (next >= LEADING && token.n > k && memcmp(token.at, text_is, k) == 0) {
            *field = ENTRY_text;
            return reason_parse((Str){ token.at + k, line.n - at - k }, e->text);
        }
        if (next >= LEADING) i = named(token, next, &v);
        if (i == entry_table.n) return false;
        *field = i;
        if (!fact_parse(&entry_facts[i], nowhere, (Str){ token.at + v, token.n - v }, e))
            return false;
        if (!entry_has(e, i)) return false; /* zero is left out */
        next = i + 1, at = end + 1;
        if (end == line.n) return next >= LEADING;
    }
}

Hash entry_chain(Hash before, Str line)
{
    char hex[80];
    struct sha256 h;
    struct text t = text_on(hex, sizeof hex);
    ASSERT(line.n > 0);
    text_put_hex(&t, before.bytes, sizeof before.bytes);
    text_put_char(&t, '\n');
    ASSERT(t.n == 65);
    sha256_init(&h);
    sha256_add(&h, t.at, t.n);
    sha256_add(&h, line.at, line.n);
    return sha256_end(&h);
}
