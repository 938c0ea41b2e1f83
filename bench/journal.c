/* bench_journal: what the disk gives, and what the journal makes of it.
 *   --quick       tiny sizes, so that it runs in a second
 *   --json        one object a line
 *   --only TEXT   only the parts whose name has it: disk, limits, curve, sustained, reading
 *   --dir DIR     where to write (default: the current folder; a memory disk measures nothing) */
#include "base/hash.h"
#include "journal/journal.h"
#include "row.h"
#include "sys/file.h"

static struct why w;
static char root[1024];
static bool quick;

static void fresh(char *path, const char *name) { must(path_join(path, root, name, &w), &w); }

/* ---- the disk alone ---- */

static void one_sync(const char *name, u64 block, bool laid_out, u32 rounds)
{
    static u8 bytes[1 << 20];
    char path[FILE_PATH_MAX], work[64];
    struct samples s = { 0 };
    bool full;
    File f;
    memset(bytes, 7, sizeof bytes);
    fresh(path, "sync");
    must(file_open(&f, path, FILE_WRITE | FILE_CREATE | FILE_TRUNCATE, &w), &w);
    if (laid_out) must(file_fill_zero(f, block * rounds, &full, &w), &w);
    must(file_sync(f, &w), &w);
    for (u32 i = 0; i < rounds; i++) {
        u64 t = clock_monotonic_ns();
        must(file_write_at(f, i * block, bytes, block, &w), &w);
        must(file_sync_data(f, &w), &w);
        sample_add(&s, clock_monotonic_ns() - t);
    }
    file_close(&f);
    must(file_remove(path, &w), &w);
    snprintf(work, sizeof work, "%llu KiB, %u times", (unsigned long long)block / 1024, rounds);
    row(name, work, &s, 0, "", 0);
}

static void hashes(void)
{
    static u8 bytes[1 << 20];
    u32 rounds = quick ? 10 : 400, seen = 0;
    u64 t = clock_monotonic_ns();
    struct samples none = { 0 };
    for (u32 i = 0; i < rounds; i++) seen ^= sha256_of(bytes, sizeof bytes).bytes[i % 32];
    double sha = rounds * 1048.576 * 1e6 / (double)(clock_monotonic_ns() - t);
    t = clock_monotonic_ns();
    for (u32 i = 0; i < rounds; i++) seen ^= crc32c(seen, bytes, sizeof bytes);
    double crc = rounds * 1048.576 * 1e6 / (double)(clock_monotonic_ns() - t);
    row("limit: SHA-256", seen ? "libsodium, one thread" : "libsodium", &none, sha, "MB/s", 0);
    row("limit: CRC32C", "eight tables, one thread", &none, crc, "MB/s", 0);
}

/* ---- the journal ---- */

static void fill(struct journal *j, u64 records, u32 payload, u32 batch, struct samples *s)
{
    static u8 bytes[4096];
    memset(bytes, 'x', sizeof bytes);
    for (u64 i = 0, seq = journal_next_seq(j); i < records;) {
        for (u32 k = 0; k < batch && i < records; k++, i++, seq++) {
            struct journal_record r = { .seq = seq, .time = { (i64)seq }, .type = 1, .n = payload,
                                        .payload = bytes };
            if (journal_append(j, &r, false) == JOURNAL_TAKEN) continue;
            must(journal_flush(j, &w), &w);
            if (journal_append(j, &r, false) != JOURNAL_TAKEN) abort();
        }
        u64 t = clock_monotonic_ns();
        must(journal_flush(j, &w), &w);
        if (s) sample_add(s, clock_monotonic_ns() - t);
    }
    must(journal_drain(j, &w), &w);
}

static void batches(u32 batch, bool helper, u64 records, const char *name, double bar)
{
    char path[FILE_PATH_MAX], work[64];
    struct journal_found found;
    struct journal *j;
    struct samples s = { 0 };
    fresh(path, "journal");
    struct journal_config c = { .folder = path, .batch_records = batch, .helper_thread = helper,
                                .batch_bytes = 512 << 10,
                                .segment_bytes = quick ? 4 << 20 : JOURNAL_SEGMENT_BYTES };
    must(journal_open(&j, &c, &found, &w), &w);
    u64 t = clock_monotonic_ns();
    fill(j, records, 128, batch, &s);
    double rate = (double)records * 1e3 / (double)(clock_monotonic_ns() - t);
    must(journal_close(&j, &w), &w);
    scratch_remove(path);
    snprintf(work, sizeof work, "%u x 128 B a batch, %llu records", batch,
             (unsigned long long)records);
    row(name, work, &s, rate, "M records/s", bar);
}

static void reading(u64 records)
{
    char path[FILE_PATH_MAX], work[64];
    struct journal_found found;
    struct journal *j;
    struct samples none = { 0 };
    fresh(path, "journal");
    struct journal_config c = { .folder = path, .unsafe_no_sync = true, .helper_thread = true };
    must(journal_open(&j, &c, &found, &w), &w);
    fill(j, records, 128, 256, NULL);
    must(journal_close(&j, &w), &w);
    snprintf(work, sizeof work, "%llu records of 128 B", (unsigned long long)records);
    u64 t = clock_monotonic_ns();
    must(journal_scan(path, NULL, &found, &w), &w);
    row("scan (verify)", work, &none, (double)records * 1e3 / (double)(clock_monotonic_ns() - t),
        "M records/s", 0);
    for (u32 chain = 0; chain < 2; chain++) {
        struct journal_read_config rc = { .folder = path, .chain = chain, .ahead = true };
        struct journal_reader *r;
        struct journal_record rec;
        bool got = true;
        u64 n = 0;
        t = clock_monotonic_ns();
        for (must(journal_read_open(&r, &rc, &w), &w); got; n += got)
            must(journal_read(r, &rec, &got, &w), &w);
        journal_read_close(&r);
        row(chain ? "read, chain checked" : "read, checksums", work, &none,
            (double)n * 1e3 / (double)(clock_monotonic_ns() - t), "M records/s", chain ? 0 : 3);
    }
    t = clock_monotonic_ns();
    c.unsafe_no_sync = c.helper_thread = false;
    must(journal_open(&j, &c, &found, &w), &w);
    row("open (recovery scan)", work, &none, (double)(clock_monotonic_ns() - t) / 1e9, "s", 0);
    must(journal_close(&j, &w), &w);
    scratch_remove(path);
}

static const char *only;
static bool part(const char *name) { return !only || strstr(name, only); }

static void run(void)
{
    static const u32 curve[] = { 1, 8, 32, 64, 128, 256, 512, 1024, 2048 };
    u32 rounds = quick ? 20 : 1000;
    u64 many = quick ? 5000 : 2000000;
    if (part("disk")) one_sync("fdatasync, appended", 4096, false, rounds);
    for (u64 kib = 4; kib <= 256 && part("disk"); kib *= 4)
        one_sync("fdatasync, laid out", kib << 10, true, rounds);
    if (part("limits")) hashes();
    for (u32 i = 0; i < ARRAY_LEN(curve) && part("curve"); i++)
        batches(curve[i], false, (u64)curve[i] * (quick ? 10 : 400), "flush, one thread", 0);
    if (part("sustained")) {
        batches(256, false, many, "sustained, one thread", 1);
        batches(256, true, many, "sustained, disk thread", 1);
        batches(512, true, many, "sustained, disk thread", 1);
    }
    if (part("reading")) reading(many);
}

int main(int argc, char **argv)
{
    const char *dir = ".";
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) quick = true;
        else if (strcmp(argv[i], "--json") == 0) row_json = true;
        else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) only = argv[++i];
        else if (strcmp(argv[i], "--dir") == 0 && i + 1 < argc) dir = argv[++i];
        else {
            fputs("usage: bench_journal [--quick] [--json] [--only TEXT] [--dir DIR]\n", stderr);
            return ERR_USAGE;
        }
    }
    scratch_make(root, sizeof root, dir);
    run();
    scratch_remove(root);
    return ERR_OK;
}
