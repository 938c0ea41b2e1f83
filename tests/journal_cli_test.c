/* hedgerow journal, run as a user runs it, on a journal in a temporary folder. */
#include "journal/journal.h"
#include "msg/msg.h"
#include "sys/file.h"
#include "test.h"
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct why why;
static char folder[64], path[FILE_PATH_MAX], output[65536];

static int run(const char *args)
{
    char command[2048];
    const char *build = getenv("HEDGEROW_BUILD");
    assert_non_null(build);
    snprintf(command, sizeof command, "%s/hedgerow journal %s 2>&1", build, args);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    output[fread(output, 1, sizeof output - 1, f)] = 0;
    int status = pclose(f);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int run_on(const char *verb, const char *options)
{
    char args[256];
    snprintf(args, sizeof args, "%s %s %s", verb, folder, options);
    return run(args);
}

static u32 lines(void)
{
    u32 n = 0;
    for (const char *p = output; *p; p++) n += *p == '\n';
    return n;
}

static void put(struct journal *j, u64 seq)
{
    u8 bytes[512];
    struct command c = { .type = seq == 1 ? CMD_GENESIS : seq % 5 ? CMD_ORDER_NEW : CMD_CLOCK };
    if (c.type == CMD_GENESIS) {
        assert_true(TEXT_FILL(&c.genesis.venue, STR("test")));
        assert_true(TEXT_FILL(&c.genesis.currency, STR("USD")));
    } else if (c.type == CMD_ORDER_NEW) {
        assert_true(TEXT_FILL(&c.order_new.client_id, STR("a")));
        c.order_new.side = SIDE_BUY, c.order_new.type = ORDER_TYPE_LIMIT, c.order_new.tif = TIF_DAY;
        c.order_new.stp_mode = STP_CANCEL_RESTING;
        c.order_new.account = 7, c.order_new.qty = (i64)seq, c.order_new.price.micros = 2500000;
    }
    struct journal_record r = { .seq = seq, .time = { (i64)seq * NS_PER_SECOND }, .type = c.type };
    r.n = command_encode(&c, bytes, sizeof bytes), r.payload = bytes;
    assert_int_equal(journal_append(j, &r, false), JOURNAL_TAKEN);
}

/* 100 commands in 20 batches, closed with its mark. */
static int setup(void **state)
{
    struct journal_found found;
    struct journal *j;
    snprintf(folder, sizeof folder, "/tmp/hedgerow-cli-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(path_join(path, folder, "journal", &why), ERR_OK);
    struct journal_config c = { .folder = path, .segment_bytes = 128 << 10 };
    assert_int_equal(journal_open(&j, &c, &found, &why), ERR_OK);
    for (u64 seq = 1; seq <= 100; seq++) {
        put(j, seq);
        if (seq % 5 == 0) assert_int_equal(journal_flush(j, &why), ERR_OK);
    }
    assert_int_equal(journal_close(&j, &why), ERR_OK);
    snprintf(path, sizeof path, "%s/journal/segment-00000001", folder);
    return 0;
}

static int teardown(void **state)
{
    char command[256];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void flip(u64 at)
{
    u8 byte;
    u64 got;
    File f;
    assert_int_equal(file_open(&f, path, FILE_WRITE, &why), ERR_OK);
    assert_int_equal(file_read_at(f, at, &byte, 1, &got, &why), ERR_OK);
    byte ^= 0x10;
    assert_int_equal(file_write_at(f, at, &byte, 1, &why), ERR_OK);
    file_close(&f);
}

static void verify_answers(void **state)
{
    assert_int_equal(run_on("verify", "--json"), 0);
    assert_non_null(strstr(
        output, "{\"ok\":true,\"state\":\"sound\",\"first\":\"1\",\"last\":\"100\",\"head\":\""));
    u64 places[] = { 8,
                     200,
                     4000,
                     4096,
                     4200,
                     4096 + 4000,
                     5 * 4096 + 300,
                     20 * 4096 + 1000,
                     21 * 4096 + 20,
                     21 * 4096 + 2000,
                     25 * 4096 + 7 };
    for (u32 i = 0; i < ARRAY_LEN(places); i++) { /* headers, records, padding, mark, unused rest */
        char offset[64];
        flip(places[i]);
        assert_int_equal(run_on("verify", ""), 1);
        assert_non_null(strstr(output, "segment-00000001"));
        snprintf(offset, sizeof offset, "offset %llu",
                 (unsigned long long)(places[i] / 4096 * 4096));
        if (i != 10) assert_non_null(strstr(output, offset));
        assert_int_equal(run_on("verify", "--json"), 1);
        assert_non_null(strstr(output, "{\"ok\":false,"));
        flip(places[i]);
    }
    assert_int_equal(run_on("verify", ""), 0);
    assert_int_equal(run("verify /tmp/hedgerow-no-such-folder"), 3);
    assert_int_equal(run_on("verify", "--head 5"), 2);
    assert_int_equal(run_on("verify",
                            "--head "
                            "101:0000000000000000000000000000000000000000000000000000000000000000"),
                     1);
    assert_non_null(strstr(output, "missing at the end"));
}

static void a_cut_tail_is_a_notice(void **state)
{
    assert_int_equal(truncate(path, 20 * 4096 + 300), 0);
    assert_int_equal(run_on("verify", ""), 0);
    assert_non_null(strstr(output, "notice: segment-00000001: offset 81920: seq 96"));
    assert_non_null(strstr(output, "300 bytes and 5 records"));
    assert_int_equal(run_on("export", "--json"), 0);
    assert_int_equal(lines(), 95);
}

static void export_and_tail_print(void **state)
{
    assert_int_equal(run_on("export", "--json --from 5 --to 7"), 0);
    assert_int_equal(lines(), 3);
    assert_ptr_equal(
        strstr(
            output,
            "{\"seq\":\"5\",\"time\":\"1970-01-01T00:00:05.000000000Z\",\"command\":\"CLOCK\"}\n"),
        output);
    assert_non_null(strstr(output, "\"command\":\"ORDER_NEW\",\"client_id\":\"a\""));
    assert_int_equal(run_on("tail", "-n 2 --json"), 0);
    assert_int_equal(lines(), 2);
    assert_ptr_equal(strstr(output, "{\"seq\":\"99\""), output);
    assert_int_equal(run_on("tail", ""), 0);
    assert_int_equal(lines(), 10);
    flip(5 * 4096 + 300);
    assert_int_equal(run_on("export", "--json"), 4);
    assert_int_equal(lines(), 21); /* what stands before it, and the sentence */
    assert_non_null(strstr(output, "JOURNAL_DAMAGED"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(verify_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cut_tail_is_a_notice, setup, teardown),
        cmocka_unit_test_setup_teardown(export_and_tail_print, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
