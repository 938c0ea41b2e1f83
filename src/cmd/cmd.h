/* cmd.h -- the command line: one row a sub-command, one file each.
 * Owns:   the table of sub-commands and what they share: usage, exit codes, output form.
 * Never:  holds a rule of the market: those are in the rooms.
 * Always: exit 0 done, 1 the answer is no, 2 usage, 3 bad input, 4 the world failed.
 */
#ifndef HEDGEROW_CMD_CMD_H
#define HEDGEROW_CMD_CMD_H

#include "base/why.h"

/* argv[0] is the sub-command's name. Returns the exit code. */
#define SUBCOMMANDS(X)

#define AS_SUBCOMMAND(name, text) int cmd_##name(int argc, char **argv);
SUBCOMMANDS(AS_SUBCOMMAND)

#endif
