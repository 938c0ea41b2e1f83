#include "quant/decay.h"
#include "test.h"

/* By another program, with fifty digits: most of these lie so near a half that a long double
 * takes the wrong side. */
static void known_values(void **state)
{
    static const struct { i64 share; u32 depth; i64 want; } cases[] = {
        { 300000, 1, INT64_C(35673993347252398) },
        { 300000, 2, INT64_C(188875602837561838) },
        { 300000, 7, INT64_C(621145157615451535) },
        { 300000, 26, INT64_C(879672914909988963) },
        { 300000, 71, INT64_C(954136670981802194) },
        { 300000, 84, INT64_C(961094500092498452) },
        { 300000, 87, INT64_C(962410526862354119) },
        { 300000, 95, INT64_C(965520717742971642) },
        { 300000, 109, INT64_C(969881829896088366) },
        { 300000, 128, INT64_C(974294493159114204) },
        { 370000, 18, INT64_C(860578750695036319) },
        { 370000, 95, INT64_C(971951374377443758) },
        { 1000000, 13, INT64_C(925961078642315979) },
        { 1000000, 70, INT64_C(985815842352404633) },
        { 123457, 26, INT64_C(732319831678338219) },
        { 100000, 1, INT64_C(45399929762485) },
        { 10000000, 1000, INT64_C(999900004999833337) },
    };
    i64 r[1000];
    (void)state;
    for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
        quant_decay(cases[i].share, cases[i].depth, r);
        if (r[cases[i].depth - 1] != cases[i].want) fail_msg("case %u", i);
    }
}

static void deeper_decays_slower(void **state)
{
    i64 r[1000];
    (void)state;
    for (i64 share = DECAY_SHARE_MIN; share <= DECAY_SHARE_MAX; share += 99000) {
        quant_decay(share, ARRAY_LEN(r), r);
        assert_true(r[0] > 0 && r[ARRAY_LEN(r) - 1] < INT64_C(1000000000000000000));
        for (u32 i = 1; i < ARRAY_LEN(r); i++) assert_true(r[i] > r[i - 1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(deeper_decays_slower),
    };
    return cmocka_run_group_tests_name("quant/decay", tests, NULL, NULL);
}
