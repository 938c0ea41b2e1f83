/* detect_inner.h -- what the files of detection share: names made plain, words of accelerators.
 * Owns:   the normal form of a machine's name.
 * Never:  is included from outside this room.
 * Always: lower case without Standard_ and separators, or nothing where it does not fit.
 */
#ifndef HEDGEROW_HEDGE_DETECT_INNER_H
#define HEDGEROW_HEDGE_DETECT_INNER_H

#include "base/text.h"

/* Length of the plain name in `to`; 0: does not fit. */
NODISCARD u32 name_plain(Str s, char *to, u32 cap);
/* Is there a word gpu, accelerator or a class name? */
NODISCARD bool word_suspect(Str s);

#endif
