#include "sys/net.h"
#include "base/text.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

union sockets { struct sockaddr any; struct sockaddr_in v4; struct sockaddr_in6 v6; };

static Err raw_of(const struct net_address *a, union sockets *out, socklen_t *n, struct why *w)
{
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, a->host, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET, out->v4.sin_port = htons(a->port), *n = sizeof out->v4;
        return ERR_OK;
    }
    if (inet_pton(AF_INET6, a->host, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6, out->v6.sin6_port = htons(a->port), *n = sizeof out->v6;
        return ERR_OK;
    }
    return why_set(w, ERR_INPUT, "address \"%s\": not a numeric IPv4 or IPv6 address", a->host);
}

static void address_from(const union sockets *s, struct net_address *a)
{
    bool v6 = s->any.sa_family == AF_INET6;
    const void *ip = v6 ? (const void *)&s->v6.sin6_addr : &s->v4.sin_addr;
    memset(a, 0, sizeof *a);
    if (!inet_ntop(s->any.sa_family, ip, a->host, sizeof a->host)) a->host[0] = 0;
    a->port = ntohs(v6 ? s->v6.sin6_port : s->v4.sin_port);
}

Err net_address_of(struct net_address *a, const char *text, struct why *w)
{
    const char *colon = strrchr(text, ':'), *host = text;
    u64 port, n = colon ? (u64)(colon - text) : 0;
    union sockets raw;
    socklen_t raw_n;
    memset(a, 0, sizeof *a);
    if (!colon || parse_u64(str_of(colon + 1), &port) != PARSE_OK || port > 65535)
        return why_set(w, ERR_INPUT, "address \"%.80s\": want HOST:PORT, port 0 to 65535", text);
    if (n >= 2 && text[0] == '[' && colon[-1] == ']') host++, n -= 2;
    if (n == 0) host = "127.0.0.1", n = 9;
    if (n >= sizeof a->host) return why_set(w, ERR_INPUT, "address \"%.80s\": host too long", text);
    memcpy(a->host, host, n);
    if (strcmp(a->host, "localhost") == 0) memcpy(a->host, "127.0.0.1", 10);
    a->port = (u16)port;
    return raw_of(a, &raw, &raw_n, w);
}

bool net_is_loopback(const struct net_address *a)
{
    return strncmp(a->host, "127.", 4) == 0 || strcmp(a->host, "::1") == 0;
}

Err net_listen(int *fd, struct net_address *a, struct why *w)
{
    union sockets raw;
    socklen_t n = 0;
    int on = 1;
    Err err = raw_of(a, &raw, &n, w);
    *fd = -1;
    if (err) return err;
    *fd = socket(raw.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd >= 0 && setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(*fd, &raw.any, n) == 0 && listen(*fd, 1024) == 0) {
        n = sizeof raw;
        if (getsockname(*fd, &raw.any, &n) == 0) {
            address_from(&raw, a);
            return ERR_OK;
        }
    }
    err = why_set(w, ERR_IO, "listen on %s port %u: %s", a->host, a->port, strerror(errno));
    net_close(fd);
    return err;
}

static bool would_wait(void) { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int net_accept(int listener, struct net_address *from)
{
    union sockets raw;
    socklen_t n = sizeof raw;
    int fd = accept4(listener, &raw.any, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return would_wait() || errno == ECONNABORTED ? NET_AGAIN : NET_FAILED;
    if (from) address_from(&raw, from);
    net_no_delay(fd);
    return fd;
}

Err net_connect(int *fd, const struct net_address *a, u64 timeout_ns, struct why *w)
{
    union sockets raw;
    socklen_t n = 0, err_n = sizeof(int);
    int problem = 0;
    Err err = raw_of(a, &raw, &n, w);
    *fd = -1;
    if (err) return err;
    *fd = socket(raw.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd >= 0 && connect(*fd, &raw.any, n) != 0 && errno != EINPROGRESS) problem = errno;
    if (*fd < 0) problem = errno;
    struct pollfd p = { .fd = *fd, .events = POLLOUT };
    if (!problem && poll(&p, 1, (int)(timeout_ns / 1000000)) != 1) problem = ETIMEDOUT;
    if (!problem && getsockopt(*fd, SOL_SOCKET, SO_ERROR, &problem, &err_n) != 0) problem = errno;
    if (!problem) {
        net_no_delay(*fd);
        return ERR_OK;
    }
    net_close(fd);
    return why_set(w, ERR_IO, "connect to %s port %u: %s", a->host, a->port, strerror(problem));
}

i64 net_recv(int fd, void *to, u64 n)
{
    ASSERT(n > 0);
    ssize_t r = recv(fd, to, n, 0);
    if (r > 0) return r;
    if (r == 0) return NET_CLOSED;
    return would_wait() ? NET_AGAIN : errno == ECONNRESET ? NET_CLOSED : NET_FAILED;
}

i64 net_send(int fd, const void *from, u64 n)
{
    ssize_t r = send(fd, from, n, MSG_NOSIGNAL);
    if (r >= 0) return r;
    return would_wait()                            ? NET_AGAIN
           : errno == EPIPE || errno == ECONNRESET ? NET_CLOSED
                                                   : NET_FAILED;
}

void net_close(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

void net_no_delay(int fd)
{
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* a wish */
}

Err poll_open(int *set, struct why *w)
{
    *set = epoll_create1(EPOLL_CLOEXEC);
    return *set < 0 ? why_set(w, ERR_IO, "epoll: %s", strerror(errno)) : ERR_OK;
}

static Err poll_set(int set, int op, int fd, u32 what, u64 tag, struct why *w)
{
    struct epoll_event e = { .data.u64 = tag };
    if (what & POLL_READ) e.events |= EPOLLIN | EPOLLRDHUP;
    if (what & POLL_WRITE) e.events |= EPOLLOUT;
    return epoll_ctl(set, op, fd, &e) < 0 ? why_set(w, ERR_IO, "epoll: %s", strerror(errno))
                                          : ERR_OK;
}

Err poll_add(int set, int fd, u32 what, u64 tag, struct why *w)
{
    return poll_set(set, EPOLL_CTL_ADD, fd, what, tag, w);
}
Err poll_change(int set, int fd, u32 what, u64 tag, struct why *w)
{
    return poll_set(set, EPOLL_CTL_MOD, fd, what, tag, w);
}
void poll_remove(int set, int fd) { (void)epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL); }

u32 poll_wait(int set, struct poll_event *rows, u32 max, int timeout_ms)
{
    struct epoll_event raw[64];
    int n = epoll_wait(set, raw, (int)(max < 64 ? max : 64), timeout_ms);
    for (int i = 0; i < n; i++) {
        u32 e = raw[i].events;
        rows[i].tag = raw[i].data.u64;
        rows[i].what = (e & (EPOLLIN | EPOLLRDHUP) ? POLL_READ : 0u) |
                       (e & EPOLLOUT ? POLL_WRITE : 0u) |
                       (e & (EPOLLHUP | EPOLLERR) ? POLL_HANGUP : 0u);
    }
    return n > 0 ? (u32)n : 0;
}

Err waker_open(int *fd, struct why *w)
{
    *fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return *fd < 0 ? why_set(w, ERR_IO, "eventfd: %s", strerror(errno)) : ERR_OK;
}

void waker_wake(int fd)
{
    u64 one = 1;
    ssize_t r = write(fd, &one, sizeof one);
    ASSERT(r == sizeof one || errno == EAGAIN || errno == EINTR);
}

void waker_clear(int fd)
{
    u64 count;
    ssize_t r = read(fd, &count, sizeof count);
    ASSERT(r == sizeof count || errno == EAGAIN || errno == EINTR);
}
