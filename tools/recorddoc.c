/* recorddoc > docs/reference/files.md -- the keys of every file people write, from its field
 * table. */
#include "config/feeds.h"
#include "config/venue.h"
#include "index/splice.h"
#include "index/token_method.h"

#include <stdio.h>

static const char *const kind_texts[RECORD_KIND_COUNT] = {
    [RECORD_INT] = "integer",         [RECORD_DEC] = "decimal text",
    [RECORD_BOOL] = "true or false",  [RECORD_DATE] = "date",
    [RECORD_TIME] = "UTC time",       [RECORD_ENUM] = "one of",
    [RECORD_BITS] = "list of",        [RECORD_TEXT] = "text",
    [RECORD_HASH] = "64 hex digits",  [RECORD_INTS] = "list of integers",
    [RECORD_DATES] = "list of dates", [RECORD_TEXTS] = "list of texts",
    [RECORD_LIST] = "list of",        [RECORD_GIVEN] = "group",
};

static void print_kind(const struct record_field *f)
{
    printf("%s", kind_texts[f->kind]);
    if (f->words)
        for (u32 i = 1; i < f->words->n; i++)
            printf("%s`%s`", i > 1 ? ", " : " ", f->words->word[i]);
    if (f->kind == RECORD_INT) printf(", %lld to %lld", (long long)f->min, (long long)f->max);
    if (f->kind == RECORD_TEXT) printf(", at most %u characters", f->cap - 1u);
    if (f->kind == RECORD_DEC) printf(", %u digits", f->cap);
    if (f->kind == RECORD_LIST) printf(" at most %u %ss", f->cap, f->of->name);
    else if (f->cap && f->kind >= RECORD_INTS) printf(", at most %u", f->cap);
}

static void print_table(const struct record *r)
{
    static const char *const presence[] = { "yes", "", "yes, or null" };
    puts("\n| key | value | needed | meaning |\n|---|---|---|---|");
    for (u32 i = 0; i < r->fields; i++) {
        const struct record_field *f = &r->field[i];
        char path[128];
        struct text t = text_on(path, sizeof path);
        record_path(f, &t);
        printf("| `%s` | ", path);
        print_kind(f);
        printf(" | %s | %s |\n", presence[f->presence], f->text);
    }
    for (u32 i = 0; i < r->fields; i++) {
        if (r->field[i].kind != RECORD_LIST) continue;
        printf("\nA %s:\n", r->field[i].of->name);
        print_table(r->field[i].of);
    }
}

int main(void)
{
    static const struct { const struct record *record; const char *where; } files[] = {
        { &spec_record, "`specs/*.yaml`" },
        { &calendar_record, "`specs/calendars/*.yaml`" },
        { &venue_record, "`venue.yaml`; paths are as seen from its folder" },
        { &instances_record, "`specs/instances.yaml`, machine types" },
        { &feeds_record, "`specs/feeds.yaml`, sources of `feed collect`" },
        { &mapping_record, "`feed import --map-file`, as `examples/feeds/desk.map.yaml`" },
        { &token_method_record, "`specs/methodology/token-*.yaml`, `kind: token_basket`" },
        { &splice_record, "`specs/methodology/h100-equivalent*.yaml`, `kind: splice`" },
    };
    puts("# Files people write\n\n"
         "Written by `tools/recorddoc` from the field tables. A key `a.b` stands in group `a`.\n"
         "A key that is not needed is zero or empty when left out; `null` is not known. Keys\n"
         "of a group that may be left out are needed only if the group stands. Money is micros\n"
         "unless it is decimal text.");
    for (u32 i = 0; i < ARRAY_LEN(files); i++) {
        printf("\n## A %s\n\n%s\n", files[i].record->name, files[i].where);
        print_table(files[i].record);
    }
    return 0;
}
