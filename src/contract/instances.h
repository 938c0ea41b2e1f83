/* instances.h -- the catalogue of machine types: which GPUs stand behind a provider's type name.
 * Owns:   its field table, its order, its look-up; the file is specs/instances.yaml.
 * Never:  guesses: a type that has no row is unmapped, a slice of a GPU is no GPU.
 * Always: rows rise by (provider, type), so none stands twice; the hash of its canonical bytes
 *         names the version that a price was read with.
 */
#ifndef HEDGEROW_CONTRACT_INSTANCES_H
#define HEDGEROW_CONTRACT_INSTANCES_H

#include "base/record.h"
#include "contract/gpu.h"

#define INSTANCES_MAX 1024
#define STANDING_LIST(X) \
    X(STANDING, PUB, "pub") X(STANDING, SECOND_HAND, "2nd") X(STANDING, BACKGROUND, "bg")
#define AS_STANDING(LIST, NAME, text) LIST##_##NAME,
enum standing { STANDING_NONE, STANDING_LIST(AS_STANDING) STANDING_COUNT };
extern const struct words instance_words_STANDING, instance_words_GPU_CLASS,
    instance_words_GPU_FORM;

#define INSTANCE_FIELDS(X) \
    X(TEXT, provider, "", "provider", NEED, 16, 0, "as the importers name it") \
    X(TEXT, type, "", "type", NEED, 40, 0, "the provider's name of the machine") \
    X(ENUM, gpu_class, "", "gpu", NEED, instance_words_GPU_CLASS, 0, "chip") \
    X(ENUM, form, "", "form", NEED, instance_words_GPU_FORM, 0, "UNKNOWN where not stated") \
    X(INT, gpus, "", "gpus", NEED, 0, 1024, "whole GPUs; 0 for a slice of one") \
    X(INT, slice_of, "", "slice_of", OPT, 2, 64, "gpus 0: the machine has one n-th of a GPU") \
    X(INT, memory_gib, "", "memory_gib", OPT, 1, 1024, "of one GPU, as stated") \
    X(ENUM, standing, "", "standing", NEED, instance_words_STANDING, 0, "of the count and chip")
struct instance { INSTANCE_FIELDS(RECORD_MEMBER) };
#define INSTANCES_FIELDS(X) \
    X(TEXT, catalogue, "", "catalogue", NEED, 32, 0, "name") \
    X(INT, version, "", "version", NEED, 1, UINT32_MAX, "rises by one with every change") \
    X(DATE, from, "", "from", NEED, 0, 0, "first day it was used") \
    X(LIST, rows, "", "instances", NEED, INSTANCES_MAX, instance, "by provider, then type")
struct instances { INSTANCES_FIELDS(RECORD_MEMBER) };
extern const struct record instance_record, instances_record;

/* NULL, or what is wrong with row i given the row before it. */
NODISCARD const char *instance_fault(const struct instance *rows, u32 i);
/* The row of a type, NULL: unmapped. */
NODISCARD const struct instance *instance_of(const struct instances *c, const char *provider,
                                             Str type);

#endif
