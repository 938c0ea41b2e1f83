#include "journal/writer.h"
#include "msg/msg.h"
#include <errno.h>

static Err in_folder(struct journal *j, char to[FILE_PATH_MAX], const char *name, struct why *w)
{
    ASSERT(j->folder[0]);
    return path_join(to, j->folder, name, w);
}

Err spare_make(struct journal *j, struct why *w)
{
    char temporary[FILE_PATH_MAX], spare[FILE_PATH_MAX];
    struct why ignored;
    File f = FILE_NONE;
    bool full = false;
    ASSERT(!atomic_load(&j->spare));
    Err err = in_folder(j, temporary, "spare.tmp", w);
    if (!err) err = in_folder(j, spare, "spare", w);
    if (!err) err = file_open(&f, temporary, FILE_WRITE | FILE_CREATE | FILE_TRUNCATE, w);
    full = err == ERR_IO && strstr(w->text, strerror(ENOSPC));
    if (!err) err = file_fill_zero(f, j->config.segment_bytes, &full, w);
    if (!err) err = file_sync(f, w);
    file_close(&f);
    if (!err) err = file_rename(temporary, spare, w);
    if (!err) err = dir_sync(j->folder, w);
    if (!err) {
        atomic_store(&j->low_space, false);
        atomic_store(&j->spare, true);
        return ERR_OK;
    }
    if (!full) return why_wrap(w, err, "spare segment");
    if (file_remove(temporary, &ignored)) ignored.text[0] = 0; /* it is removed on the next open */
    atomic_store(&j->low_space, true);
    return ERR_OK;
}

static void *spare_run(void *arg)
{
    struct journal *j = arg;
    struct why w;
    if (spare_make(j, &w)) {
        pthread_mutex_lock(&j->lock);
        if (!atomic_load(&j->failed)) j->failure = w;
        atomic_store(&j->failed, true);
        pthread_cond_broadcast(&j->changed); /* the stages stop, and whoever waits for them */
        pthread_mutex_unlock(&j->lock);
    }
    return NULL;
}

Err spare_begin(struct journal *j, struct why *w)
{
    if (atomic_load(&j->spare)) return ERR_OK;
    if (!j->config.helper_thread) return spare_make(j, w);
    Err err = spare_wait(j, w);
    return err ? err : thread_start(&j->spare_thread, "journal-spare", spare_run, j, w);
}

Err spare_wait(struct journal *j, struct why *w)
{
    thread_join(&j->spare_thread);
    if (!atomic_load(&j->failed)) return ERR_OK;
    return *w = j->failure, ERR_IO;
}

void segment_plan(struct journal *j, u64 first_seq, u8 block[JOURNAL_BLOCK])
{
    struct segment_header h = { .number = j->segment_number + 1, .bytes = j->config.segment_bytes,
                                .first_seq = first_seq, .previous = j->hash,
                                .contract_set = j->config.contract_set,
                                .msg_format = MSG_FORMAT_VERSION };
    const char *build = build_id();
    u64 n = strlen(build);
    memcpy(h.build, build, n < sizeof h.build ? n : sizeof h.build - 1);
    j->hash = segment_encode(&h, block);
    j->segment_number = h.number, j->segment_bytes = h.bytes, j->at = JOURNAL_BLOCK;
}

Err segment_begin(struct journal *j, u64 number, const u8 block[JOURNAL_BLOCK], struct why *w)
{
    char spare[FILE_PATH_MAX], path[FILE_PATH_MAX], name[32];
    Err err = spare_wait(j, w);
    if (!err && !atomic_load(&j->spare)) err = spare_make(j, w); /* perhaps there is space again */
    if (!err && !atomic_load(&j->spare))
        err = why_set(w, ERR_IO, "JOURNAL_FULL: no space for segment %llu",
                      (unsigned long long)number);
    segment_name(name, number);
    if (!err) err = in_folder(j, spare, "spare", w);
    if (!err) err = in_folder(j, path, name, w);
    file_close(&j->f);
    if (!err) err = file_open(&j->f, spare, FILE_WRITE, w);
    if (!err) err = file_write_at(j->f, 0, block, JOURNAL_BLOCK, w);
    if (!err) err = file_sync(j->f, w);
    if (!err) err = file_rename(spare, path, w);
    if (!err) err = dir_sync(j->folder, w);
    if (!err) {
        atomic_store(&j->spare, false);
        j->counts.segments++;
    }
    return err;
}
