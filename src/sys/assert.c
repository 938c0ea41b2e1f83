#include "base/base.h"
#include <stdio.h>
#include <stdlib.h>

/* The shell's hook for a failed assertion of any room: say where, and die before lying. */
void base_assert_failed(const char *file, int line, const char *what)
{
    fprintf(stderr, "hedgerow: broken invariant at %s:%d: %s\n", file, line, what);
    fflush(stderr);
    abort();
}
