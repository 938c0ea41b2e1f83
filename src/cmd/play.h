/* play.h -- runs one scripted order case (vectors, op order_script) on books of its own.
 * Owns:   the script's words and names; the books live only as long as the call.
 * Never:  holds a rule of matching: it calls the room `book`.
 * Always: a script that needs what is not there yet says so and is not judged; a line that is not
 *         of the form is an error that names the line.
 */
#ifndef HEDGEROW_CMD_PLAY_H
#define HEDGEROW_CMD_PLAY_H

#include "base/why.h"
#include <cjson/cJSON.h>

/* `in` is {"market": {..}, "script": [..]}. ERR_OK: `out` has every key of want_keys. ERR_NO: not
 * played, w->text names the feature. ERR_INPUT: w->text says what is wrong where. */
NODISCARD Err play_script(const cJSON *in, cJSON *out, struct why *w);

#endif
