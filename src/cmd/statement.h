/* statement.h -- the benchmark statement: a methodology in the words of its users.
 * Owns:   the sections of a statement and the formula of each estimator in words.
 * Never:  says what the file does not: a number here is a field there.
 * Always: the same file and register give the same bytes.
 */
#ifndef HEDGEROW_CMD_STATEMENT_H
#define HEDGEROW_CMD_STATEMENT_H

#include "feeds/register_file.h"
#include "index/methodology.h"

#include <stdio.h>

/* f may be NULL: the rules' own numbers stand for a register's. */
void statement_put(FILE *to, const struct methodology *stated, const struct register_file *f);
int index_statement(int argc, char **argv);

#endif
