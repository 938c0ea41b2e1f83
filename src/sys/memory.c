#include "sys/memory.h"
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

Err memory_take(u8 **bytes, u64 n, struct why *w)
{
    ASSERT(n > 0);
    void *p =
        mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    *bytes = p == MAP_FAILED ? NULL : p;
    if (!*bytes)
        return why_set(w, ERR_IO, "%llu bytes of memory: %s", (unsigned long long)n,
                       strerror(errno));
    ASSERT((uintptr_t)p % 64 == 0);
    (void)madvise(p, n, MADV_HUGEPAGE); /* a wish: fewer TLB misses; refused is fine */
    return ERR_OK;
}

void memory_give(u8 *bytes, u64 n)
{
    if (bytes) munmap(bytes, n);
}

u64 memory_resident_bytes(void)
{
    unsigned long long total = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f) return 0;
    int got = fscanf(f, "%llu %llu", &total, &resident);
    fclose(f);
    return got == 2 ? resident * (u64)sysconf(_SC_PAGESIZE) : 0;
}
