#include "sys/process.h"
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include <build_id.h> /* made by meson from the commit */

Err thread_start(struct thread *t, const char *name, void *(*run)(void *), void *arg, struct why *w)
{
    int r = pthread_create(&t->id, NULL, run, arg);
    t->running = r == 0;
    if (r) return why_set(w, ERR_IO, "thread %s: %s", name, strerror(r));
    ASSERT(strlen(name) < 16);
    (void)pthread_setname_np(t->id, name); /* for top(1); no harm without */
    return ERR_OK;
}

void *thread_join(struct thread *t)
{
    void *result = NULL;
    if (!t->running) return NULL;
    int r = pthread_join(t->id, &result);
    ASSERT(r == 0);
    t->running = false;
    return result;
}

Err child_start(struct child *c, int (*work)(void *), void *arg, struct why *w)
{
    fflush(stdout), fflush(stderr);
    pid_t pid = fork();
    if (pid < 0) return why_set(w, ERR_IO, "fork: %s", strerror(errno));
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* its work is its parent's */
        (void)close_range(3, ~0u, 0);           /* sockets and locks stay the parent's alone */
        _exit(work(arg) & 255);
    }
    c->pid = pid;
    return ERR_OK;
}

Err child_poll(struct child *c, bool wait, bool *done, int *status, struct why *w)
{
    int raw = 0, r = 0;
    ASSERT(c->pid > 0);
    for (u32 i = 0; i < 1000; i++)
        if ((r = waitpid(c->pid, &raw, wait ? 0 : WNOHANG)) != -1 || errno != EINTR) break;
    *done = r > 0;
    if (r < 0) return why_set(w, ERR_IO, "waitpid: %s", strerror(errno));
    if (r > 0) *status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 256 + WTERMSIG(raw), c->pid = 0;
    return ERR_OK;
}

void child_kill(struct child *c)
{
    struct why ignored;
    bool done;
    int status;
    if (c->pid <= 0) return;
    kill(c->pid, SIGKILL);
    if (child_poll(c, true, &done, &status, &ignored)) c->pid = 0;
}

Err entropy_fill(void *to, u64 n, struct why *w)
{
    u32 idle = 0;
    for (u64 done = 0; done < n;) {
        u64 part = n - done < 256 ? n - done : 256;
        ssize_t r = getrandom((u8 *)to + done, part, 0);
        if (r < 0 && errno == EINTR && ++idle < 64) continue;
        if (r <= 0) return why_set(w, ERR_IO, "getrandom: %s", strerror(errno));
        done += (u64)r;
    }
    return ERR_OK;
}

static volatile sig_atomic_t stop_seen;
static void on_stop(int number) { stop_seen = number; }

void stop_signals_catch(void)
{
    struct sigaction stop = { .sa_handler = on_stop }, ignore = { .sa_handler = SIG_IGN };
    int r = sigaction(SIGINT, &stop, NULL) | sigaction(SIGTERM, &stop, NULL) |
            sigaction(SIGPIPE, &ignore, NULL);
    ASSERT(r == 0);
    stop_seen = 0;
}

bool stop_signal_seen(void) { return stop_seen != 0; }

const char *build_id(void) { return HEDGEROW_BUILD_ID; }
