#include "cmd/cmd.h"
#include "cmd/play.h"
#include "sys/file.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_BYTES_MAX (UINT64_C(64) << 20)

static bool check, json;
static const struct option_row options[] = {
    OPTION_FLAG(0, "check", "compare with the wanted results; exit 1 if one differs", &check),
    OPTION_FLAG(0, "json", "one JSON object a case", &json),
    OPTIONS_END,
};
static const struct usage usage = {
    .command = "book play",
    .args = "FILE.json ... [--check] [--json]",
    .text =
        "Plays scripted order cases and prints their fills, rejects, ends and book. Cases that\n"
        "need what is not there yet are skipped, named and counted.",
    .options = options,
    .example = "hedgerow book play tests/vectors/trading.json --check",
    .args_min = 1,
    .args_max = -1,
};
static struct { u32 passed, failed, skipped; } count;

static const char *text_of(const cJSON *v, const char *key)
{
    const cJSON *t = cJSON_GetObjectItemCaseSensitive(v, key);
    return cJSON_IsString(t) ? t->valuestring : "";
}

/* The first wanted key that came out otherwise; NULL when all are equal. */
static const cJSON *differs(const cJSON *got, const cJSON *want)
{
    const cJSON *w;
    cJSON_ArrayForEach(w, want)
    {
        const cJSON *g = cJSON_GetObjectItemCaseSensitive(got, w->string);
        const cJSON *part;
        if (!g) return w;
        if (cJSON_IsObject(w) &&
            strcmp(w->string, "implied") != 0) { /* books not given: not judged */
            cJSON_ArrayForEach(part, w)
            {
                const cJSON *mine = cJSON_GetObjectItemCaseSensitive(g, part->string);
                if (!mine || !cJSON_Compare(mine, part, true)) return w;
            }
        } else if (!cJSON_Compare(g, w, true)) {
            return w;
        }
    }
    return NULL;
}

static const char *plain(const cJSON *v, char *to, size_t cap)
{
    if (cJSON_IsString(v)) snprintf(to, cap, "%s", v->valuestring);
    else snprintf(to, cap, "%.0f", v ? v->valuedouble : 0);
    return to;
}

static void print_rows(const cJSON *out, const char *key, const char *label)
{
    const cJSON *row, *v;
    char text[64];
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(out, key))
    {
        printf("  %-8s", label);
        cJSON_ArrayForEach(v, row) printf(" %s", plain(v, text, sizeof text));
        putchar('\n');
    }
}

static void print_side(const cJSON *sides, const char *key)
{
    const cJSON *level, *order;
    cJSON_ArrayForEach(level, cJSON_GetObjectItemCaseSensitive(sides, key))
    {
        printf("           %.0f:", level->child->valuedouble);
        cJSON_ArrayForEach(order, level->child->next)
        {
            const cJSON *id = order->child;
            printf("  %s %.0f", id->valuestring, id->next->valuedouble);
        }
        putchar('\n');
    }
}

static void print_human(const cJSON *out)
{
    const cJSON *book;
    print_rows(out, "fills", "fill");
    print_rows(out, "rejects", "reject");
    print_rows(out, "ended", "end");
    cJSON_ArrayForEach(book, cJSON_GetObjectItemCaseSensitive(out, "book"))
    {
        printf("  book     %s bids\n", book->string);
        print_side(book, "bids");
        printf("  book     %s asks\n", book->string);
        print_side(book, "asks");
    }
}

static void print_json(const char *id, const char *status, const char *key, const char *why,
                       cJSON *got)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "id", id);
    cJSON_AddStringToObject(o, "status", status);
    if (why) cJSON_AddStringToObject(o, key, why);
    if (got) cJSON_AddItemReferenceToObject(o, "got", got);
    char *text = cJSON_PrintUnformatted(o);
    ASSERT(text);
    puts(text);
    cJSON_free(text);
    cJSON_Delete(o);
}

static void judge(const char *id, cJSON *out, const cJSON *want)
{
    const cJSON *wrong = check ? differs(out, want) : NULL;
    char why[512] = "";
    if (wrong) {
        char *g = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(out, wrong->string));
        char *w = cJSON_PrintUnformatted(wrong);
        snprintf(why, sizeof why, "%s got %s want %s", wrong->string, g ? g : "nothing", w);
        cJSON_free(g);
        cJSON_free(w);
    }
    if (check && wrong) count.failed++;
    else count.passed++;
    if (json) {
        print_json(id,
                   wrong   ? "failed"
                   : check ? "passed"
                           : "played",
                   "differs", wrong ? why : NULL, out);
        return;
    }
    if (wrong) printf("FAIL %s: %s\n", id, why);
    else printf("%s %s\n", check ? "ok" : "case", id);
    if (!check) print_human(out);
}

static Err play_case(const char *path, const cJSON *v, u32 at)
{
    const cJSON *want = cJSON_GetObjectItemCaseSensitive(v, "want");
    const char *id = text_of(v, "id");
    cJSON *out = cJSON_CreateObject();
    struct why w = { "" };
    Err err = ERR_OK;
    if (strcmp(text_of(v, "op"), "order_script") != 0 || !*id)
        err = why_set(&w, ERR_INPUT, "wants an id and the op order_script");
    if (!err && check && !(cJSON_IsObject(want) && want->child))
        err = why_set(&w, ERR_INPUT, "want: nothing to check");
    if (!err) err = play_script(cJSON_GetObjectItemCaseSensitive(v, "in"), out, &w);
    if (err == ERR_OK) {
        judge(id, out, want);
    } else if (err == ERR_NO) {
        count.skipped++;
        if (json) print_json(id, "skipped", "needs", w.text, NULL);
        else printf("skipped %s: needs %s\n", id, w.text);
        err = ERR_OK;
    } else {
        why_wrap(&w, err, "%s: vectors[%u] %s", path, at, id);
        say_why(err, &w);
    }
    cJSON_Delete(out);
    return err;
}

static Err play_file(const char *path)
{
    struct why w = { "" };
    u8 *bytes = NULL;
    u64 n = 0;
    Err err = file_read_all(path, FILE_BYTES_MAX, &bytes, &n, &w);
    if (err) return (Err)say_why(err, &w);
    cJSON *file = cJSON_ParseWithLength((const char *)bytes, n);
    free(bytes);
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(file, "vectors"), *v;
    u32 at = 0;
    if (!cJSON_IsArray(list))
        err = (Err)say_why(ERR_INPUT, (why_set(&w, ERR_INPUT, "%s: not a vector file", path), &w));
    if (!err) cJSON_ArrayForEach(v, list)
        {
            err = play_case(path, v, at++);
            if (err) break;
        }
    cJSON_Delete(file);
    return err;
}

static int book_play(int argc, char **argv)
{
    int first, code = usage_parse(&usage, argc, argv, &first);
    if (code != CMD_GO_ON) return code;
    for (int i = first; i < argc; i++) {
        Err err = play_file(argv[i]);
        if (err) return err;
    }
    if (!json && check)
        printf("%u passed, %u failed, %u skipped\n", count.passed, count.failed, count.skipped);
    else if (!json) printf("%u played, %u skipped\n", count.passed, count.skipped);
    return count.failed ? ERR_NO : ERR_OK;
}

int cmd_book(int argc, char **argv)
{
    static const struct verb verbs[] = {
        { "play", "run scripted order cases through the book", book_play },
    };
    return verbs_run("book", verbs, ARRAY_LEN(verbs), argc, argv);
}
