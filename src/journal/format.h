/* format.h -- the journal's bytes: segment header, batch, record; private to the room.
 * Owns:   layout, encoding and strict parsing of each unit, from memory to memory.
 * Never:  touches a file, or accepts a byte that the writer would not have written.
 * Always: a batch's hash is SHA-256(previous hash, header's first 64 bytes, all bytes after the
 *         header: records and zero padding); the first batch of a segment follows the SHA-256 of
 *         the segment's header block, which itself names the hash before it. One chain, no gap.
 */
#ifndef HEDGEROW_JOURNAL_FORMAT_H
#define HEDGEROW_JOURNAL_FORMAT_H

#include "journal/journal.h"

#define BATCH_BYTES_MAX (1u << 20) /* a parser's limit: header, records, padding */
#define RECORD_HEAD 24u
#define RECORD_TAIL 8u
enum { BATCH_RECORDS = 1, BATCH_MARK = 2 };

struct segment_header {
    u8 magic[8];
    u32 version, header_bytes;
    u64 number; /* from 1, dense */
    u64 bytes;  /* of the whole file, laid out before the first batch */
    u64 first_seq;
    Hash previous; /* the chain where the segment before ended; zero for number 1 */
    char build[48];
    u32 contract_set, msg_format;
};
static_assert(sizeof(struct segment_header) == 128, "written as it stands");

struct batch_header {
    u8 magic[8];
    u32 version, kind;
    u32 length;  /* of the whole batch, a multiple of JOURNAL_BLOCK */
    u32 payload; /* bytes of records; zeroes after them */
    u64 first_seq;
    u32 count, segment; /* count 0: a durable mark */
    u64 synced_seq;     /* durable when this batch was closed */
    i64 time;           /* of the last record */
    u64 at;             /* offset in the segment */
    Hash previous, hash;
    u32 body_crc;   /* all bytes after the header */
    u32 header_crc; /* all bytes of the header before this field */
};
static_assert(sizeof(struct batch_header) == 136, "written as it stands");
#define BATCH_HASHED 64u
static_assert(offsetof(struct batch_header, previous) == BATCH_HASHED, "the fields come first");

/* Fills a whole block; returns the chain's hash at the segment's start. */
NODISCARD Hash segment_encode(const struct segment_header *h, u8 block[JOURNAL_BLOCK]);
/* NULL, or what is wrong with it. */
NODISCARD const char *segment_decode(const u8 block[JOURNAL_BLOCK], struct segment_header *h);

NODISCARD static inline u64 record_bytes(u32 payload)
{
    return RECORD_HEAD + (((u64)payload + 7) & ~UINT64_C(7)) + RECORD_TAIL;
}
/* Writes one record at `to`, which has record_bytes() of room. */
void journal_record_encode(const struct journal_record *r, u8 *to);
/* The record at `from`; NULL or what is wrong. *n: its bytes. */
NODISCARD const char *journal_record_decode(const u8 *from, u64 room, struct journal_record *r,
                                            u64 *n);

/* The record at `from` in a batch whose records were checked; returns its bytes. */
NODISCARD u64 journal_record_at(const u8 *from, struct journal_record *r);

/* bytes: header's place, then h->payload bytes of records; the caller's buffer has room for the
 * padding. Sets length, checksums and hash, writes the header. */
void batch_seal(struct batch_header *h, u8 *bytes);
/* Header alone: NULL or what is wrong. Its position and its place in the chain are not looked
 * at. */
NODISCARD const char *batch_decode(const u8 *bytes, u64 room, struct batch_header *h);
/* Body against the header: checksum, and with `chain` the hash (then *got is the one found). */
NODISCARD const char *batch_check(const struct batch_header *h, const u8 *bytes, bool chain,
                                  Hash *got);
/* Every record of a checked batch: seq, time, checksum, padding. *bad_seq: where it went wrong. */
NODISCARD const char *batch_records_check(const struct batch_header *h, const u8 *bytes,
                                          u64 *bad_seq);
NODISCARD bool bytes_zero(const u8 *p, u64 n);

#endif
