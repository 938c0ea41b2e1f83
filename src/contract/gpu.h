/* gpu.h -- the closed list of GPU classes a price or a contract may speak of, and their forms.
 * Owns:   class names, vendor and memory; forms. Extended by adding rows at the end.
 * Never:  guesses: a text that is not in the list has no class.
 * Always: value 0 is no class; the number of a row never changes (it stands in records).
 */
#ifndef HEDGEROW_CONTRACT_GPU_H
#define HEDGEROW_CONTRACT_GPU_H

#include "base/text.h"

/* X(NAME, text, vendor, memory in GB: 0 where one class has several) */
#define GPU_CLASSES(X) \
    X(A100_40, "A100_40", "NVIDIA", 40) \
    X(A100_80, "A100_80", "NVIDIA", 80) \
    X(H100, "H100", "NVIDIA", 80) \
    X(H200, "H200", "NVIDIA", 141) \
    X(B200, "B200", "NVIDIA", 192) \
    X(B300, "B300", "NVIDIA", 288) \
    X(GB200, "GB200", "NVIDIA", 192) \
    X(MI300X, "MI300X", "AMD", 192) \
    X(GB300, "GB300", "NVIDIA", 288) \
    X(GH200, "GH200", "NVIDIA", 0) \
    X(MI325X, "MI325X", "AMD", 256) \
    X(MI350X, "MI350X", "AMD", 288) \
    X(MI355X, "MI355X", "AMD", 288) \
    X(L40S, "L40S", "NVIDIA", 48) \
    X(L40, "L40", "NVIDIA", 48) \
    X(L4, "L4", "NVIDIA", 24) \
    X(A10, "A10", "NVIDIA", 24) \
    X(A10G, "A10G", "NVIDIA", 24) \
    X(V100, "V100", "NVIDIA", 0) \
    X(T4, "T4", "NVIDIA", 16) \
    X(RTXPRO6000, "RTXPRO6000", "NVIDIA", 96) \
    X(A6000, "A6000", "NVIDIA", 48) \
    X(TRAINIUM1, "Trainium1", "AWS", 32) \
    X(TRAINIUM2, "Trainium2", "AWS", 96) \
    X(INFERENTIA1, "Inferentia1", "AWS", 8) \
    X(INFERENTIA2, "Inferentia2", "AWS", 32) \
    X(T4G, "T4G", "NVIDIA", 16) \
    X(P100, "P100", "NVIDIA", 16) \
    X(V520, "V520", "AMD", 8) \
    X(RTXPRO4500, "RTXPRO4500", "NVIDIA", 32) \
    X(AI100, "AI100", "Qualcomm", 0)

#define GPU_FORMS(X) \
    X(UNKNOWN, "UNKNOWN") X(SXM, "SXM") X(PCIE, "PCIE") X(NVL, "NVL") X(OAM, "OAM")

#define AS_GPU_CLASS(NAME, text, vendor, gb) GPU_##NAME,
enum gpu_class { GPU_NONE, GPU_CLASSES(AS_GPU_CLASS) GPU_COUNT };
#define AS_GPU_FORM(NAME, text) GPU_FORM_##NAME,
enum gpu_form { GPU_FORM_NONE, GPU_FORMS(AS_GPU_FORM) GPU_FORM_COUNT };

NODISCARD const char *gpu_class_text(u32 class); /* "?" for none of the list */
NODISCARD u8 gpu_class_of(Str text);             /* GPU_NONE when the list has no such text */
NODISCARD const char *gpu_class_vendor(u32 class);
NODISCARD u32 gpu_class_memory_gb(u32 class);
NODISCARD const char *gpu_form_text(u32 form);
NODISCARD u8 gpu_form_of(Str text);

#endif
