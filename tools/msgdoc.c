/* msgdoc > docs/reference/messages.md -- the reference page of messages, from the tables of msg. */
#include "msg/msg.h"

#include <stdio.h>

/* The name of a field kind and what it means. */
static const struct { const char *kind, *text; } kinds[] = {
#define AS_KIND_ROW(KIND, ctype, text) { #KIND, text },
    FIELD_KINDS(AS_KIND_ROW)
};

static void print_kinds(void)
{
    puts("## Kinds of field\n\n| kind | on the wire |\n|---|---|");
    for (u32 i = 0; i < ARRAY_LEN(kinds); i++)
        printf("| %s | %s |\n", kinds[i].kind, kinds[i].text);
    puts("| E_x | one byte, a value of list x below; 0 is never valid |");
}

static void print_records(const char *prefix, const char *head)
{
    const struct field_row *rows;
    u32 n = msg_field_rows(&rows), number = 0;
    bool ours = false, some = false;
    printf("\n## %s\n", head);
    for (u32 i = 0; i < n; i++) {
        if (rows[i].record[0]) {
            ours = strncmp(rows[i].record, prefix, strlen(prefix)) == 0;
            some = false;
            if (ours)
                printf("\n### %u %s\n\n%s.\n", ++number, rows[i].record + strlen(prefix),
                       rows[i].text);
        } else if (ours) {
            if (!some) puts("\n| field | kind | meaning |\n|---|---|---|");
            some = true;
            printf("| `%s` | %s | %s |\n", rows[i].name, rows[i].kind, rows[i].text);
        }
    }
}

static void print_enums(void)
{
    puts("\n## Lists of values\n\n| list | values, from 1 |\n|---|---|");
    for (u32 list = 0; list < ENUM_LISTS; list++) {
        printf("| %s |", enum_name(list));
        for (u32 v = 1; v < enum_count(list); v++) printf(" %s", enum_text(list, v));
        puts(" |");
    }
}

static void print_rejects(void)
{
    puts("\n## Rejects\n\n| number | name | meaning |\n|---|---|---|");
    for (u32 i = 0; reject_at(i); i++)
        printf("| %u | %s | %s |\n", reject_at(i), reject_name(reject_at(i)),
               reject_text(reject_at(i)));
}

int main(void)
{
    printf(
        "# Messages\n\n"
        "Written by `tools/msgdoc` from the tables in `src/msg`; format version %d.\n\n"
        "Commands enter the engine, events leave it. Fields stand in this order, little-endian,\n"
        "without padding. In JSON the names are the same; prices, money and 64-bit integers are\n"
        "decimal strings, times RFC 3339.\n\n",
        MSG_FORMAT_VERSION);
    print_kinds();
    print_records("command ", "Commands");
    print_records("event ", "Events");
    print_enums();
    print_rejects();
    return 0;
}
