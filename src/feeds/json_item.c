#include "feeds/row.h"
#include "wire/json.h"

/* Reads the value that starts now: its kind, its text without escapes, its bytes. */
static bool take_member(struct json *j, struct member *m, char *buf, u32 cap, u32 *used)
{
    enum json_kind kind = json_next(j);
    u32 start = j->start;
    *m = (struct member){ .kind = kind };
    if (kind == JSON_BAD || kind == JSON_END) return false;
    if (kind == JSON_STRING) {
        if (!json_plain(j, buf + *used, cap - *used, &m->text)) m->text = j->text;
        else if (j->escaped) *used += m->text.n;
    } else if (kind == JSON_OBJECT || kind == JSON_ARRAY) {
        u32 depth = j->depth;
        while (j->depth >= depth)
            if (json_next(j) == JSON_BAD) return false;
    } else if (kind == JSON_NUMBER) {
        m->text = j->text;
    }
    m->raw = (Str){ j->at + start, j->i - start };
    return kind != JSON_OBJECT_END && kind != JSON_ARRAY_END;
}

bool members_of(Str object, const char *const *names, u32 n, struct member *members, char *buf,
                u32 cap, u32 *at_fault)
{
    struct json j;
    u32 used = 0;
    char key_buf[256];
    memset(members, 0, n * sizeof *members);
    json_init(&j, object.at, object.n);
    *at_fault = 0;
    if (json_next(&j) != JSON_OBJECT) return false;
    for (enum json_kind kind; (kind = json_next(&j)) == JSON_KEY;) {
        Str key;
        u32 i = n;
        if (json_plain(&j, key_buf, sizeof key_buf, &key)) /* a longer one is none of ours */
            for (i = 0; i < n && !str_is(key, names[i]);) i++;
        *at_fault = i < n ? i : 0;
        if (i < n && members[i].kind != JSON_BAD) return false;
        if (i == n && !json_skip(&j)) return false;
        if (i < n && !take_member(&j, &members[i], buf, cap, &used)) return false;
    }
    return true;
}

bool list_next(Str list, u32 *at, struct member *m, char *buf, u32 cap)
{
    struct json j;
    u32 used = 0, i = *at;
    /* Each element is read on its own: the list was read whole before, so it is well formed. */
    if (!i) {
        if (!list.n || list.at[0] != '[') return false;
        i = 1;
    }
    while (i < list.n && (list.at[i] == ' ' || list.at[i] == '\n' || list.at[i] == '\r' ||
                          list.at[i] == '\t' || list.at[i] == ','))
        i++;
    if (i >= list.n || list.at[i] == ']') return false;
    json_init(&j, list.at + i, list.n - i);
    bool fine = take_member(&j, m, buf, cap, &used);
    *at = i + j.i;
    return fine;
}

bool map_next(Str map, u32 *at, Str *key, struct member *m, char *buf, u32 cap)
{
    struct json j;
    u32 used = 0, i = *at;
    if (!i) {
        if (!map.n || map.at[0] != '{') return false;
        i = 1;
    }
    while (i < map.n && map.at[i] != '"' && map.at[i] != '}') i++;
    if (i >= map.n || map.at[i] == '}') return false;
    json_init(&j, map.at + i, map.n - i);
    if (json_next(&j) != JSON_STRING) return false;
    if (!json_plain(&j, buf, cap, key)) *key = j.text;
    else if (j.escaped) used = key->n;
    i += j.i;
    while (i < map.n && map.at[i] != ':') i++;
    if (i >= map.n) return false;
    i++;
    json_init(&j, map.at + i, map.n - i);
    bool fine = take_member(&j, m, buf, cap, &used);
    *at = i + j.i;
    return fine;
}
