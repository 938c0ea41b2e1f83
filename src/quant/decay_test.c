#include "quant/decay.h"
#include "test.h"

/* e^(-1/0.3), e^(-1/0.6), e^(-1/2.1) to eighteen digits, by another program. */
static void known_values(void **state)
{
    i64 r[64];
    (void)state;
    quant_decay(300000, 64, r);
    assert_in_range(r[0], INT64_C(35673993347252397), INT64_C(35673993347252399));
    assert_in_range(r[1], INT64_C(188875602837561837), INT64_C(188875602837561839));
    assert_in_range(r[6], INT64_C(621145157615451534), INT64_C(621145157615451536));
    for (u32 i = 1; i < 64; i++) assert_true(r[i] > r[i - 1]);
    assert_true(r[63] < INT64_C(1000000000000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(known_values) };
    return cmocka_run_group_tests_name("quant/decay", tests, NULL, NULL);
}
