/* test.h -- cmocka with the headers it wants before it, and the words that read a table of cases.
 * Included by every test and by nothing else. */
#ifndef HEDGEROW_TESTS_TEST_H
#define HEDGEROW_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TEST(name) static void name(void **state __attribute__((unused)))
#define FOR_EACH(c, rows) \
    for (const __typeof__((rows)[0]) *c = (rows), *c##_end = c + sizeof(rows) / sizeof *c; \
         c < c##_end; c++)
#define EXPECT_TEXT(got, want, name) expect_text(got, want, name, __FILE__, __LINE__)

/* Equal texts, or the test fails saying which case it was. */
static inline void expect_text(const char *got, const char *want, const char *name,
                               const char *file, int line)
{
    if (strcmp(got, want) == 0) return;
    print_error("%s\n  got  %s\n  want %s\n", name, got, want);
    _fail(file, line);
}

#endif
