/* detect.h -- what a bill's row is: machine, GPU SKU, token meter, accelerator unknown, or none.
 * Owns:   the order of the tests (first hit wins), the type table, families, words of accelerators.
 * Never:  guesses a count or a class: a family hit without them is said to be unknown.
 * Always: the same texts give the same finding; a finding says its rule and its field.
 */
#ifndef HEDGEROW_HEDGE_DETECT_H
#define HEDGEROW_HEDGE_DETECT_H

#include "contract/instances.h"
#include "hedge/rules.h"

/* The cells detection looks at, as printed; null cells are empty. */
#define DETECT_TEXTS(X) \
    X(provider, "ProviderName") X(service, "ServiceName") X(category, "ServiceCategory") \
    X(details, "SkuPriceDetails") X(meter, "SkuMeter") X(usage_type, "x_UsageType") \
    X(meter_name, "x_SkuMeterName") X(labels, "x_SystemLabels") \
    X(resource_type, "ResourceType") X(description, "ChargeDescription") X(unit, "PricingUnit")
#define AS_STR(name, column) Str name;
struct detect_row { DETECT_TEXTS(AS_STR) i64 day; /* start of the charge, seconds */ };

enum found {
    FOUND_NONE,
    FOUND_GPU,    /* class and GPUs per priced unit known */
    FOUND_PART,   /* core or RAM of a machine with GPUs: cost, no hours */
    FOUND_LOOSE,  /* core or RAM whose machine is not said: joined by resource and period */
    FOUND_FAMILY, /* an accelerator, class or count unknown */
    FOUND_TOKEN,  /* model and direction known */
    FOUND_SERVICE /* a token service, but no meter of tokens */
};
#define RULE_TABLE 0xfffffffeu /* the type table */
#define RULE_NO 0xffffffffu
struct finding {
    u8 found, gpu_class, direction; /* direction: an enum rule_kind */
    bool weak;                      /* by the description alone */
    bool per_gpu;                   /* the SKU counts GPUs already */
    u32 num, den;                   /* GPUs per priced unit */
    u32 rule;                       /* an index, RULE_TABLE or RULE_NO */
    u32 price_rule;                 /* the rule whose list price holds, RULE_NO */
    const char *field;              /* column of the hit */
    const char *reason;             /* of FOUND_FAMILY and FOUND_SERVICE */
    char provider[16];              /* alias, "" unknown */
    char model[64];
    char what[64]; /* the text that hit, or that stands for the row */
};

struct detector;
NODISCARD struct detector *detector_new(const struct instances *types, struct rules *rules);
void detector_give(struct detector *d);
/* The finding of a row; remembered for rows of equal texts. Valid until the next call. */
NODISCARD const struct finding *detect(struct detector *d, const struct detect_row *row);

/* Fields for rule ids: "specs/rules/aws.csv:12", "type table". */
void rule_put(struct text *t, const struct rules *r, u32 rule);
/* A class from a word of a bill ("h100", "A100-80GB"); GPU_NONE where it says too little. */
NODISCARD u8 class_of_word(Str word);

#endif
