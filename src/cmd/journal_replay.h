/* journal_replay.h -- the verbs of `hedgerow journal` that run the engine: hash and replay.
 * Owns:   their options and output.
 * Never:  writes to the data folder.
 * Always: the journal alone decides what they print.
 */
#ifndef HEDGEROW_CMD_JOURNAL_REPLAY_H
#define HEDGEROW_CMD_JOURNAL_REPLAY_H

int journal_run_hash(int argc, char **argv);
int journal_run_replay(int argc, char **argv);

#endif
