#include "quant/result.h"

const char *quant_text(enum quant_result r)
{
#define AS_TEXT(NAME, text) text,
    static const char *const texts[] = { QUANT_RESULTS(AS_TEXT) };
    return (u32)r < QUANT_RESULT_COUNT ? texts[r] : "?";
}
