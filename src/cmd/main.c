#include "cmd/cmd.h"
#include <stdio.h>
#include <string.h>

static const struct { const char *name, *text; int (*run)(int argc, char **argv); } rows[] = {
#define AS_ROW(name, text) { #name, text, cmd_##name },
    SUBCOMMANDS(AS_ROW){ NULL, NULL, NULL },
};

int main(int argc, char **argv)
{
    for (u32 i = 0; argc > 1 && rows[i].name; i++)
        if (strcmp(argv[1], rows[i].name) == 0) return rows[i].run(argc - 1, argv + 1);
    fputs("usage: hedgerow COMMAND [OPTION ...]\n", argc > 1 ? stderr : stdout);
    for (u32 i = 0; rows[i].name; i++) printf("  %-12s %s\n", rows[i].name, rows[i].text);
    return argc > 1 ? ERR_USAGE : ERR_OK;
}
