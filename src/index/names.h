/* names.h -- interned short texts (sources, providers, owners, regions) and 32-byte references.
 * Owns:   the id of each text: dense from 1 in order of first use; 0 is "none".
 * Never:  allocates, forgets or renames; an id means the same text for the table's whole life.
 * Always: a text is 1..31 printable ASCII letters without a blank, so that a line of fields is
 *         cut at blanks; hashes of records are taken over texts, so ids never show in them.
 */
#ifndef HEDGEROW_INDEX_NAMES_H
#define HEDGEROW_INDEX_NAMES_H

#include "base/hash.h"
#include "base/text.h"

typedef struct { char z[32]; } Name; /* zero-filled */
struct names {
    Name *at;   /* at[id - 1] */
    u32 *slots; /* open addressing, mask + 1 slots */
    u32 n, cap, mask;
};
struct refs {
    Hash *at;
    u32 n, cap;
    u32 *slots;
    u32 mask;
};

/* Bytes that names_on() needs for `cap` texts; slots are a power of two >= 2 cap. */
NODISCARD u64 names_bytes(u32 cap);
NODISCARD struct names names_on(void *memory, u32 cap); /* zeroes it */
NODISCARD bool name_valid(Str s);
NODISCARD bool names_add(struct names *t, Str s, u32 *id); /* false when full or not valid */
NODISCARD Str names_text(const struct names *t, u32 id);   /* "-" for 0 */

NODISCARD u64 refs_bytes(u32 cap);
NODISCARD struct refs refs_on(void *memory, u32 cap);
NODISCARD bool refs_add(struct refs *t, Hash h, u32 *id); /* zero hash: id 0; false when full */
NODISCARD Hash refs_hash(const struct refs *t, u32 id);   /* zeroes for 0 */

#endif
