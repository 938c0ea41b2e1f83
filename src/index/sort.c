#include "index/sort.h"
#include "index/stats.h"

#define DIGIT 11u
#define DIGITS (1u << DIGIT)

void u64_sort(u64 *at, u32 n, u64 *scratch, u32 skip)
{
    u64 any = 0, all = UINT64_MAX, *from = at, *to = scratch;
    u32 count[DIGITS];
    ASSERT(skip < 64);
    ASSERT(scratch || n < 2);
    for (u32 i = 0; i < n; i++) any |= at[i], all &= at[i];
    for (u32 shift = skip; shift < 64; shift += DIGIT) {
        u32 sum = 0;
        if (!((any ^ all) >> shift)) break; /* nothing differs from here up */
        if (!((any ^ all) >> shift & (DIGITS - 1))) continue;
        memset(count, 0, sizeof count);
        for (u32 i = 0; i < n; i++) count[from[i] >> shift & (DIGITS - 1)]++;
        for (u32 d = 0; d < DIGITS; d++) {
            u32 here = count[d];
            count[d] = sum, sum += here;
        }
        for (u32 i = 0; i < n; i++) to[count[from[i] >> shift & (DIGITS - 1)]++] = from[i];
        u64 *swap = from;
        from = to, to = swap;
    }
    if (from != at) memcpy(at, from, n * sizeof *at);
    ASSERT(n < 2 || at[0] >> skip <= at[n - 1] >> skip);
}

/* One pass over a digit of a word of the keys. */
static void keys_pass(const struct key *from, struct key *to, u32 n, u32 word, u32 shift)
{
    u32 count[DIGITS] = { 0 }, sum = 0;
    ASSERT(word < 3);
    ASSERT(shift < 64);
#define KEY_DIGIT(k) \
    ((u32)((word == 0 ? (u64)(k)->i : word == 1 ? (k)->lo : (k)->hi) >> shift) & (DIGITS - 1))
    for (u32 i = 0; i < n; i++) count[KEY_DIGIT(&from[i])]++;
    for (u32 d = 0; d < DIGITS; d++) {
        u32 here = count[d];
        count[d] = sum, sum += here;
    }
    for (u32 i = 0; i < n; i++) to[count[KEY_DIGIT(&from[i])]++] = from[i];
}

void keys_radix(struct key *k, u32 n, struct key *scratch)
{
    u64 any[3] = { 0 }, all[3] = { UINT64_MAX, UINT64_MAX, UINT64_MAX };
    struct key *from = k, *to = scratch;
    bool rising = true;
    ASSERT(scratch || n < 2);
    ASSERT(k || !n);
    for (u32 i = 0; i < n; i++) {
        any[0] |= k[i].i, any[1] |= k[i].lo, any[2] |= k[i].hi;
        all[0] &= k[i].i, all[1] &= k[i].lo, all[2] &= k[i].hi;
        rising = rising && (!i || k[i - 1].i < k[i].i);
    }
    for (u32 word = rising ? 1 : 0; word < 3; word++) { /* rising numbers: the sort is stable */
        for (u32 shift = 0; shift < 64; shift += DIGIT) {
            u64 differs = (any[word] ^ all[word]) >> shift;
            if (!differs) break;
            if (!(differs & (DIGITS - 1))) continue;
            keys_pass(from, to, n, word, shift);
            struct key *swap = from;
            from = to, to = swap;
        }
    }
    if (from != k) memcpy(k, from, n * sizeof *k);
}
