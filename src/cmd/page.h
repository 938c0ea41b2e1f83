/* page.h -- a self-contained HTML report: head, style, headings, figures, tables, notes.
 * Owns:   the look of every report of this program: light, dark, narrow, printed.
 * Never:  fetches anything when opened: no script, font or picture from elsewhere.
 * Always: text given by a caller is escaped; page_end() says whether all of it was written.
 */
#ifndef HEDGEROW_CMD_PAGE_H
#define HEDGEROW_CMD_PAGE_H

#include "base/why.h"

#include <stdio.h>

/* A page grows in memory; page_end() writes it beside its place, then renames it there. */
struct page { FILE *to; char *bytes; size_t n; };

NODISCARD Err page_begin(struct page *p, const char *title, const char *says, struct why *w);
/* Ends, writes and frees the page; with path NULL it only frees it. */
NODISCARD Err page_end(struct page *p, const char *path, struct why *w);

void page_text(FILE *to, const char *z); /* escaped */
void page_heading(FILE *to, const char *id, const char *text);
/* A paragraph; `what it means` lines are page_note, in the muted colour. */
__attribute__((format(printf, 2, 3))) void page_para(FILE *to, const char *format, ...);
__attribute__((format(printf, 2, 3))) void page_note(FILE *to, const char *format, ...);
/* A warning that must be seen. */
__attribute__((format(printf, 2, 3))) void page_warn(FILE *to, const char *format, ...);

/* Large figures side by side: begin, one or more, end. */
void page_figures_begin(FILE *to);
void page_figure(FILE *to, const char *name, const char *value, const char *means);
void page_figures_end(FILE *to);

/* "Name|>Price|State": > aligns right. Cells row by row, as table_cell() of cmd.h. */
struct page_table { FILE *to; u32 columns, at; u8 right[16]; };
NODISCARD struct page_table page_table_begin(FILE *to, const char *caption, const char *heads);
__attribute__((format(printf, 2, 3))) void page_cell(struct page_table *t, const char *format, ...);
void page_table_end(struct page_table *t);

#endif
