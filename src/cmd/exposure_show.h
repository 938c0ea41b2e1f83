/* exposure_show.h -- `hedgerow exposure show`: an exposure as tables, the reason of a row.
 * Owns:   its options.
 * Never:  writes a file.
 * Always: what it explains is the bill that the exposure was made of, by its hash.
 */
#ifndef HEDGEROW_CMD_EXPOSURE_SHOW_H
#define HEDGEROW_CMD_EXPOSURE_SHOW_H

int exposure_run_show(int argc, char **argv);

#endif
