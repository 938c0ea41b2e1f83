/* discard.h -- takes back a data folder whose first start failed.
 * Owns:   which files a first start makes.
 * Never:  touches a folder that held a journal before, nor a snapshot, nor a file of somebody else.
 * Always: the next start on the folder is a first start again.
 */
#ifndef HEDGEROW_VENUE_DISCARD_H
#define HEDGEROW_VENUE_DISCARD_H

/* After venue_close(), and only if recovery said `fresh`: this process wrote the journal's first
 * record. Silent: the failure that came before is the one to tell. */
void data_folder_discard(const char *folder);

#endif
