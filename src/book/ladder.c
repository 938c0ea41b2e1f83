#include "book/ladder.h"

static u32 top_bit(u64 map) { return 63u - (u32)__builtin_clzll(map); }

static u32 near_best(const struct near *near)
{
    u32 best = 0;
    for (u32 i = 0; i < LADDER_NEAR; i++) best = near->rank[i] > best ? near->rank[i] : best;
    return best;
}

static u32 near_worse(const struct near *near, u32 rank)
{
    u32 best = 0;
    ASSERT(rank > 0);
    for (u32 i = 0; i < LADDER_NEAR; i++)
        best = near->rank[i] < rank && near->rank[i] > best ? near->rank[i] : best;
    ASSERT(best < rank);
    return best;
}

/* The greatest rank below `limit` (exclusive) in the tree; 0 when there is none. */
static u32 far_below(const struct books *b, const struct book *k, u32 s, u64 limit)
{
    const struct node *path[LADDER_HEIGHT_MAX + 1];
    u32 height = k->height[s], shift = node_shift(height), depth = 0;
    u64 prefix = k->prefix[s], at = prefix << (shift + 6);
    ASSERT(height > 0);
    ASSERT(height <= LADDER_HEIGHT_MAX);
    if (limit <= at) return 0;
    path[0] = &k->half[s].root;
    for (;;) { /* at: the ranks of path[depth] begin here; it spans 64 << shift */
        bool leaf = depth == height;
        u32 step = leaf ? 0 : shift - 6 * depth, ways = leaf ? 16 : 64;
        u64 map = leaf ? ((const struct shelf *)(const void *)path[depth])->map : path[depth]->map;
        u64 below =
            (limit - at + (UINT64_C(1) << step) - 1) >> step; /* children that begin below */
        if (below < ways) map &= (UINT64_C(1) << below) - 1;
        if (map) {
            u32 i = top_bit(map);
            at += (u64)i << step;
            if (leaf) return (u32)at;
            path[depth + 1] = &shelf_at(b, path[depth]->child[i])->node;
            depth++;
            continue;
        }
        if (depth == 0) return 0;
        limit = at; /* nothing in here: the next one to the left, from one floor up */
        depth--;
        at = at >> (shift - 6 * depth + 6) << (shift - 6 * depth + 6);
    }
}

u32 ladder_worse(const struct books *b, const struct book *k, u32 s, u32 rank)
{
    ASSERT(rank > 0);
    ASSERT(s < 2);
    return k->height[s] ? far_below(b, k, s, rank) : near_worse(&k->half[s].near, rank);
}

/* Height at which one root spans both ranks. */
static u32 height_for(u32 low, u32 high)
{
    u32 height = 1;
    while ((u64)low >> (4 + 6 * height) != (u64)high >> (4 + 6 * height)) height++;
    ASSERT(height <= LADDER_HEIGHT_MAX);
    ASSERT(low <= high);
    return height;
}

static void near_range(const struct near *near, u32 *low, u32 *high)
{
    for (u32 i = 0; i < LADDER_NEAR; i++) {
        u32 r = near->rank[i];
        if (r && r < *low) *low = r;
        if (r > *high) *high = r;
    }
    ASSERT(*low > 0);
    ASSERT(*low <= *high);
}

/* Shelves that the 16 near levels and one more take as a tree. */
static u32 promote_need(const struct near *near, u32 rank)
{
    u32 low = rank, high = rank, need = 0;
    near_range(near, &low, &high);
    u32 height = height_for(low, high);
    for (u32 floor = 0; floor < height; floor++)
        for (u32 i = 0; i <= LADDER_NEAR; i++) {
            u32 shift = 4 + 6 * floor;
            u32 mine = (i < LADDER_NEAR ? near->rank[i] : rank) >> shift;
            bool seen = false;
            for (u32 j = 0; j < i; j++) seen = seen || near->rank[j] >> shift == mine;
            need += !seen;
        }
    ASSERT(need >= 1);
    ASSERT(need <= LADDER_NEED_MAX);
    return need;
}

static u32 far_need(const struct books *b, const struct book *k, u32 s, u32 rank)
{
    u32 height = k->height[s], shift = node_shift(height), grown = 0;
    const struct node *n = &k->half[s].root;
    ASSERT(height > 0);
    while ((u64)rank >> (4 + 6 * (height + grown)) != (u64)k->prefix[s] >> (6 * grown)) grown++;
    ASSERT(height + grown <= LADDER_HEIGHT_MAX);
    if (grown) return grown + height + grown; /* old roots below, then a path of its own */
    for (u32 left = height; left > 0; left--, shift -= 6) {
        u32 child = n->child[rank >> shift & 63];
        if (!child) return left;
        n = &shelf_at(b, child)->node;
    }
    return 0;
}

u32 ladder_need(const struct books *b, struct book *k, u32 s, u32 rank)
{
    ASSERT(s < 2);
    ASSERT(rank > 0);
    if (k->height[s]) return far_need(b, k, s, rank);
    struct near *near = &k->half[s].near;
    if (near_mask(near, rank) || near_mask(near, 0)) return 0;
    return promote_need(near, rank);
}

/* A child for that bit of a node, made if it is not there. */
static struct shelf *child_for(struct books *b, struct node *n, u32 i)
{
    ASSERT(i < 64);
    if (!n->child[i]) {
        n->child[i] = pool_take(&b->shelves);
        ASSERT(n->child[i] != 0); /* ladder_room() said so */
        n->map |= UINT64_C(1) << i;
    }
    return shelf_at(b, n->child[i]);
}

static void far_grow(struct books *b, struct book *k, u32 s)
{
    u32 h = pool_take(&b->shelves);
    struct node *root = &k->half[s].root;
    ASSERT(h != 0);
    ASSERT(k->height[s] < LADDER_HEIGHT_MAX);
    shelf_at(b, h)->node = *root;
    memset(root, 0, sizeof *root);
    root->child[k->prefix[s] & 63] = h;
    root->map = UINT64_C(1) << (k->prefix[s] & 63);
    k->prefix[s] >>= 6;
    k->height[s]++;
}

static struct level *far_add(struct books *b, struct book *k, u32 s, u32 rank)
{
    while ((u64)rank >> (4 + 6 * k->height[s]) != k->prefix[s]) far_grow(b, k, s);
    struct node *n = &k->half[s].root;
    u32 shift = node_shift(k->height[s]);
    for (; shift > 4; shift -= 6) n = &child_for(b, n, rank >> shift & 63)->node;
    struct shelf *shelf = child_for(b, n, rank >> 4 & 63);
    ASSERT(shelf->level[rank & 15].orders == 0);
    ASSERT((shelf->map >> (rank & 15) & 1) == 0);
    shelf->map |= UINT64_C(1) << (rank & 15);
    return &shelf->level[rank & 15];
}

static void promote(struct books *b, struct book *k, u32 s, u32 rank)
{
    struct near was = k->half[s].near;
    u32 low = rank, high = rank;
    near_range(&was, &low, &high);
    ASSERT(k->height[s] == 0);
    k->height[s] = (u8)height_for(low, high);
    k->prefix[s] = (u32)((u64)rank >> (4 + 6 * k->height[s]));
    memset(&k->half[s], 0, sizeof k->half[s]);
    for (u32 i = 0; i < LADDER_NEAR; i++) {
        ASSERT(was.rank[i] != 0);
        *far_add(b, k, s, was.rank[i]) = was.level[i];
    }
}

struct level *ladder_add(struct books *b, struct book *k, u32 s, u32 rank)
{
    ASSERT(s < 2);
    ASSERT(rank > 0);
    k->levels[s]++;
    if (rank > k->best[s]) k->best[s] = rank;
    if (!k->height[s]) {
        struct near *near = &k->half[s].near;
        u32 mask = near_mask(near, 0);
        if (mask) {
            u32 i = (u32)__builtin_ctz(mask);
            near->rank[i] = rank;
            return &near->level[i];
        }
        promote(b, k, s, rank);
    }
    return far_add(b, k, s, rank);
}

/* Gives back every shelf below the root, copying the levels into `near`. */
static void demote(struct books *b, struct book *k, u32 s)
{
    struct near near = { 0 };
    u32 n = 0;
    for (u32 r = k->best[s]; r; r = far_below(b, k, s, r), n++) {
        ASSERT(n < LADDER_FAR_MIN);
        near.rank[n] = r;
        near.level[n] = *far_find(b, k, s, r);
    }
    ASSERT(n == k->levels[s]);
    for (u32 height = 0; height < k->height[s]; height++) /* shelves first, then nodes upward */
        for (u32 i = 0; i < n; i++) {
            u32 shift = 4 + 6 * height, step = node_shift(k->height[s]);
            struct node *p = &k->half[s].root;
            if (i > 0 && near.rank[i - 1] >> shift == near.rank[i] >> shift) continue;
            for (; step > shift; step -= 6)
                p = &shelf_at(b, p->child[near.rank[i] >> step & 63])->node;
            pool_give(&b->shelves, p->child[near.rank[i] >> shift & 63]);
        }
    memset(&k->half[s], 0, sizeof k->half[s]);
    k->half[s].near = near;
    k->height[s] = 0, k->prefix[s] = 0;
    ASSERT(k->best[s] == near.rank[0]);
}

/* The root's only child becomes the root. */
static void far_shrink(struct books *b, struct book *k, u32 s)
{
    struct node *root = &k->half[s].root;
    u32 i = top_bit(root->map), child = root->child[i];
    ASSERT(k->height[s] > 1);
    ASSERT(child != 0);
    *root = shelf_at(b, child)->node;
    pool_give(&b->shelves, child);
    k->prefix[s] = k->prefix[s] << 6 | i;
    k->height[s]--;
}

/* Takes an empty level off the tree; true when its shelf still has others. */
static bool far_drop(struct books *b, struct book *k, u32 s, u32 rank)
{
    struct node *path[LADDER_HEIGHT_MAX];
    u32 height = k->height[s], shift = node_shift(height), depth = 0;
    path[0] = &k->half[s].root;
    for (; shift > 4; shift -= 6, depth++)
        path[depth + 1] = &shelf_at(b, path[depth]->child[rank >> shift & 63])->node;
    struct shelf *shelf = shelf_at(b, path[depth]->child[rank >> 4 & 63]);
    ASSERT(shelf->map >> (rank & 15) & 1);
    shelf->map &= ~(UINT64_C(1) << (rank & 15));
    shelf->level[rank & 15] = (struct level){ 0 };
    if (shelf->map) return true;
    for (shift = 4;; shift += 6, depth--) {
        u32 i = rank >> shift & 63;
        pool_give(&b->shelves, path[depth]->child[i]);
        path[depth]->child[i] = 0;
        path[depth]->map &= ~(UINT64_C(1) << i);
        if (depth == 0 || path[depth]->map) break;
    }
    ASSERT(path[0]->map != 0);
    return false;
}

void ladder_drop(struct books *b, struct book *k, u32 s, u32 rank)
{
    ASSERT(k->levels[s] > 0);
    k->levels[s]--;
    if (!k->height[s]) {
        struct near *near = &k->half[s].near;
        u32 mask = near_mask(near, rank);
        ASSERT(mask != 0);
        u32 i = (u32)__builtin_ctz(mask);
        near->rank[i] = 0;
        near->level[i] = (struct level){ 0 };
        if (rank == k->best[s]) k->best[s] = near_best(near);
        return;
    }
    (void)far_drop(b, k, s, rank);
    if (rank == k->best[s]) k->best[s] = far_below(b, k, s, rank);
    ASSERT(k->best[s] != 0); /* more than LADDER_FAR_MIN - 1 are left */
    if (k->levels[s] <= LADDER_FAR_MIN) {
        demote(b, k, s);
        return;
    }
    while (k->height[s] > 1 && (k->half[s].root.map & (k->half[s].root.map - 1)) == 0)
        far_shrink(b, k, s);
}
