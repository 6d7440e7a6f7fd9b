#ifndef CLINUX_H
#define CLINUX_H

// What the event loop needs of Linux and Swift's Glibc module does not offer: epoll (its event is a packed struct), eventfd,
// accept4, and the handful of calls whose arguments Swift imports awkwardly. Each returns what the system call returns, or
// the negated errno, so that no caller has to read errno after the fact.

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// One thing that became ready, in a layout that Swift can read.
struct clinux_ready {
  uint64_t token;
  bool readable;
  bool writable;
  // The other end has sent its last byte, or the connection is broken: a read says which.
  bool ended;
  // The connection is gone in both directions.
  bool broken;
};

enum { CLINUX_READY_CAPACITY = 256 };

static inline int clinux_result(int value) { return value < 0 ? -errno : value; }

static inline int clinux_epoll_create(void) { return clinux_result(epoll_create1(EPOLL_CLOEXEC)); }

// Watches a connection for everything, edge-triggered: one call in its life. Also for the counter that wakes the loop.
static inline int clinux_epoll_add_edge(int poll, int descriptor, uint64_t token) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u64 = token}};
  return clinux_result(epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event));
}

// Watches a listening socket, level-triggered: it is reported until its queue is empty.
static inline int clinux_epoll_add_level(int poll, int descriptor, uint64_t token) {
  struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = token}};
  return clinux_result(epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event));
}

static inline int clinux_epoll_remove(int poll, int descriptor) {
  struct epoll_event unused = {0};
  return clinux_result(epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, &unused));
}

// Waits for at most CLINUX_READY_CAPACITY events. A timeout of -1 waits for ever; an interrupting signal counts as no event.
static inline int clinux_epoll_wait(int poll, struct clinux_ready *ready, int timeout_milliseconds) {
  struct epoll_event events[CLINUX_READY_CAPACITY];
  int count = epoll_wait(poll, events, CLINUX_READY_CAPACITY, timeout_milliseconds);
  if (count < 0) return errno == EINTR ? 0 : -errno;
  for (int index = 0; index < count; index++) {
    uint32_t seen = events[index].events;
    ready[index].token = events[index].data.u64;
    ready[index].readable = (seen & EPOLLIN) != 0;
    ready[index].writable = (seen & EPOLLOUT) != 0;
    ready[index].broken = (seen & (EPOLLHUP | EPOLLERR)) != 0;
    ready[index].ended = (seen & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  }
  return count;
}

static inline int clinux_eventfd(void) { return clinux_result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

static inline void clinux_eventfd_signal(int descriptor) {
  uint64_t one = 1;
  // It can fail only when the counter is full, and then the loop is awake already.
  (void)!write(descriptor, &one, sizeof one);
}

static inline int clinux_socket(int family) {
  return clinux_result(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

// A connection that does not block, and is not inherited by a child process. In the .c file: accept4 needs _GNU_SOURCE before any header.
int clinux_accept(int listener, struct sockaddr_storage *peer);

static inline int clinux_reuse_address(int descriptor) {
  int on = 1;
  return clinux_result(setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
}

static inline int clinux_no_delay(int descriptor) {
  int on = 1;
  return clinux_result(setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
}

// Bounds what the kernel holds of bytes that the other end's window has no room for yet (tcp(7)).
static inline int clinux_limit_unsent(int descriptor, int bytes) {
  return clinux_result(setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes));
}

// Bounds how long the kernel waits for the other end to acknowledge what was sent, or to have room for it, before it gives the connection up
// (tcp(7), TCP_USER_TIMEOUT).
static inline int clinux_limit_silence(int descriptor, unsigned int milliseconds) {
  return clinux_result(setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds));
}

static inline int clinux_bind(int descriptor, const struct sockaddr *address, socklen_t length) {
  return clinux_result(bind(descriptor, address, length));
}

// By the path of its file, which must fit with its NUL.
static inline int clinux_unix_address(const char *path, struct sockaddr_un *address) {
  if (strlen(path) >= sizeof address->sun_path) return -ENAMETOOLONG;
  address->sun_family = AF_UNIX;
  strcpy(address->sun_path, path);
  return 0;
}

static inline int clinux_bind_unix(int descriptor, const char *path) {
  struct sockaddr_un address = {0};
  int result = clinux_unix_address(path, &address);
  return result < 0 ? result : clinux_result(bind(descriptor, (struct sockaddr *)&address, sizeof address));
}

static inline int clinux_connect_unix(int descriptor, const char *path) {
  struct sockaddr_un address = {0};
  int result = clinux_unix_address(path, &address);
  return result < 0 ? result : clinux_result(connect(descriptor, (struct sockaddr *)&address, sizeof address));
}

static inline int clinux_take_both_families(int descriptor) {
  int off = 0;
  return clinux_result(setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off));
}

static inline int clinux_socket_option(int descriptor, int option) {
  int value = 0;
  socklen_t length = sizeof value;
  int result = clinux_result(getsockopt(descriptor, SOL_SOCKET, option, &value, &length));
  return result < 0 ? result : value;
}

// Makes a descriptor that another process opened like one of ours: it does not block, and no child inherits it.
static inline int clinux_take_over(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) return -errno;
  return clinux_result(fcntl(descriptor, F_SETFD, FD_CLOEXEC));
}

static inline int clinux_listen(int descriptor, int backlog) { return clinux_result(listen(descriptor, backlog)); }

static inline int clinux_local_address(int descriptor, struct sockaddr_storage *address) {
  socklen_t length = sizeof *address;
  return clinux_result(getsockname(descriptor, (struct sockaddr *)address, &length));
}

static inline long clinux_receive(int descriptor, void *bytes, size_t capacity) {
  ssize_t count = recv(descriptor, bytes, capacity, 0);
  return count < 0 ? -errno : count;
}

// Never raises SIGPIPE: a client that went away is an error code like any other.
static inline long clinux_send(int descriptor, const void *bytes, size_t count) {
  ssize_t sent = send(descriptor, bytes, count, MSG_NOSIGNAL);
  return sent < 0 ? -errno : sent;
}

// What is closed after this is reset, and does not look complete to the other end.
static inline void clinux_reset_on_close(int descriptor) {
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  (void)setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

static inline void clinux_shut_down_write(int descriptor) { (void)shutdown(descriptor, SHUT_WR); }

#endif
