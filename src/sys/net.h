/* net.h -- TCP sockets, a readiness set and a waker: what an I/O loop needs from the kernel.
 * Owns:   socket, bind, listen, accept, connect, recv, send, epoll, eventfd; all non-blocking.
 * Never:  knows a protocol, buffers a byte or resolves a name: addresses are numeric.
 * Always: net_recv and net_send answer NET_AGAIN rather than wait; SIGPIPE never comes.
 */
#ifndef HEDGEROW_SYS_NET_H
#define HEDGEROW_SYS_NET_H

#include "base/why.h"

struct net_address { char host[64]; u16 port; }; /* "127.0.0.1" or "::1" */
/* "127.0.0.1:8080", "[::1]:8080", ":8080" (loopback). */
NODISCARD Err net_address_of(struct net_address *a, const char *text, struct why *w);
NODISCARD bool net_is_loopback(const struct net_address *a);

NODISCARD Err net_listen(int *fd, struct net_address *a,
                         struct why *w); /* port 0: *a gets the one given */
enum { NET_AGAIN = -1, NET_CLOSED = -2, NET_FAILED = -3 };
NODISCARD int net_accept(int listener, struct net_address *from); /* fd, NET_AGAIN or NET_FAILED */
NODISCARD Err net_connect(int *fd, const struct net_address *a, u64 timeout_ns, struct why *w);
NODISCARD i64 net_recv(int fd, void *to, u64 n);         /* > 0, or NET_ */
NODISCARD i64 net_send(int fd, const void *from, u64 n); /* >= 0, or NET_ */
void net_close(int *fd);
void net_no_delay(int fd);

enum { POLL_READ = 1, POLL_WRITE = 2, POLL_HANGUP = 4 };
struct poll_event { u64 tag; u32 what; };
NODISCARD Err poll_open(int *set, struct why *w);
NODISCARD Err poll_add(int set, int fd, u32 what, u64 tag, struct why *w);
NODISCARD Err poll_change(int set, int fd, u32 what, u64 tag, struct why *w);
void poll_remove(int set, int fd);
/* Number of events, 0 on time-out or EINTR; timeout_ms < 0 waits for ever. */
NODISCARD u32 poll_wait(int set, struct poll_event *rows, u32 max, int timeout_ms);

NODISCARD Err waker_open(int *fd, struct why *w); /* readable once woken */
void waker_wake(int fd);                          /* from any thread */
void waker_clear(int fd);

#endif
