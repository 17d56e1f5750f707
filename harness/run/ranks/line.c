/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/ranks/line.h"

#include "harness/util/json.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define TOKEN 32
#define HELLO (TOKEN + 16) /* "<token> <rank>\n" */
#define PATIENCE_MS 2000

struct caller {
    int fd;
    int rank; /* −1 until it has shown the token */
    char text[8192];
    size_t length;
    struct caller *next;
};

struct sb_line {
    int listener, epoll;
    unsigned port;
    char token[TOKEN + 1];
    struct caller *callers;
};

static void make_token(char out[TOKEN + 1])
{
    unsigned char bytes[TOKEN / 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        abort(); /* 16 bytes are always given whole (getrandom(2)) */
    }
    for (size_t i = 0; i < sizeof bytes; ++i) {
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    }
}

static int watch(struct sb_line *line, int fd, struct caller *caller)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = caller};
    return epoll_ctl(line->epoll, EPOLL_CTL_ADD, fd, &event);
}

int sb_line_open(struct sb_line **out, struct sb_error *err)
{
    struct sb_line *line = calloc(1, sizeof *line);
    if (!line) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    struct sockaddr_in any = {.sin_family = AF_INET};
    socklen_t length = sizeof any;
    make_token(line->token);
    line->epoll = epoll_create1(EPOLL_CLOEXEC);
    line->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (line->epoll < 0 || line->listener < 0 ||
        bind(line->listener, (struct sockaddr *)&any, sizeof any) != 0 ||
        listen(line->listener, 128) != 0 ||
        getsockname(line->listener, (struct sockaddr *)&any, &length) != 0 ||
        watch(line, line->listener, NULL) != 0) {
        const int code =
            sb_fail(err, SB_EIO, "cannot listen for the other ranks: %s", strerror(errno));
        sb_line_close(line);
        return code;
    }
    line->port = ntohs(any.sin_port);
    *out = line;
    return 0;
}

/* Loopback is last: it is right where all are on one node, and nobody's elsewhere. */
void sb_line_address(const struct sb_line *line, char out[SB_LINE_ADDRESS])
{
    struct ifaddrs *all = NULL;
    int used = snprintf(out, SB_LINE_ADDRESS, "%s %u", line->token, line->port);
    if (getifaddrs(&all) != 0) {
        all = NULL;
    }
    for (int loopback = 0; loopback < 2; ++loopback) {
        for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
            char text[INET_ADDRSTRLEN];
            if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET || !(i->ifa_flags & IFF_UP) ||
                !(i->ifa_flags & IFF_LOOPBACK) != !loopback || used + 20 > SB_LINE_ADDRESS) {
                continue;
            }
            const struct sockaddr_in *address = (const struct sockaddr_in *)(void *)i->ifa_addr;
            inet_ntop(AF_INET, &address->sin_addr, text, sizeof text);
            used += snprintf(out + used, (size_t)(SB_LINE_ADDRESS - used), " %s", text);
        }
    }
    freeifaddrs(all);
}

int sb_line_fd(const struct sb_line *line)
{
    return line->epoll;
}

static void welcome(struct sb_line *line)
{
    const int fd = accept4(line->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct caller *caller = fd >= 0 ? calloc(1, sizeof *caller) : NULL;
    if (!caller || watch(line, fd, caller) != 0) {
        free(caller);
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    caller->fd = fd;
    caller->rank = -1;
    caller->next = line->callers;
    line->callers = caller;
}

static void drop(struct sb_line *line, struct caller *caller)
{
    struct caller **at = &line->callers;
    while (*at && *at != caller) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = caller->next;
    }
    close(caller->fd);
    free(caller);
}

static bool greet(const struct sb_line *line, struct caller *caller, const char *text)
{
    char *end = NULL;
    if (strncmp(text, line->token, TOKEN) != 0 || text[TOKEN] != ' ') {
        return false;
    }
    const long rank = strtol(text + TOKEN + 1, &end, 10);
    if (*end || rank < 1 || rank > 1 << 20 || send(caller->fd, "ok\n", 3, MSG_NOSIGNAL) != 3) {
        return false;
    }
    caller->rank = (int)rank;
    return true;
}

static json_t *gone(const struct caller *caller)
{
    char reason[80];
    snprintf(reason, sizeof reason, "rank %d is gone: its runner ended", caller->rank);
    return json_pack("{s:i,s:s,s:n,s:s}", "rank", caller->rank, "state", "lost", "failure",
                     "reason", reason);
}

/* One whole line of what a caller says, or its end; a stranger is shown the door. */
static json_t *listen_to(struct sb_line *line, struct caller *caller)
{
    const size_t room = caller->rank < 0 ? HELLO : sizeof caller->text - 1;
    const ssize_t got = room > caller->length ? recv(caller->fd, caller->text + caller->length,
                                                     room - caller->length, 0)
                                              : 0;
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return NULL;
    }
    if (got <= 0) {
        json_t *told = caller->rank < 0 ? NULL : gone(caller);
        drop(line, caller);
        return told;
    }
    caller->length += (size_t)got;
    caller->text[caller->length] = '\0';
    char *end = memchr(caller->text, '\n', caller->length);
    if (!end) {
        return NULL;
    }
    *end = '\0';
    json_t *told = NULL;
    if (caller->rank >= 0) {
        told = json_loads(caller->text, 0, NULL);
    } else if (!greet(line, caller, caller->text)) {
        drop(line, caller);
        return NULL;
    }
    caller->length -= (size_t)(end + 1 - caller->text);
    memmove(caller->text, end + 1, caller->length);
    return told;
}

json_t *sb_line_take(struct sb_line *line)
{
    json_t *told = NULL;
    struct epoll_event event;
    while (!told && epoll_wait(line->epoll, &event, 1, 0) == 1) {
        if (event.data.ptr) {
            told = listen_to(line, event.data.ptr);
        } else {
            welcome(line);
        }
    }
    return told;
}

void sb_line_close(struct sb_line *line)
{
    if (!line) {
        return;
    }
    while (line->callers) {
        drop(line, line->callers);
    }
    if (line->listener >= 0) {
        close(line->listener);
    }
    if (line->epoll >= 0) {
        close(line->epoll);
    }
    free(line);
}

/* Connected within the patience, or −1. */
static int reach(const char *address, unsigned port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, address, &to.sin_addr) != 1) {
        return -1;
    }
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t length = sizeof error;
    if (fd >= 0 && (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS) &&
        poll(&p, 1, PATIENCE_MS) == 1 &&
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0) {
        return fd;
    }
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

/* Whether it is rank 0 that answers there, and not somebody else with this port. */
static bool known(int fd, const char *token, int rank)
{
    char hello[HELLO + 1];
    char answer[3];
    const int length = snprintf(hello, sizeof hello, "%s %d\n", token, rank);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return send(fd, hello, (size_t)length, MSG_NOSIGNAL) == length &&
           poll(&p, 1, PATIENCE_MS) == 1 &&
           recv(fd, answer, sizeof answer, 0) == (ssize_t)sizeof answer &&
           memcmp(answer, "ok\n", sizeof answer) == 0;
}

int sb_line_join(int *out, const char *address, int rank, struct sb_error *err)
{
    char text[SB_LINE_ADDRESS];
    snprintf(text, sizeof text, "%s", address);
    char *rest = text;
    const char *token = strtok_r(text, " ", &rest);
    const char *port = strtok_r(NULL, " ", &rest);
    for (const char *at; token && port && (at = strtok_r(NULL, " ", &rest));) {
        const int fd = reach(at, (unsigned)strtoul(port, NULL, 10));
        if (fd >= 0 && known(fd, token, rank)) {
            fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
            *out = fd;
            return 0;
        }
        if (fd >= 0) {
            close(fd);
        }
    }
    return sb_fail(err, SB_EIO, "rank 0's runner cannot be reached from rank %d", rank);
}

int sb_line_say(int fd, const json_t *what, struct sb_error *err)
{
    return sb_json_write_line(fd, what, err);
}
