#!/bin/sh
# tests/estimators_soak.sh -- ten thousand random inputs an estimator against fractions, and the random markets of
# tests/index_random_test.py over three years.
tests/estimators_test.py 10000 && tests/index_random_test.py 1000
