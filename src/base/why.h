/* why.h -- the sentence that goes with an Err: set where it happens, wrapped as it rises.
 * Owns:   struct why. For pure and shell rooms; the core answers with reject events instead.
 * Never:  allocates. A sentence that does not fit is cut, never lost.
 * Always: reads outermost first: "journal /d/7: header: bad checksum".
 */
#ifndef HEDGEROW_BASE_WHY_H
#define HEDGEROW_BASE_WHY_H

#include "base/base.h"
#include <stdarg.h>
#include <stdio.h>

struct why { char text[768]; };

/* What a file says may stand in a sentence: its control characters must not reach a terminal. */
static inline void why_plain(char *z)
{
    for (; *z; z++)
        if ((unsigned char)*z < ' ' || *z == 0x7f) *z = '?';
}

__attribute__((format(printf, 3, 4))) static inline Err why_set(struct why *w, Err err,
                                                                const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(w->text, sizeof w->text, format, args);
    va_end(args);
    why_plain(w->text);
    return err;
}

__attribute__((format(printf, 3, 4))) static inline Err why_wrap(struct why *w, Err err,
                                                                 const char *format, ...)
{
    char inner[sizeof w->text], outer[sizeof w->text / 2];
    va_list args;
    va_start(args, format);
    vsnprintf(outer, sizeof outer, format, args);
    va_end(args);
    memcpy(inner, w->text, sizeof inner);
    snprintf(w->text, sizeof w->text, "%s: %.*s", outer, (int)(sizeof w->text / 2) - 4, inner);
    return err;
}

#endif
