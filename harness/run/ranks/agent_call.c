/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's side. */
#include "harness/run/ranks/agent_talk.h"

#include "harness/util/process.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TALK_MS 10000

static int dial(const char *host, unsigned port, struct sb_error *err)
{
    const struct addrinfo how = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char service[16];
    snprintf(service, sizeof service, "%u", port);
    const int told = getaddrinfo(host, service, &how, &found);
    if (told != 0) {
        return sb_fail(err, SB_EINFRA, "%s: %s", host, gai_strerror(told));
    }
    int fd = -1;
    int error = ECONNREFUSED;
    for (const struct addrinfo *at = found; fd < 0 && at; at = at->ai_next) {
        fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
            error = errno;
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd >= 0 ? fd : sb_fail(err, SB_EINFRA, "%s, port %u: %s", host, port, strerror(error));
}

/* A connection on which @p command was asked for, or a negative error. */
static int call(const struct sb_agents *agents, const char *host, const char *command,
                struct sb_error *err)
{
    char hello[sizeof SB_AGENT_HELLO + SB_AGENT_NONCE + 1] = "";
    char proof[SB_AGENT_PROOF + 1];
    char head[SB_AGENT_PROOF + 9];
    const size_t length = strlen(command);
    const int fd = dial(host, agents->port, err);
    if (fd < 0) {
        return fd;
    }
    const size_t known = strlen(SB_AGENT_HELLO);
    int code = sb_agent_read(fd, hello, known + SB_AGENT_NONCE + 1, TALK_MS) &&
                       strncmp(hello, SB_AGENT_HELLO, known) == 0
                   ? 0
                   : sb_fail(err, SB_EINFRA, "%s, port %u: no agent answers", host, agents->port);
    hello[known + SB_AGENT_NONCE] = '\0';
    code = code != 0 ? code : sb_agent_prove(proof, agents, hello + known, command, length, err);
    if (code == 0) {
        snprintf(head, sizeof head, "%s%08zx", proof, length);
        code = sb_agent_write(fd, head, sizeof head - 1) && sb_agent_write(fd, command, length)
                   ? 0
                   : sb_fail(err, SB_EINFRA, "%s: the agent hung up", host);
    }
    if (code != 0) {
        close(fd);
        return code;
    }
    return fd;
}

static int hold_one(const struct sb_agents *agents, const char *host, unsigned long long until,
                    struct sb_error *err)
{
    for (;;) { /* its name may not be known yet, nor its agent be there */
        char held = 0;
        const int fd = call(agents, host, SB_AGENT_HOLD, err);
        if (fd >= 0 && sb_agent_read(fd, &held, 1, TALK_MS)) {
            return fd;
        }
        if (fd >= 0) {
            close(fd);
            return sb_fail(err, SB_EINFRA, "%s: the agent knows another secret", host);
        }
        if (sb_process_now_ns() > until) {
            return sb_fail_in(err, fd, "the ranks' other hosts");
        }
        nanosleep(&(struct timespec){.tv_nsec = 250000000}, NULL);
    }
}

int sb_agents_hold(int fds[SB_AGENT_HOSTS], const struct sb_agents *agents, double patience_s,
                   struct sb_error *err)
{
    const unsigned long long until = sb_process_now_ns() + (unsigned long long)(patience_s * 1e9);
    for (int i = 0; i < agents->hosts; ++i) {
        fds[i] = -1;
    }
    for (int i = 1; i < agents->hosts; ++i) {
        fds[i] = hold_one(agents, agents->host[i], until, err);
        if (fds[i] < 0) {
            const int code = fds[i];
            while (--i > 0) {
                close(fds[i]);
                fds[i] = -1;
            }
            return code;
        }
    }
    return 0;
}

/* The words with blanks between: what ssh makes of its arguments. */
static char *join(char *const words[])
{
    size_t length = 1;
    for (int i = 0; words[i]; ++i) {
        length += strlen(words[i]) + 1;
    }
    char *command = calloc(length, 1);
    size_t used = 0;
    for (int i = 0; command && words[i]; ++i) {
        used += (size_t)snprintf(command + used, length - used, "%s%s", i ? " " : "", words[i]);
    }
    return command;
}

int sb_agent_run(const struct sb_agents *agents, const char *host, char *const words[],
                 struct sb_error *err)
{
    char *command = join(words);
    if (!command) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    const int fd = call(agents, host, command, err);
    free(command);
    if (fd < 0) {
        return fd;
    }
    unsigned char code = 0;
    ssize_t got = 0;
    do {
        got = recv(fd, &code, 1, 0);
    } while (got < 0 && errno == EINTR);
    close(fd);
    return got == 1 ? code : sb_fail(err, SB_EINFRA, "%s: the agent hung up", host);
}
