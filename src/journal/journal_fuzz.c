/* Any bytes as a journal's segments: scanned, read, opened, written on. A second opening finds no
 * more to cut. Checksums and hashes are repaired first in half the inputs, or no fuzzer would pass
 * them. */
#include "journal/cursor.h"
#include "sys/vdisk.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t n);

static struct why why;

static void repair(u8 *bytes, u64 n)
{
    struct segment_header s;
    u64 at = JOURNAL_BLOCK;
    if (n < JOURNAL_BLOCK) return;
    memcpy(&s, bytes, sizeof s);
    if (s.number == 0) s.number = 1;
    Hash hash = segment_encode(&s, bytes);
    while (at + sizeof(struct batch_header) <= n) {
        struct batch_header h;
        memcpy(&h, bytes + at, sizeof h);
        u64 used = sizeof h + h.payload;
        if (used > n - at || used > BATCH_BYTES_MAX ||
            (h.kind != BATCH_RECORDS && h.kind != BATCH_MARK))
            return;
        u64 length = (used + JOURNAL_BLOCK - 1) & ~UINT64_C(4095);
        if (length > n - at || (h.count == 0) != (h.kind == BATCH_MARK)) return;
        for (u64 r = sizeof h, i = 0; i < h.count && r + RECORD_HEAD + RECORD_TAIL <= used; i++) {
            u32 payload = load_u32(bytes + at + r);
            if (payload > JOURNAL_PAYLOAD_MAX || r + record_bytes(payload) > used) break;
            u64 body = record_bytes(payload) - RECORD_TAIL;
            store_u32(bytes + at + r + body, crc32c(0, bytes + at + r, body));
            r += body + RECORD_TAIL;
        }
        h.at = at, h.segment = (u32)s.number, h.previous = hash;
        batch_seal(&h, bytes + at);
        hash = h.hash, at += h.length;
    }
}

static void read_through(void)
{
    struct journal_read_config c = { .folder = "d", .chain = true };
    struct journal_reader *r;
    struct journal_record record;
    bool got = true;
    u64 seq = 0;
    if (journal_read_open(&r, &c, &why)) return;
    while (!journal_read(r, &record, &got, &why) && got) {
        ASSERT(record.seq > seq);
        ASSERT(record.n <= JOURNAL_PAYLOAD_MAX);
        seq = record.seq;
    }
    journal_read_close(&r);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t n)
{
    struct journal_found found, again;
    struct journal *j;
    u64 cut = n > 2 ? load_u16(data) * 16u : 0;
    if (n < 4) return 0;
    bool repaired = data[2] & 1;
    data += 4, n -= 4;
    struct vdisk *v = vdisk_new();
    disk_use(vdisk_disk(v));
    if (vdisk_disk(v)->mkdir(v, "d")) abort();
    u64 first = cut && cut < n ? cut : n;
    u8 *bytes = calloc(1, 256 << 10);
    for (u32 i = 0; i < 2; i++) {
        char name[FILE_PATH_MAX] = "d/";
        u64 from = i ? first : 0, size = i ? n - first : first;
        if (size > 256 << 10) size = 256 << 10;
        if (i && !size) break;
        memcpy(bytes, data + from, size);
        if (repaired) repair(bytes, size);
        segment_name(name + 2, i + 1);
        vdisk_put(v, name, bytes, size);
    }
    if (journal_scan("d", NULL, &found, &why) == ERR_OK) read_through();
    struct journal_config c = { .folder = "d", .segment_bytes = JOURNAL_SEGMENT_BYTES_MIN };
    Err err = journal_open(&j, &c, &found, &why);
    ASSERT(!err == (found.state != JOURNAL_DAMAGED) || err);
    if (!err) {
        u64 next = journal_next_seq(j);
        Instant last = found.last_time;
        journal_abandon(&j);
        err = journal_open(&j, &c, &again, &why);
        ASSERT(!err);
        ASSERT(again.state == JOURNAL_SOUND);
        ASSERT(journal_next_seq(j) == next);
        struct journal_record r = { .seq = next, .time = last, .type = 1 };
        if (next < UINT64_MAX - 2 && journal_append(j, &r, false) == JOURNAL_TAKEN) {
            err = journal_close(&j, &why);
            ASSERT(!err);
            ASSERT(!journal_scan("d", NULL, &again, &why) && again.last == next);
        } else {
            journal_abandon(&j);
        }
    }
    free(bytes);
    disk_use(NULL);
    vdisk_free(v);
    return 0;
}
