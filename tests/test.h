/* test.h -- cmocka with the headers it wants before it; included by every test and nothing else. */
#ifndef HEDGEROW_TESTS_TEST_H
#define HEDGEROW_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
