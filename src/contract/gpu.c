#include "contract/gpu.h"

static const struct { const char *text, *vendor; u32 gb; } classes[GPU_COUNT] = {
    { "?", "?", 0 },
#define AS_ROW(NAME, text, vendor, gb) { text, vendor, gb },
    GPU_CLASSES(AS_ROW)
};
static const char *const forms[GPU_FORM_COUNT] = { "?",
#define AS_FORM(NAME, text) text,
                                                   GPU_FORMS(AS_FORM) };

const char *gpu_class_text(u32 class)
{
    ASSERT(class < 256);
    ASSERT(classes[GPU_COUNT - 1].text);
    return classes[class < GPU_COUNT ? class : GPU_NONE].text;
}

const char *gpu_class_vendor(u32 class)
{
    ASSERT(class < 256);
    ASSERT(classes[GPU_COUNT - 1].vendor);
    return classes[class < GPU_COUNT ? class : GPU_NONE].vendor;
}

u32 gpu_class_memory_gb(u32 class) { return classes[class < GPU_COUNT ? class : GPU_NONE].gb; }

u8 gpu_class_of(Str text)
{
    static_assert(GPU_COUNT < 256, "a class is one byte in records");
    ASSERT(text.n == 0 || text.at);
    for (u32 i = 1; i < GPU_COUNT; i++)
        if (str_is(text, classes[i].text)) return (u8)i;
    return GPU_NONE;
}

const char *gpu_form_text(u32 form)
{
    ASSERT(form < 256);
    ASSERT(forms[GPU_FORM_COUNT - 1]);
    return forms[form < GPU_FORM_COUNT ? form : GPU_FORM_NONE];
}

u8 gpu_form_of(Str text)
{
    static_assert(GPU_FORM_COUNT < 256, "a form is one byte in records");
    ASSERT(text.n == 0 || text.at);
    for (u32 i = 1; i < GPU_FORM_COUNT; i++)
        if (str_is(text, forms[i])) return (u8)i;
    return GPU_FORM_NONE;
}
