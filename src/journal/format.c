#include "journal/format.h"

#include "msg/msg.h"

static const u8 segment_magic[8] = { 'H', 'D', 'G', 'S', 'E', 'G', '0', '1' };
static const u8 batch_magic[8] = { 'H', 'D', 'G', 'B', 'A', 'T', 'C', 'H' };
#define HEADER_CRC_AT offsetof(struct batch_header, header_crc)

bool bytes_zero(const u8 *p, u64 n)
{
    u64 any = 0;
    ASSERT(p || !n);
    for (; n >= 32; n -= 32, p += 32) {
        any = load_u64(p) | load_u64(p + 8) | load_u64(p + 16) | load_u64(p + 24);
        if (any) return false;
    }
    for (; n; n--, p++) any |= *p;
    return any == 0;
}

Hash segment_encode(const struct segment_header *h, u8 block[JOURNAL_BLOCK])
{
    struct segment_header full = *h;
    ASSERT(h->number > 0);
    memcpy(full.magic, segment_magic, sizeof segment_magic);
    full.version = JOURNAL_FORMAT_VERSION, full.header_bytes = JOURNAL_BLOCK;
    memset(block, 0, JOURNAL_BLOCK);
    memcpy(block, &full, sizeof full);
    store_u32(block + JOURNAL_BLOCK - 4, crc32c(0, block, JOURNAL_BLOCK - 4));
    return sha256_of(block, JOURNAL_BLOCK);
}

const char *segment_decode(const u8 block[JOURNAL_BLOCK], struct segment_header *h)
{
    memcpy(h, block, sizeof *h);
    if (memcmp(h->magic, segment_magic, sizeof segment_magic) != 0) return "no segment header";
    if (crc32c(0, block, JOURNAL_BLOCK - 4) != load_u32(block + JOURNAL_BLOCK - 4))
        return "segment header: bad checksum";
    if (h->version != JOURNAL_FORMAT_VERSION) return "segment header: unknown format version";
    if (h->msg_format != MSG_FORMAT_VERSION)
        return "segment header: its messages are of a format this build does not read";
    if (h->header_bytes != JOURNAL_BLOCK) return "segment header: bad length";
    if (!bytes_zero(block + sizeof *h, JOURNAL_BLOCK - 4 - sizeof *h) || h->build[47])
        return "segment header: bytes that should be zero";
    if (h->number == 0 || h->first_seq == 0) return "segment header: number or first seq is zero";
    if (h->bytes < JOURNAL_SEGMENT_BYTES_MIN || h->bytes > JOURNAL_SEGMENT_BYTES_MAX ||
        h->bytes % JOURNAL_BLOCK)
        return "segment header: bad segment size";
    return NULL;
}

void journal_record_encode(const struct journal_record *r, u8 *to)
{
    u64 n = record_bytes(r->n), body = n - RECORD_TAIL;
    ASSERT(r->n <= JOURNAL_PAYLOAD_MAX);
    ASSERT(r->payload || !r->n);
    store_u32(to, r->n), store_u32(to + 4, r->type);
    store_u64(to + 8, r->seq), store_u64(to + 16, (u64)r->time.ns);
    if (r->n) memcpy(to + RECORD_HEAD, r->payload, r->n);
    memset(to + RECORD_HEAD + r->n, 0, body - RECORD_HEAD - r->n);
    store_u32(to + body, crc32c(0, to, body));
    store_u32(to + body + 4, (u32)n);
}

u64 journal_record_at(const u8 *from, struct journal_record *r)
{
    *r = (struct journal_record){ .n = load_u32(from),
                                  .type = load_u32(from + 4),
                                  .seq = load_u64(from + 8),
                                  .time = { (i64)load_u64(from + 16) },
                                  .payload = from + RECORD_HEAD };
    return record_bytes(r->n);
}

const char *journal_record_decode(const u8 *from, u64 room, struct journal_record *r, u64 *n)
{
    if (room < RECORD_HEAD + RECORD_TAIL) return "record: cut short";
    *n = journal_record_at(from, r);
    if (r->n > JOURNAL_PAYLOAD_MAX || *n > room) return "record: bad length";
    u64 body = *n - RECORD_TAIL;
    if (load_u32(from + body) != crc32c(0, from, body)) return "record: bad checksum";
    if (load_u32(from + body + 4) != *n) return "record: bad trailing length";
    if (!bytes_zero(from + RECORD_HEAD + r->n, body - RECORD_HEAD - r->n))
        return "record: padding not zero";
    return r->time.ns < 0 ? "record: negative time" : NULL;
}

static Hash batch_hash(const struct batch_header *h, const u8 *bytes)
{
    struct sha256 s;
    ASSERT(h->length > sizeof *h);
    sha256_init(&s);
    sha256_add(&s, &h->previous, sizeof h->previous);
    sha256_add(&s, h, BATCH_HASHED);
    sha256_add(&s, bytes + sizeof *h, h->length - sizeof *h);
    return sha256_end(&s);
}

void batch_seal(struct batch_header *h, u8 *bytes)
{
    u64 used = sizeof *h + h->payload;
    ASSERT(used <= BATCH_BYTES_MAX);
    ASSERT((h->count == 0) == (h->kind == BATCH_MARK));
    memcpy(h->magic, batch_magic, sizeof batch_magic);
    h->version = JOURNAL_FORMAT_VERSION;
    h->length = (u32)((used + JOURNAL_BLOCK - 1) & ~UINT64_C(4095));
    memset(bytes + used, 0, h->length - used);
    h->body_crc = crc32c(0, bytes + sizeof *h, h->length - sizeof *h);
    h->hash = batch_hash(h, bytes);
    h->header_crc = crc32c(0, h, HEADER_CRC_AT);
    memcpy(bytes, h, sizeof *h);
}

const char *batch_decode(const u8 *bytes, u64 room, struct batch_header *h)
{
    if (room < sizeof *h) return "batch: cut short";
    memcpy(h, bytes, sizeof *h);
    if (memcmp(h->magic, batch_magic, sizeof batch_magic) != 0) return "batch: no batch header";
    if (h->header_crc != crc32c(0, h, HEADER_CRC_AT)) return "batch header: bad checksum";
    if (h->version != JOURNAL_FORMAT_VERSION) return "batch header: unknown format version";
    if (h->kind != BATCH_RECORDS && h->kind != BATCH_MARK) return "batch header: unknown kind";
    if (h->length == 0 || h->length % JOURNAL_BLOCK || h->length > BATCH_BYTES_MAX)
        return "batch header: bad length";
    if (h->payload > h->length - sizeof *h || h->length - sizeof *h - h->payload >= JOURNAL_BLOCK)
        return "batch header: bad length of records";
    if ((h->count == 0) != (h->kind == BATCH_MARK) || (h->count == 0) != (h->payload == 0) ||
        h->count > h->payload / (RECORD_HEAD + RECORD_TAIL))
        return "batch header: bad count";
    if (h->first_seq == 0 || h->synced_seq >= h->first_seq || h->time < 0 ||
        h->first_seq > UINT64_MAX - h->count)
        return "batch header: bad seq or time";
    return NULL;
}

const char *batch_check(const struct batch_header *h, const u8 *bytes, bool chain, Hash *got)
{
    ASSERT(h->length >= JOURNAL_BLOCK);
    *got = h->hash;
    if (chain) *got = batch_hash(h, bytes);
    if (h->body_crc != crc32c(0, bytes + sizeof *h, h->length - sizeof *h))
        return "batch: bad checksum";
    return hash_eq(*got, h->hash) ? NULL : "batch: bad hash";
}

const char *batch_records_check(const struct batch_header *h, const u8 *bytes, u64 *bad_seq)
{
    u64 at = sizeof *h, end = at + h->payload, n = 0;
    i64 time = 0;
    ASSERT(end <= h->length);
    for (u32 i = 0; i < h->count; i++, at += n) {
        struct journal_record r;
        *bad_seq = h->first_seq + i;
        const char *wrong = journal_record_decode(bytes + at, end - at, &r, &n);
        if (wrong) return wrong;
        if (r.seq != h->first_seq + i) return "record: seq out of order";
        if (r.time.ns < time) return "record: time goes back";
        time = r.time.ns;
    }
    *bad_seq = h->first_seq;
    if (at != end) return "batch: bytes after the last record";
    if (h->count && time != h->time) return "batch header: not the time of the last record";
    return bytes_zero(bytes + end, h->length - end) ? NULL : "batch: padding not zero";
}
