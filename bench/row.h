/* row.h -- what the disk benches share: samples, percentiles, one row a case, a scratch folder.
 * Owns:   the row's form: name, work, median, p99, p99.9, rate and bar; --json for machines.
 * Never:  is part of the product.
 * Always: percentiles are of all samples, by rank; nothing is left out.
 */
#ifndef HEDGEROW_BENCH_ROW_H
#define HEDGEROW_BENCH_ROW_H

#include "base/why.h"
#include "sys/clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct samples { u64 *ns; u32 n, cap; };
static bool row_json;

static inline void sample_add(struct samples *s, u64 ns)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 1024;
        s->ns = realloc(s->ns, s->cap * sizeof *s->ns);
        ASSERT(s->ns);
    }
    s->ns[s->n++] = ns;
}

static inline int sample_order(const void *a, const void *b)
{
    u64 x = *(const u64 *)a, y = *(const u64 *)b;
    return (x > y) - (x < y);
}

/* In microseconds; the samples get sorted. */
static inline double sample_us(struct samples *s, double p)
{
    if (!s->n) return 0;
    qsort(s->ns, s->n, sizeof *s->ns, sample_order);
    u32 at = (u32)(p * (s->n - 1) + 0.5);
    return (double)s->ns[at] / 1000;
}

/* rate 0: none; bar 0: none. Frees the samples. */
static inline void row(const char *name, const char *work, struct samples *s, double rate,
                       const char *unit, double bar)
{
    double p50 = sample_us(s, 0.5), p99 = sample_us(s, 0.99), p999 = sample_us(s, 0.999);
    if (row_json) {
        printf("{\"case\":\"%s\",\"work\":\"%s\",\"p50_us\":\"%.1f\",\"p99_us\":\"%.1f\","
               "\"p999_us\":\"%.1f\",\"rate\":\"%.3f\",\"unit\":\"%s\",\"bar\":\"%g\"}\n",
               name, work, p50, p99, p999, rate, unit, bar);
    } else {
        printf("%-26s %-38s", name, work);
        if (s->n) printf(" p50 %8.1f  p99 %8.1f  p99.9 %9.1f us", p50, p99, p999);
        if (rate > 0) printf("  %8.3f %s", rate, unit);
        if (bar > 0) printf("  (bar %g: %.2fx)", bar, rate / bar);
        printf("\n");
    }
    fflush(stdout);
    free(s->ns);
    *s = (struct samples){ 0 };
}

static inline void must(Err err, const struct why *w)
{
    if (!err) return;
    fprintf(stderr, "bench: %s\n", w->text);
    exit(err);
}

/* A folder below `under` that scratch_remove() empties and removes. */
static inline void scratch_make(char *to, u32 cap, const char *under)
{
    snprintf(to, cap, "%s/bench-scratch-XXXXXX", under);
    if (mkdtemp(to)) return;
    perror(to);
    exit(ERR_IO);
}

static inline void scratch_remove(const char *folder)
{
    char command[1200];
    snprintf(command, sizeof command, "rm -r -- '%s'", folder);
    if (system(command) != 0) fprintf(stderr, "bench: %s stays behind\n", folder);
}

#endif
