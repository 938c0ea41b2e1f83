/* obs_file.h -- a recorded log of observations as one file: records as they stand, pages hashed.
 * Owns:   the file's layout, its checksums, its writing whole or not at all.
 * Never:  believes a file: checksums, ids, order and page hashes are looked at before use.
 * Always: read(write(log)) has the same records, names and page hashes.
 *
 * Layout, little-endian: head (magic, counts, CRC32C of each part and of itself); names, 32 bytes
 * each; refs, 32 bytes each; hashes of full pages; records, 128 bytes each; refused rows, then
 * origins (feed.h: reply, format, source, time, counts, catalogue), as text lines.
 */
#ifndef HEDGEROW_FEEDS_OBS_FILE_H
#define HEDGEROW_FEEDS_OBS_FILE_H

#include "feeds/feed.h"

#define OBS_FILE_MAGIC "HDGOBS02"

NODISCARD Err obs_file_write(const char *path, const struct obs_log *log,
                             const struct feed_result *r, struct why *w);
NODISCARD bool obs_file_is(const u8 *bytes, u64 n); /* starts as one */
NODISCARD Err obs_file_parse(const char *name, const u8 *bytes, u64 n, struct feed_log *out,
                             struct why *w);
/* Writes the checksums that these bytes would need: for tests of what stands behind them. */
void obs_file_mend(u8 *bytes, u64 n);
/* Any input of `index run`: an observation file, or one of the CSV forms. r may be NULL. */
NODISCARD Err obs_input_read(const char *path, struct feed_log *out, struct feed_result *r,
                             struct why *w);
/* All of them, merged if there is more than one. */
NODISCARD Err obs_inputs_read(const char *const *paths, u32 n, struct feed_log *out,
                              struct feed_result *total, struct why *w);

#endif
