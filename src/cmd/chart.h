/* chart.h -- pictures for reports: lines with bands, bars, strips of days, as inline SVG.
 * Owns:   axes, ticks, legends, colours (by the page's variables, so light and dark both read).
 * Never:  needs a script; writes a number that was not given: labels are the caller's or the axis'.
 * Always: each picture is drawn twice, wide and narrow, and the page shows the one that fits; the
 *         same values give the same bytes; a title and a sentence stand with it for who can not
 *         see.
 *
 * Values are integers with a scale: {2816000, scale 6} is 2.816. CHART_GAP is "none that day".
 */
#ifndef HEDGEROW_CMD_CHART_H
#define HEDGEROW_CMD_CHART_H

#include "base/base.h"

#include <stdio.h>

#define CHART_GAP INT64_MIN
#define CHART_LINES_MAX 12u

/* Colours of the page: 1..8 tell series apart; the words are for meanings. */
enum chart_hue {
    CHART_HUE_1,
    CHART_HUE_2,
    CHART_HUE_3,
    CHART_HUE_4,
    CHART_HUE_5,
    CHART_HUE_6,
    CHART_HUE_7,
    CHART_HUE_8,
    CHART_GOOD,
    CHART_FAIR,
    CHART_POOR,
    CHART_NONE
};

/* What every picture has. */
struct chart_frame {
    const char *title, *says; /* a name, and one sentence on how to read it */
    const char *unit;         /* "USD per GPU-hour" */
    u32 scale, digits;        /* of the values; digits shown on the axis */
    bool from_zero;           /* the axis starts at 0; bars always do */
    u32 height;               /* of the plot, 0: the default */
};

/* One line over days; low and high (both or neither) give its band. `dash` 0 is an unbroken line,
 * 1..7 are told apart without colour, and let a line below show. */
struct chart_line {
    const char *name;
    const i64 *y, *low, *high;
    u8 hue, dash;
};
/* Days first, first + 1, ...: n of them (one day is drawn as a mark). */
void chart_lines(FILE *to, const struct chart_frame *f, Date first, u32 n,
                 const struct chart_line *lines, u32 lines_n);

/* Horizontal bars, longest allowed value by the largest; `mark` draws a tick (a target, a limit),
 * CHART_GAP none. `text` stands at the end instead of the number if given. A value of CHART_GAP
 * has no bar, only its text. */
struct chart_bar { const char *label, *text; i64 value, mark; u8 hue; };
void chart_bars(FILE *to, const struct chart_frame *f, const struct chart_bar *bars, u32 n);

/* A strip: one cell a day, its colour, a letter in it and a short word on hover; a column a
 * week. */
struct chart_cell { u8 hue; char letter; const char *word; };
struct chart_key { u8 hue; const char *word; };
void chart_strip(FILE *to, const struct chart_frame *f, Date first, const struct chart_cell *cells,
                 u32 n, const struct chart_key *keys, u32 keys_n);

#endif
