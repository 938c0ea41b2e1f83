/* splice_receipt.h -- a day of a spliced series and the receipt that says what it is made of.
 * Owns:   the lines of that receipt, and reading them back.
 * Never:  reads prints: the caller has them.
 * Always: a receipt verifies from its own lines: rules, the prints of its parts with their
 *         receipts' hashes, and the link carried over; every byte is written again and compared.
 */
#ifndef HEDGEROW_CMD_SPLICE_RECEIPT_H
#define HEDGEROW_CMD_SPLICE_RECEIPT_H

#include "cmd/receipts.h"
#include "index/splice.h"

struct splice_print { bool there; Hash receipt; };
struct splice_day {
    Date date;
    struct splice_chain link; /* carried over from the day before */
    struct splice_price in[SPLICE_PARTS_MAX];
    struct splice_print from[SPLICE_PARTS_MAX];
    /* what comes of it */
    u32 part;
    i64 price, value, factor_ppm;
    bool printed, roll;
    i64 seam_ppm; /* new part against old on a roll day; INT64_MIN: not both there */
    Hash receipt;
};

/* Fills what comes of it; *c goes from d->link on. d->receipt is splice_day_write()'s. */
void splice_day_make(const struct splice *s, struct splice_chain *c, struct splice_day *d);
const char *splice_day_status(const struct splice_day *d);
void splice_day_write(const struct splice *s, struct splice_day *d, struct receipt_text *to);

/* Does the file begin as one of these? A file that can not be read does not. */
NODISCARD bool splice_receipt_file(const char *path);
struct splice_verdict {
    bool ok, is_signed, has_method;
    u32 line;
    char field[40], cause[96];
    struct splice s;
    struct splice_day day;
    u8 *text; /* malloc'd: the file */
    u64 n;
};
/* Err is the world's. The caller frees v->text. */
NODISCARD Err splice_receipt_check(const char *path, struct splice_verdict *v, struct why *w);
/* The first line at which the file is not this text; ok if none is. */
void splice_receipt_compare(struct splice_verdict *v, const struct receipt_text *again,
                            const char *cause);

#endif
