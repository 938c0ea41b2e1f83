/* world.h -- what the journal's tests share: a journal on a disk in memory, filled from a seed.
 * Owns:   the payload of record i (a function of i), fillers and checkers.
 * Never:  is included by the product.
 * Always: every record read back is compared with what was written.
 */
#ifndef HEDGEROW_JOURNAL_WORLD_H
#define HEDGEROW_JOURNAL_WORLD_H

#include "base/random.h"
#include "journal/format.h"
#include "journal/journal.h"
#include "sys/file.h"
#include "sys/vdisk.h"
#include "test.h"

#define WORLD_FOLDER "d/journal"
#define WORLD_SEGMENT JOURNAL_SEGMENT_BYTES_MIN

static struct why why;

__attribute__((unused)) static struct vdisk *world_new(void)
{
    struct vdisk *v = vdisk_new();
    disk_use(vdisk_disk(v));
    assert_int_equal(vdisk_disk(v)->mkdir(v, "d"), 0);
    return v;
}

__attribute__((unused)) static void world_end(struct vdisk *v)
{
    disk_use(NULL);
    vdisk_free(v);
}

__attribute__((unused)) static u32 payload_of(u64 seq, u8 *to)
{
    struct rng r = rng_of(seq);
    u32 n = (u32)rng_below(&r, 400);
    for (u32 i = 0; i < n; i++) to[i] = (u8)rng_u64(&r) & (u8)(seq % 3 ? 255 : 0); /* zeroes too */
    return n;
}

__attribute__((unused)) static Err world_open(struct journal **j, struct journal_found *found)
{
    struct journal_config c = { .folder = WORLD_FOLDER, .segment_bytes = WORLD_SEGMENT };
    return journal_open(j, &c, found, &why);
}

__attribute__((unused)) static struct journal_record record_of(u64 seq, u8 *payload)
{
    return (struct journal_record){ .seq = seq, .time = { (i64)seq * 1000 }, .type = seq % 9 + 1,
                                    .n = payload_of(seq, payload), .payload = payload };
}

/* Appends `seq`, flushing first if the batch is full. */
__attribute__((unused)) static Err world_put(struct journal *j, u64 seq)
{
    u8 payload[400];
    struct journal_record r = record_of(seq, payload);
    enum journal_put put = journal_append(j, &r, true);
    if (put == JOURNAL_BATCH_FULL) {
        Err err = journal_flush(j, &why);
        if (err) return err;
        put = journal_append(j, &r, true);
    }
    return put == JOURNAL_TAKEN ? ERR_OK : ERR_NO;
}

/* `batches` batches of 1 to 30 records, a mark now and then. */
__attribute__((unused)) static u64 world_fill(struct journal *j, u32 batches, u64 seed)
{
    struct rng r = rng_of(seed);
    u64 seq = journal_next_seq(j) - 1;
    for (u32 b = 0; b < batches; b++) {
        for (u64 n = 1 + rng_below(&r, 30); n; n--) assert_int_equal(world_put(j, ++seq), ERR_OK);
        assert_int_equal(journal_flush(j, &why), ERR_OK);
        if (rng_chance(&r, 200000)) assert_int_equal(journal_mark(j, &why), ERR_OK);
    }
    return seq;
}

/* Reads from 1 and compares; the last seq read. */
__attribute__((unused)) static u64 world_read(void)
{
    struct journal_read_config c = { .folder = WORLD_FOLDER, .chain = true };
    struct journal_reader *r;
    struct journal_record rec;
    u8 payload[400];
    u64 seq = 0;
    bool got = true;
    assert_int_equal(journal_read_open(&r, &c, &why), ERR_OK);
    for (;;) {
        assert_int_equal(journal_read(r, &rec, &got, &why), ERR_OK);
        if (!got) break;
        struct journal_record want = record_of(++seq, payload);
        assert_true(rec.seq == seq && rec.time.ns == want.time.ns && rec.type == want.type);
        assert_true(rec.n == want.n && memcmp(rec.payload, payload, rec.n) == 0);
    }
    journal_read_close(&r);
    return seq;
}

#endif
