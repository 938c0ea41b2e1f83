#!/bin/sh
# The figures and pictures of docs/comparison.md are what the program computes now; needs the shared table.
set -u
HEDGEROW_BUILD=${HEDGEROW_BUILD:?} tools/comparison.py --check
