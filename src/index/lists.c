#include "index/lists.h"

/* Word arrays and their struct words, one pair a list. */
#define AS_LIST_TEXT(LIST, NAME, text) text,
#define AS_LIST_WORDS(LIST) \
    static const char *const LIST##_array[] = { "-", LIST##_LIST(AS_LIST_TEXT) }; \
    const struct words bench_words_##LIST = { #LIST, LIST##_array, ARRAY_LEN(LIST##_array) };
INDEX_LISTS(AS_LIST_WORDS)
AS_LIST_WORDS(LABEL)
AS_LIST_WORDS(PRINT)

#define AS_CLASS_TEXT(NAME, text, vendor, gb) text,
#define AS_FORM_TEXT(NAME, text) text,
static const char *const class_array[] = { "-", GPU_CLASSES(AS_CLASS_TEXT) };
static const char *const form_array[] = { "-", GPU_FORMS(AS_FORM_TEXT) };
const struct words bench_words_GPU_CLASS = { "gpu_class", class_array, ARRAY_LEN(class_array) };
const struct words bench_words_GPU_FORM = { "form", form_array, ARRAY_LEN(form_array) };
