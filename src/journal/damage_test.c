#include "journal/world.h"
#include <stdlib.h>

static u8 *segment_bytes(struct vdisk *v, u32 number, u64 *n)
{
    char path[64];
    snprintf(path, sizeof path, WORLD_FOLDER "/segment-%08u", number);
    return vdisk_bytes(v, path, n);
}

/* Offset behind the last unit of the last segment, and of that unit. */
static u64 tail_of(struct vdisk *v, u32 *number, u64 *unit, struct batch_header *h)
{
    struct journal_found found;
    u64 n, at = JOURNAL_BLOCK;
    assert_int_equal(journal_scan(WORLD_FOLDER, NULL, &found, &why), ERR_OK);
    assert_int_equal(found.state, JOURNAL_SOUND);
    *number = (u32)found.segments;
    const u8 *bytes = segment_bytes(v, *number, &n);
    for (*unit = 0; at < n && !batch_decode(bytes + at, n - at, h); at += h->length) *unit = at;
    (void)!batch_decode(bytes + *unit, n - *unit, h);
    return at;
}

static struct vdisk *filled(u32 batches, bool mark, u64 *last)
{
    struct journal_found found;
    struct journal *j;
    struct vdisk *v = world_new();
    assert_int_equal(world_open(&j, &found), ERR_OK);
    *last = world_fill(j, batches, 11);
    if (mark) assert_int_equal(journal_mark(j, &why), ERR_OK);
    journal_abandon(&j);
    return v;
}

static struct journal_found scanned(void)
{
    struct journal_found found;
    assert_int_equal(journal_scan(WORLD_FOLDER, NULL, &found, &why), ERR_OK);
    return found;
}

/* A last batch of which only the bytes before `keep` arrived: cut, reported, and the journal goes
 * on. */
static void a_torn_tail_is_cut_at_every_offset(void **state)
{
    struct journal_found found;
    struct batch_header h;
    struct journal *j;
    u64 last, unit, n;
    u32 number;
    struct vdisk *v = filled(9, false, &last);
    u64 end = tail_of(v, &number, &unit, &h);
    assert_true(h.kind == BATCH_RECORDS && end == unit + h.length);
    u8 *bytes = segment_bytes(v, number, &n), *whole = malloc(n);
    u64 used = sizeof h + h.payload;
    memcpy(whole, bytes, n);
    for (u64 keep = 0; keep < used; keep++) {
        bytes = segment_bytes(v, number, &n);
        memcpy(bytes, whole, n);
        memset(bytes + unit + keep, 0, n - unit - keep);
        if (memcmp(bytes, whole, n) == 0) continue; /* only zeroes were lost */
        found = scanned();
        assert_int_equal(found.last, h.first_seq - 1);
        if (keep && bytes_zero(whole + unit, keep)) continue;
        assert_int_equal(found.state, keep ? JOURNAL_TORN : JOURNAL_SOUND);
        if (!keep) continue;
        assert_true(found.offset == unit && found.cut_bytes <= keep && found.seq == h.first_seq);
        assert_true(found.cut_records == (keep >= sizeof h ? h.count : 0));
        assert_true(found.like_a_tear || keep % 512 > 504);
        if (keep % 37) continue;
        Hash hash;
        for (u32 again = 0; again < 2; again++) { /* the second time there is nothing left to cut */
            assert_int_equal(world_open(&j, &found), ERR_OK);
            assert_int_equal(found.state, again ? JOURNAL_SOUND : JOURNAL_TORN);
            assert_int_equal(journal_next_seq(j), h.first_seq);
            journal_abandon(&j);
            if (again) assert_true(hash_eq(hash, vdisk_hash(v, NULL)));
            hash = vdisk_hash(v, NULL);
        }
        assert_int_equal(world_open(&j, &found), ERR_OK);
        for (u64 seq = h.first_seq; seq <= last; seq++) assert_int_equal(world_put(j, seq), ERR_OK);
        assert_int_equal(journal_close(&j, &why), ERR_OK);
        assert_int_equal(world_read(), last);
        assert_int_equal(scanned().state, JOURNAL_SOUND);
    }
    free(whole);
    world_end(v);
}

/* A sector of the last batch that never arrived, or arrived as something else. */
static void a_torn_sector_is_cut(void **state)
{
    struct batch_header h;
    struct journal *j;
    struct journal_found found;
    u64 last, unit, n;
    u32 number;
    struct vdisk *v = filled(9, false, &last);
    (void)tail_of(v, &number, &unit, &h);
    u64 used = sizeof h + h.payload;
    u8 *bytes = segment_bytes(v, number, &n), *whole = malloc(n);
    memcpy(whole, bytes, n);
    struct rng r = rng_of(5);
    for (u64 at = 0; at < used; at += 512)
        for (u32 kind = 0; kind < 3; kind++) {
            bytes = segment_bytes(v, number, &n);
            memcpy(bytes, whole, n);
            for (u32 i = 0; i < 512; i++)
                bytes[unit + at + i] = kind == 0 ? 0 : kind == 1 ? 0xff : (u8)rng_u64(&r);
            if (memcmp(bytes, whole, n) == 0) continue;
            assert_int_equal(world_open(&j, &found), ERR_OK);
            assert_int_equal(found.state, JOURNAL_TORN);
            assert_int_equal(journal_next_seq(j), h.first_seq);
            if (kind == 0) assert_true(found.like_a_tear);
            journal_abandon(&j);
        }
    free(whole);
    world_end(v);
}

/* One bit anywhere at or below the durable mark, the mark itself included: refused, and named. */
static void every_flipped_bit_is_found(void **state)
{
    struct batch_header h;
    struct journal *j;
    u64 last, unit, n;
    u32 number, in_padding = 0, in_headers = 0;
    struct vdisk *v = filled(25, true, &last);
    u64 end = tail_of(v, &number, &unit, &h);
    struct rng r = rng_of(2026);
    assert_int_equal(h.kind, BATCH_MARK);
    for (u32 i = 0; i < 3000; i++) {
        u32 segment = 1 + (u32)rng_below(&r, number);
        u8 *bytes = segment_bytes(v, segment, &n);
        u64 at = rng_below(&r, segment == number ? end : n);
        u8 bit = (u8)(1u << rng_below(&r, 8));
        in_headers += at < JOURNAL_BLOCK, in_padding += bytes[at] == 0;
        bytes[at] ^= bit;
        struct journal_found found = scanned();
        bool named =
            found.state == JOURNAL_DAMAGED || (found.state == JOURNAL_TORN && !found.like_a_tear);
        if (!named)
            print_error("missed: segment %u offset %llu: %s\n", segment, (unsigned long long)at,
                        found.text);
        assert_true(named);
        assert_true(found.offset <= at && found.text[0]);
        if (at < unit || segment < number) { /* below the mark: no opening */
            assert_int_equal(found.state, JOURNAL_DAMAGED);
            if (i % 50 == 0) assert_int_equal(world_open(&j, &found), ERR_IO);
        } else {
            assert_int_equal(found.last, last); /* the mark holds no record: none is lost */
        }
        bytes[at] ^= bit;
    }
    assert_true(in_padding > 300 && in_headers > 100);
    assert_int_equal(scanned().state, JOURNAL_SOUND);
    world_end(v);
}

/* A record changed by someone who also repairs the checksums: the chain tells. */
static void a_forged_batch_is_found(void **state)
{
    struct batch_header h;
    u64 last, n, at = JOURNAL_BLOCK;
    struct vdisk *v = filled(8, true, &last);
    u8 *bytes = segment_bytes(v, 1, &n);
    for (u32 i = 0; i < 3; i++, at += h.length) assert_null(batch_decode(bytes + at, n - at, &h));
    assert_null(batch_decode(bytes + at, n - at, &h));
    store_u32(bytes + at + sizeof h + 4, 77); /* the first record's type */
    u64 body = record_bytes(load_u32(bytes + at + sizeof h)) - RECORD_TAIL;
    store_u32(bytes + at + sizeof h + body, crc32c(0, bytes + at + sizeof h, body));
    store_u32(bytes + at + offsetof(struct batch_header, body_crc),
              crc32c(0, bytes + at + sizeof h, h.length - sizeof h));
    store_u32(bytes + at + offsetof(struct batch_header, header_crc),
              crc32c(0, bytes + at, offsetof(struct batch_header, header_crc)));
    struct journal_found found = scanned();
    assert_int_equal(found.state, JOURNAL_DAMAGED);
    assert_non_null(strstr(found.text, "bad hash"));
    assert_false(hash_eq(found.want, found.got));
    assert_null(batch_decode(bytes + at, n - at, &h));
    batch_seal(&h, bytes + at); /* and the batch's own hash: then the next batch tells */
    found = scanned();
    assert_int_equal(found.state, JOURNAL_DAMAGED);
    assert_true(found.offset > at);
    world_end(v);
}

static void a_cut_file_is_judged_by_what_is_missing(void **state)
{
    struct batch_header h;
    u64 last, unit, n;
    u32 number;
    struct vdisk *v = filled(25, true, &last);
    u64 end = tail_of(v, &number, &unit, &h);
    u8 *bytes = segment_bytes(v, number, &n), *whole = malloc(n);
    char path[64];
    memcpy(whole, bytes, n);
    snprintf(path, sizeof path, WORLD_FOLDER "/segment-%08u", number);
    assert_true(number > 2 && end < n);
    u64 cuts[] = { 0,        1,          511,     4095, 4096,    unit - 1, unit,
                   unit + 1, unit + 100, end - 1, end,  end + 1, n - 4096, n - 1 };
    for (u32 i = 0; i < ARRAY_LEN(cuts); i++) {
        struct journal *j;
        struct journal_found found;
        vdisk_put(v, path, whole, cuts[i]);
        found = scanned();
        if (cuts[i] < JOURNAL_BLOCK) {
            assert_int_equal(found.state, JOURNAL_DAMAGED); /* segments get their name when whole */
            continue;
        }
        assert_int_equal(found.state, JOURNAL_TORN);
        assert_true(found.like_a_tear);
        assert_true(found.last <= last && (cuts[i] < unit || found.last == last));
        u64 kept = found.last;
        assert_int_equal(world_open(&j, &found), ERR_OK);
        assert_int_equal(journal_next_seq(j), kept + 1);
        journal_abandon(&j);
        assert_int_equal(scanned().state, JOURNAL_SOUND);
        assert_int_equal(world_read(), kept);
    }
    vdisk_put(v, path, whole, n);
    bytes = segment_bytes(v, 2, &n);
    u8 *second = malloc(n + 1);
    memcpy(second, bytes, n), second[n] = 0;
    u64 lengths[] = { 0, 100, 4096, 4097, n / 2, n - 4096, n - 1, n + 1 };
    for (u32 i = 0; i < ARRAY_LEN(lengths); i++) {
        vdisk_put(v, WORLD_FOLDER "/segment-00000002", second, lengths[i]);
        assert_int_equal(scanned().state, JOURNAL_DAMAGED);
    }
    free(whole), free(second);
    world_end(v);
}

static void segments_are_not_interchangeable(void **state)
{
    u64 last, n[4];
    u8 *copy[4];
    struct vdisk *v = filled(40, true, &last);
    struct journal *j;
    struct journal_found found;
    assert_true(scanned().segments >= 4);
    for (u32 i = 0; i < 3; i++) {
        u8 *bytes = segment_bytes(v, i + 1, &n[i]);
        copy[i] = malloc(n[i]);
        memcpy(copy[i], bytes, n[i]);
    }
    static const char *const path[] = { WORLD_FOLDER "/segment-00000001",
                                        WORLD_FOLDER "/segment-00000002",
                                        WORLD_FOLDER "/segment-00000003" };
    const struct { u32 at, put; const char *what; } cases[] = {
        { 0, 1, "number" },
        { 1, 0, "number" },
        { 1, 2, "number" },
        { 2, 1, "number" },
    };
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) { /* one segment in another's place */
        vdisk_put(v, path[cases[i].at], copy[cases[i].put], n[cases[i].put]);
        found = scanned();
        assert_int_equal(found.state, JOURNAL_DAMAGED);
        assert_non_null(strstr(found.text, cases[i].what));
        assert_int_equal(world_open(&j, &found), ERR_IO);
        vdisk_put(v, path[cases[i].at], copy[cases[i].at], n[cases[i].at]);
    }
    for (u32 i = 0; i < 3; i++) { /* one missing */
        assert_int_equal(file_remove(path[i], &why), ERR_OK);
        found = scanned();
        assert_int_equal(found.state, JOURNAL_DAMAGED);
        assert_non_null(strstr(found.text, "missing"));
        assert_non_null(strstr(found.text, strrchr(path[i], '/') + 1));
        vdisk_put(v, path[i], copy[i], n[i]);
    }
    assert_int_equal(scanned().state, JOURNAL_SOUND);
    for (u32 i = 0; i < 3; i++) free(copy[i]);
    world_end(v);
}

/* Bytes that no batch wrote, behind the end: not silently kept. */
static void bytes_behind_the_end_are_told(void **state)
{
    struct batch_header h;
    struct journal_found found;
    struct journal *j;
    u64 last, unit, n;
    u32 number;
    struct vdisk *v = filled(25, true, &last);
    u64 end = tail_of(v, &number, &unit, &h);
    segment_bytes(v, number, &n)[end + 5000] = 1;
    found = scanned();
    assert_int_equal(found.state, JOURNAL_TORN);
    assert_false(found.like_a_tear); /* verify answers no; opening loses nothing by cutting it */
    assert_int_equal(world_open(&j, &found), ERR_OK);
    assert_int_equal(journal_next_seq(j), last + 1);
    journal_abandon(&j);
    assert_int_equal(scanned().state, JOURNAL_SOUND);
    segment_bytes(v, 1, &n)[n - 1] = 1;
    assert_int_equal(scanned().state, JOURNAL_DAMAGED);
    world_end(v);
}

/* With a snapshot, the segments before it are not read at start: their damage is verify's to
 * find. */
static void a_start_from_a_snapshot_reads_the_rest_only(void **state)
{
    struct journal_found found;
    struct journal *j;
    u64 last, n;
    struct vdisk *v = filled(40, true, &last);
    struct journal_config c = { .folder = WORLD_FOLDER, .segment_bytes = WORLD_SEGMENT };
    segment_bytes(v, 1, &n)[JOURNAL_BLOCK + 200] ^= 4;
    assert_int_equal(scanned().state, JOURNAL_DAMAGED);
    for (c.scan_from = last; c.scan_from > last / 2; c.scan_from -= 7) {
        assert_int_equal(journal_open(&j, &c, &found, &why), ERR_OK);
        assert_int_equal(journal_next_seq(j), last + 1);
        assert_int_equal(found.last, last);
        assert_true(found.first > 1 && found.first <= c.scan_from);
        journal_abandon(&j);
    }
    c.scan_from = 5;
    assert_int_equal(journal_open(&j, &c, &found, &why), ERR_IO);
    c.scan_from = last, c.known = (struct journal_head){ 5, { { 1 } } };
    assert_int_equal(journal_open(&j, &c, &found, &why), ERR_IO); /* a known head is always met */
    segment_bytes(v, (u32)found.segments, &n)[100] ^= 4;
    c.known.seq = 0;
    assert_int_equal(journal_open(&j, &c, &found, &why), ERR_IO);
    assert_non_null(strstr(why.text, "segment header: bad checksum"));
    world_end(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_torn_tail_is_cut_at_every_offset),
        cmocka_unit_test(a_torn_sector_is_cut),
        cmocka_unit_test(every_flipped_bit_is_found),
        cmocka_unit_test(a_forged_batch_is_found),
        cmocka_unit_test(a_cut_file_is_judged_by_what_is_missing),
        cmocka_unit_test(segments_are_not_interchangeable),
        cmocka_unit_test(bytes_behind_the_end_are_told),
        cmocka_unit_test(a_start_from_a_snapshot_reads_the_rest_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
