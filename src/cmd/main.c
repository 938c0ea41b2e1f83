#include "cmd/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct { const char *name, *text; int (*run)(int argc, char **argv); } rows[] = {
#define AS_ROW(name, text) { #name, text, cmd_##name },
    SUBCOMMANDS(AS_ROW){ NULL, NULL, NULL },
};

static void print_commands(FILE *to)
{
    fputs("hedgerow -- an exchange for the cost of AI compute: benchmark, futures, clearing\n\n"
          "usage: hedgerow COMMAND [ARGUMENT ...]\n\n",
          to);
    for (u32 i = 0; rows[i].name; i++) fprintf(to, "  %-12s %s\n", rows[i].name, rows[i].text);
    fputs("\n  help COMMAND   the same as COMMAND --help\n"
          "  --version      version and licence\n\n"
          "exit: 0 done, 1 the answer is no, 2 usage, 3 bad input, 4 the world failed\n"
          "example: hedgerow demo --headless --until settled --seed 7\n"
          "more: man hedgerow\n",
          to);
}

static int run_command(int argc, char **argv)
{
    for (u32 i = 0; rows[i].name; i++)
        if (strcmp(argv[0], rows[i].name) == 0) return rows[i].run(argc, argv);
    fprintf(stderr, "hedgerow: no command %s; `hedgerow help` lists them\n", argv[0]);
    return ERR_USAGE;
}

/* `help index run` is `index run --help`. */
static int run_help(int argc, char **argv)
{
    static char flag[] = "--help";
    char *as[8];
    int n = 0;
    if (argc < 2) {
        print_commands(stdout);
        return ERR_OK;
    }
    for (int i = 1; i < argc && n < 6; i++) as[n++] = argv[i];
    as[n++] = flag;
    as[n] = NULL;
    return run_command(n, as);
}

/* What the completion script asks: the words that may stand first. */
static int print_words(void)
{
    for (u32 i = 0; rows[i].name; i++) puts(rows[i].name);
    puts("help\n--help\n--version");
    return ERR_OK;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_commands(stderr);
        return ERR_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_commands(stdout);
        return ERR_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("hedgerow " HEDGEROW_VERSION "\nLicence Apache-2.0; no warranty.");
        return ERR_OK;
    }
    if (strcmp(argv[1], "--help-words") == 0) return print_words();
    if (strcmp(argv[1], "help") == 0) return run_help(argc - 1, argv + 1);
    return run_command(argc - 1, argv + 1);
}
