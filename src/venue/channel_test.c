#include "venue/channel.h"
#include "sys/clock.h"
#include "sys/process.h"
#include "test.h"

#define MANY 200000u
struct piece { u64 number, twice; };
static struct why why;

TEST(a_full_channel_says_so_and_opens_again)
{
    struct channel *c;
    struct piece *p;
    assert_int_equal(channel_open(&c, 5, sizeof *p, &why), ERR_OK);
    for (u64 round = 0; round < 7; round++) {
        assert_null(channel_peek(c));
        for (u64 i = 0; i < 5; i++) {
            assert_non_null(p = channel_slot(c));
            p->number = round * 5 + i;
            channel_send(c, p);
        }
        assert_null(channel_slot(c));
        assert_false(channel_idle(c));
        for (u64 i = 0; i < 5; i++) {
            assert_non_null(p = channel_peek(c));
            assert_ptr_equal(channel_peek(c), p); /* the same until it is given back */
            assert_int_equal(p->number, round * 5 + i);
            channel_done(c);
        }
        assert_true(channel_idle(c));
    }
    channel_close(&c);
    assert_null(c);
}

struct pair { struct channel *there, *back; struct bell *for_reader, *for_writer; };

/* Reads all, answers each: waits by the bells alone, each wait far longer than the test may
 * take. */
static void *read_and_answer(void *arg)
{
    struct pair *x = arg;
    for (u64 n = 0; n < MANY;) {
        u32 heard = bell_heard(x->for_reader);
        const struct piece *p = channel_peek(x->there);
        struct piece *answer = p ? channel_slot(x->back) : NULL;
        if (!answer) {
            bell_wait(x->for_reader, heard, UINT64_C(60000000000));
            continue;
        }
        if (p->number != n || p->twice != 2 * n) return x;
        answer->number = n++;
        channel_done(x->there);
        channel_send(x->back, answer);
        bell_ring(x->for_writer);
    }
    return NULL;
}

/* One lost ring and both would sleep a minute: the whole would take many. */
TEST(threads_keep_the_order_and_lose_no_bell)
{
    struct pair x;
    struct thread reader = { 0 };
    u64 sent = 0, answered = 0, started = clock_monotonic_ns();
    assert_int_equal(channel_open(&x.there, 3, sizeof(struct piece), &why), ERR_OK);
    assert_int_equal(channel_open(&x.back, 2, sizeof(struct piece), &why), ERR_OK);
    assert_int_equal(bell_open(&x.for_reader, &why), ERR_OK);
    assert_int_equal(bell_open(&x.for_writer, &why), ERR_OK);
    assert_int_equal(thread_start(&reader, "reader", read_and_answer, &x, &why), ERR_OK);
    while (answered < MANY) {
        u32 heard = bell_heard(x.for_writer);
        struct piece *p = sent < MANY ? channel_slot(x.there) : NULL;
        const struct piece *a = channel_peek(x.back);
        if (p) {
            p->number = sent, p->twice = 2 * sent, sent++;
            channel_send(x.there, p);
        }
        if (a) {
            assert_int_equal(a->number, answered++);
            channel_done(x.back);
        }
        if (p || a) bell_ring(x.for_reader);
        else bell_wait(x.for_writer, heard, UINT64_C(60000000000));
    }
    assert_null(thread_join(&reader));
    assert_true(clock_monotonic_ns() - started < UINT64_C(55000000000)); /* no wait ran out */
    assert_true(channel_idle(x.there) && channel_idle(x.back));
    channel_close(&x.there), channel_close(&x.back);
    bell_close(&x.for_reader), bell_close(&x.for_writer);
}

TEST(a_bell_rung_before_the_wait_is_heard)
{
    struct bell *b;
    u64 started = clock_monotonic_ns();
    assert_int_equal(bell_open(&b, &why), ERR_OK);
    u32 heard = bell_heard(b);
    bell_ring(b);
    bell_wait(b, heard, UINT64_C(60000000000));
    assert_true(clock_monotonic_ns() - started < UINT64_C(55000000000));
    bell_wait(b, bell_heard(b), 1000); /* not rung: the time runs out */
    bell_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_channel_says_so_and_opens_again),
        cmocka_unit_test(threads_keep_the_order_and_lose_no_bell),
        cmocka_unit_test(a_bell_rung_before_the_wait_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
