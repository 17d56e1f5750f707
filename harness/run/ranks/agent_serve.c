/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's side: a process for each connection, so that the one that serves is never kept waiting. */
#include "harness/run/ranks/agent_talk.h"

#include "harness/util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HELLO_MS 5000
#define COMMAND_MS 10000
#define FIRST_S 300
#define SERVED_MOST 64 /* connections at once */
#define WAITING 1

static int listen_at(unsigned port, struct sb_error *err)
{
    const int on = 1;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)&any, sizeof any) != 0 || listen(fd, 64) != 0) {
        const int code =
            sb_fail(err, SB_EINFRA, "cannot listen at port %u: %s", port, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return code;
    }
    return fd;
}

/* The command of somebody who knows the secret, malloc'd; NULL for anybody else. */
static char *receive(int fd, const struct sb_agents *agents)
{
    unsigned char bytes[SB_AGENT_NONCE / 2];
    char nonce[SB_AGENT_NONCE + 1];
    char hello[80];
    char head[SB_AGENT_PROOF + 9]; /* proof, 8 hex digits of the length */
    char proof[SB_AGENT_PROOF + 1];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof bytes; ++i) {
        snprintf(nonce + 2 * i, 3, "%02x", bytes[i]);
    }
    const int length = snprintf(hello, sizeof hello, SB_AGENT_HELLO "%s\n", nonce);
    if (!sb_agent_write(fd, hello, (size_t)length) ||
        !sb_agent_read(fd, head, sizeof head - 1, HELLO_MS)) {
        return NULL;
    }
    head[sizeof head - 1] = '\0';
    const unsigned long size = strtoul(head + SB_AGENT_PROOF, NULL, 16);
    char *command = size <= SB_AGENT_COMMAND_MOST ? malloc(size + 1) : NULL;
    const bool known = command && sb_agent_read(fd, command, size, COMMAND_MS) &&
                       sb_agent_prove(proof, agents, nonce, command, size, NULL) == 0 &&
                       CRYPTO_memcmp(proof, head, SB_AGENT_PROOF) == 0;
    if (!known) {
        free(command);
        return NULL;
    }
    command[size] = '\0';
    return command;
}

/* What it prints goes to the log, which is this pod's, and its end to the other side. */
static int run(const char *command)
{
    const pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
        dup2(nothing, STDIN_FILENO);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    return (int)pid;
}

/* Until the command ends, or the one who asked for it is gone: then it goes too. */
static void attend(int fd, pid_t pid)
{
    int status = 0;
    char code = 1;
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN | POLLRDHUP};
        if (waitpid(pid, &status, WNOHANG) == pid) {
            code = (char)(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
            sb_agent_write(fd, &code, 1);
            return;
        }
        if (poll(&p, 1, 100) > 0) {
            kill(-pid, SIGTERM);
            struct timespec while_it_ends = {.tv_nsec = 500000000};
            nanosleep(&while_it_ends, NULL);
            kill(-pid, SIGKILL);
            return;
        }
    }
}

/* In a process of its own, which tells the agent where it is the one that holds it. */
static void serve_one(int fd, const struct sb_agents *agents, int told)
{
    char *command = receive(fd, agents);
    if (!command) {
        fprintf(stderr, "switchbench-runner: a stranger called\n");
        return;
    }
    if (strcmp(command, SB_AGENT_HOLD) == 0) {
        const pid_t self = getpid();
        struct pollfd p = {.fd = fd, .events = POLLIN | POLLRDHUP};
        if (write(told, &self, sizeof self) == (ssize_t)sizeof self && sb_agent_write(fd, "h", 1)) {
            while (poll(&p, 1, -1) < 0 && errno == EINTR) {
            }
        }
        free(command);
        return;
    }
    const pid_t pid = run(command);
    free(command);
    if (pid > 0) {
        attend(fd, pid);
    }
}

static void take_call(int listener, const struct sb_agents *agents, int told, int *served)
{
    const int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    const pid_t pid = fd >= 0 && *served < SERVED_MOST ? fork() : -1;
    if (pid == 0) {
        close(listener);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve_one(fd, agents, told);
        _exit(0);
    }
    *served += pid > 0;
    if (fd >= 0) {
        close(fd);
    }
}

/* What commands have left, orphans too, which became ours (PR_SET_CHILD_SUBREAPER): a killed one leaves us its children. */
static void end_all(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    for (bool any = true; any;) {
        FILE *children = fopen(path, "re");
        long pid = 0;
        any = false;
        while (children && fscanf(children, "%ld", &pid) == 1) {
            any = true;
            kill((pid_t)pid, SIGKILL);
        }
        if (children) {
            fclose(children);
        }
        if (any) {
            waitpid(-1, NULL, 0);
        }
        any = waitpid(-1, NULL, WNOHANG) >= 0; /* −1: there is none any more */
    }
}

int sb_agent_serve(const struct sb_agents *agents, struct sb_error *err)
{
    int told[2];
    const int listener = listen_at(agents->port, err);
    if (listener < 0) {
        return listener;
    }
    if (pipe2(told, O_CLOEXEC) != 0) {
        close(listener);
        return sb_fail(err, SB_EIO, "cannot make a pipe: %s", strerror(errno));
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const unsigned long long until = sb_process_now_ns() + FIRST_S * 1000000000ULL;
    pid_t holder = 0; /* the process of the first host's hold */
    int served = 0;
    int code = WAITING;
    while (code == WAITING) {
        struct pollfd p[] = {{.fd = listener, .events = POLLIN}, {.fd = told[0], .events = POLLIN}};
        pid_t ended = 0;
        int status = 0;
        poll(p, 2, 200);
        if (p[1].revents) {
            if (read(told[0], &holder, sizeof holder) != (ssize_t)sizeof holder) {
                holder = 0;
            }
        }
        if (p[0].revents) {
            take_call(listener, agents, told[1], &served);
        }
        while (code == WAITING && (ended = waitpid(-1, &status, WNOHANG)) > 0) {
            served -= served > 0; /* in a container we may be the parent of orphans, too */
            code = ended == holder ? 0 : code;
        }
        if (code == WAITING && !holder && sb_process_now_ns() > until) {
            code = sb_fail(err, SB_EINFRA, "no first host came within %d s", FIRST_S);
        }
    }
    end_all();
    close(listener);
    close(told[0]);
    close(told[1]);
    return code;
}
