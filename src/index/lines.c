#include "index/lines.h"

bool lines_next(struct lines *l)
{
    u64 end = l->at;
    ASSERT(l->at <= l->n);
    while (end < l->n && l->text[end] != '\n') end++;
    l->line++;
    l->now = (Str){ NULL, 0 };
    if (end == l->n || end - l->at > UINT32_MAX / 2) return false;
    l->now = (Str){ l->text + l->at, (u32)(end - l->at) };
    l->at = end + 1;
    return true;
}

void lines_back(struct lines *l)
{
    u64 end = (u64)(l->now.at - l->text) + l->now.n;
    ASSERT(l->now.at);
    ASSERT(l->line > 0);
    ASSERT(end + 1 == l->at);
    while (end && l->text[end - 1] != '\n') end--;
    l->at = end;
    l->line--;
}

bool line_takes(Str *s, const char *word)
{
    Str w = str_of(word);
    ASSERT(w.n > 0);
    if (s->n <= w.n || memcmp(s->at, w.at, w.n) != 0 || s->at[w.n] != ' ') return false;
    s->at += w.n + 1, s->n -= w.n + 1;
    ASSERT(s->n <= INT32_MAX);
    return true;
}

Str line_word(Str *s)
{
    u32 n = 0;
    while (n < s->n && s->at[n] != ' ') n++;
    Str w = { s->at, n };
    ASSERT(n <= s->n);
    s->at += n, s->n -= n;
    if (s->n) s->at++, s->n--;
    ASSERT(w.n == n);
    return w;
}
