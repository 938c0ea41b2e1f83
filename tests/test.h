/* test.h -- cmocka with the headers it wants before it; included by tests only, and by every test. */
#ifndef HEDGEROW_TESTS_TEST_H
#define HEDGEROW_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
