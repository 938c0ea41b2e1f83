#include "cmd/cmd.h"

#include <stdio.h>

/* The script asks the program itself, so it never lags behind the option tables. */
static const char bash_script[] =
    "# bash completion for hedgerow: eval \"$(hedgerow completion bash)\"\n"
    "_hedgerow() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} said=() word\n"
    "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
    "        [[ $word == -* ]] && break\n"
    "        said+=(\"$word\")\n"
    "        [[ ${#said[@]} -eq 2 ]] && break\n"
    "    done\n"
    "    [[ ${said[0]} == help ]] && said=(\"${said[@]:1}\")\n"
    "    local words=$(\"${COMP_WORDS[0]}\" \"${said[@]}\" --help-words 2>/dev/null)\n"
    "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
    "    [[ ${#said[@]} -gt 0 && $cur != -* ]] && COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
    "}\n"
    "complete -o filenames -F _hedgerow hedgerow\n";

static const struct option_row options[] = { OPTIONS_END };
static const struct usage usage = {
    .command = "completion",
    .args = "bash",
    .text = "Writes a completion script for the shell to standard output.",
    .options = options,
    .example = "eval \"$(hedgerow completion bash)\"",
    .args_min = 1,
    .args_max = 1,
};

int cmd_completion(int argc, char **argv)
{
    int first, code = usage_parse(&usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    if (!str_is(str_of(argv[first]), "bash"))
        return usage_error(&usage, "no script for %s; bash is there", argv[first]);
    fputs(bash_script, stdout);
    return ERR_OK;
}
