#include "cmd/cmd.h"

#include <getopt.h>
#include <stdlib.h>

#define OPTIONS_MAX 40

static u32 option_count(const struct usage *u)
{
    u32 n = 0;
    while (u->options && u->options[n].name) n++;
    ASSERT(n < OPTIONS_MAX);
    return n;
}

/* "-m, --methodology METHOD.yaml", at most 63 letters; how many. */
static int option_left(const struct option_row *o, char left[64])
{
    int n = snprintf(left, 64, o->letter ? "-%c, " : "    ", o->letter);
    n += snprintf(left + n, (size_t)(64 - n), "--%s%s%s", o->name, o->arg ? " " : "",
                  o->arg ? o->arg : "");
    return n < 63 ? n : 63;
}

static void print_help(const struct usage *u)
{
    char left[64];
    int width = 26;
    printf("usage: hedgerow %s %s\n\n%s\n", u->command, u->args, u->text);
    if (option_count(u)) putchar('\n');
    for (u32 i = 0; i < option_count(u); i++) {
        int n = option_left(&u->options[i], left);
        if (n > width) width = n;
    }
    for (u32 i = 0; i < option_count(u); i++) {
        const struct option_row *o = &u->options[i];
        option_left(o, left);
        printf("  %-*s %s%s\n", width, left, o->text, o->list ? " (may be repeated)" : "");
    }
    if (u->example) printf("\nexample: %s\n", u->example);
}

static int print_words(const struct usage *u)
{
    for (u32 i = 0; i < option_count(u); i++) printf("--%s\n", u->options[i].name);
    puts("--help");
    return ERR_OK;
}

int usage_error(const struct usage *u, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "hedgerow %s: ", u->command);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\ntry: hedgerow %s --help\n", u->command);
    va_end(args);
    return ERR_USAGE;
}

/* Puts one value where its row says; false with the message said. */
static bool take(const struct usage *u, const struct option_row *o, const char *value)
{
    if (o->flag) {
        *o->flag = true;
    } else if (o->list) {
        if (o->list->n == ARRAY_LEN(o->list->at)) {
            usage_error(u, "--%s is given more than %u times", o->name, o->list->n);
            return false;
        }
        o->list->at[o->list->n++] = value;
    } else {
        *o->value = value;
    }
    return true;
}

int usage_parse(const struct usage *u, int argc, char **argv, int *first)
{
    struct option longs[OPTIONS_MAX + 3] = { 0 };
    char shorts[2 * OPTIONS_MAX + 4] = ":h", *s = shorts + 2;
    u32 n = option_count(u);
    int c, which = 0;
    for (u32 i = 0; i < n; i++) {
        const struct option_row *o = &u->options[i];
        longs[i] = (struct option){ o->name, o->arg != NULL, NULL, 0x100 + (int)i };
        if (o->letter) *s++ = o->letter;
        if (o->letter && o->arg) *s++ = ':';
    }
    longs[n] = (struct option){ "help", no_argument, NULL, 'h' };
    longs[n + 1] = (struct option){ "help-words", no_argument, NULL, 'H' };
    optind = 0;
    while ((c = getopt_long(argc, argv, shorts, longs, &which)) != -1) {
        if (c == 'h' || c == 'H') {
            if (c == 'H') return print_words(u);
            print_help(u);
            return ERR_OK;
        }
        if (c == ':') return usage_error(u, "%s needs a value", argv[optind - 1]);
        if (c == '?') return usage_error(u, "no option %s", argv[optind - 1]);
        u32 i = c >= 0x100 ? (u32)c - 0x100 : 0;
        while (c < 0x100 && u->options[i].letter != c) i++;
        if (!take(u, &u->options[i], optarg)) return ERR_USAGE;
    }
    *first = optind;
    if (argc - optind < u->args_min) return usage_error(u, "something is missing: %s", u->args);
    if (u->args_max >= 0 && argc - optind > u->args_max)
        return usage_error(u, "too much: %s", argv[optind + u->args_max]);
    return CMD_GO_ON;
}

bool usage_u64(const struct usage *u, const char *name, const char *text, u64 lo, u64 hi, u64 *out)
{
    u64 v = 0;
    if (!text) return true;
    if (parse_u64(str_of(text), &v) != PARSE_OK || v < lo || v > hi) {
        usage_error(u, "--%s %s: not a whole number from %llu to %llu", name, text,
                    (unsigned long long)lo, (unsigned long long)hi);
        return false;
    }
    *out = v;
    return true;
}

bool usage_date(const struct usage *u, const char *name, const char *text, Date *out)
{
    Date d;
    if (!text) return true;
    if (parse_date(str_of(text), &d) != PARSE_OK) {
        usage_error(u, "--%s %s: not a date YYYY-MM-DD", name, text);
        return false;
    }
    *out = d;
    return true;
}

int verbs_run(const char *command, const struct verb *verbs, u32 n, int argc, char **argv)
{
    bool help = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    if (argc > 1 && strcmp(argv[1], "--help-words") == 0) {
        for (u32 i = 0; i < n; i++) puts(verbs[i].name);
        puts("--help");
        return ERR_OK;
    }
    for (u32 i = 0; argc > 1 && i < n; i++)
        if (strcmp(argv[1], verbs[i].name) == 0) return verbs[i].run(argc - 1, argv + 1);
    FILE *to = help ? stdout : stderr;
    if (argc > 1 && !help) fprintf(to, "hedgerow %s: no verb %s\n", command, argv[1]);
    fprintf(to, "usage: hedgerow %s VERB [ARGUMENT ...]\n\n", command);
    for (u32 i = 0; i < n; i++) fprintf(to, "  %-14s %s\n", verbs[i].name, verbs[i].text);
    fprintf(to, "\nexample: hedgerow %s %s --help\n", command, verbs[0].name);
    return help ? ERR_OK : ERR_USAGE;
}
