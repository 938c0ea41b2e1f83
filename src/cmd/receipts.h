/* receipts.h -- receipts as files: their text in memory, their signature, the folder they go to.
 * Owns:   Ed25519 signatures of receipt hashes, names of receipt files, the stage beside a folder.
 * Never:  writes a line of a receipt but its signature: the index room, or who prints, does.
 * Always: a folder holds one whole file a version shown and nothing else; after a run that failed
 *         it is as it was.
 */
#ifndef HEDGEROW_CMD_RECEIPTS_H
#define HEDGEROW_CMD_RECEIPTS_H

#include "base/date.h"
#include "base/hash.h"
#include "base/text.h"
#include "sys/file.h"

#define RECEIPT_BYTES_MAX (UINT64_C(256) << 20)

/* A text that grows (malloc'd); failed: no memory, and what is there is not whole. */
struct receipt_text { char *at; u64 n, cap; bool failed; };
void receipt_text_put(void *to, const char *bytes, u32 n); /* `to` is one; for a sink */
/* Are these all of the first n bytes of text? Else *line is the first that differs. */
NODISCARD bool receipt_text_is(const struct receipt_text *t, const u8 *text, u64 n, u32 *line);

struct signer { bool on; u8 key[32], secret[64]; };
/* From a file of 64 hex digits; off for NULL. */
NODISCARD Err signer_load(struct signer *s, const char *path, struct why *w);
void signer_drop(struct signer *s);
/* The line "signature KEY SIG". */
void receipt_sign(const struct signer *s, const Hash *receipt, struct receipt_text *to);
NODISCARD bool signature_holds(const u8 key[32], const u8 signature[64], const Hash *receipt);
/* Bytes of the text before its signature line. */
NODISCARD u64 receipt_unsigned(u64 n, bool is_signed);

/* dir NULL: nothing is written. */
struct receipt_folder { const char *dir; char stage[FILE_PATH_MAX]; };
/* The folder must be new, empty, or hold only receipts of these dates. */
NODISCARD Err receipt_folder_open(struct receipt_folder *f, const char *dir, Date from, Date to,
                                  struct why *w);
NODISCARD Err receipt_folder_put(const struct receipt_folder *f, Date d, u32 version,
                                 const struct receipt_text *text, struct why *w);
/* All that were put, moved in; what an earlier run left there goes. */
NODISCARD Err receipt_folder_close(const struct receipt_folder *f, struct why *w);
/* On every way out. */
void receipt_folder_drop(struct receipt_folder *f);

/* The dates of a run that were published by its --as-of. */
struct dates_ask { Date from, to; bool to_given; Instant as_of; }; /* 0: none asked for */
typedef Instant publish_time_fn(const void *series, Date d);
/* *from and *to are what is shown where nothing is asked for, and then what is shown. */
NODISCARD Err dates_of(const struct dates_ask *ask, Date start, publish_time_fn *published,
                       const void *series, Date *from, Date *to, struct why *w);

#endif
