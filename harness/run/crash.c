/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/crash.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static const char *(*blame_address)(const void *address);
static int told_fd = -1;

/* Only async-signal-safe calls from here on. */
static size_t append(char *to, size_t at, size_t room, const char *text)
{
    while (*text && at + 1 < room) {
        /* array names are identifiers, but a user's kernel may hold anything: keep the line valid JSON */
        to[at++] = *text == '"' || *text == '\\' || (unsigned char)*text < ' ' ? '_' : *text;
        ++text;
    }
    return at;
}

static void tell(int number, siginfo_t *info, void *context)
{
    (void)context;
    const char *array = blame_address && (number == SIGSEGV || number == SIGBUS)
                            ? blame_address(info->si_addr)
                            : NULL;
    char line[256];
    char digits[4] = {(char)('0' + number / 10), (char)('0' + number % 10), 0, 0};
    size_t at = 0;
    static const char head[] = "{\"crash\":{\"signal\":";
    memcpy(line, head, sizeof head - 1);
    at = sizeof head - 1;
    at = append(line, at, sizeof line, number >= 10 ? digits : digits + 1);
    memcpy(line + at, ",\"array\":", 9);
    at += 9;
    if (array) {
        line[at++] = '"';
        at = append(line, at, sizeof line - 5, array);
        line[at++] = '"';
    } else {
        memcpy(line + at, "null", 4);
        at += 4;
    }
    memcpy(line + at, "}}\n", 3);
    at += 3;
    const ssize_t put = write(told_fd, line, at);
    (void)put;
    signal(number, SIG_DFL);
    raise(number);
}

void sb_crash_watch(const char *(*blame)(const void *address), int fd)
{
    static unsigned char stack[65536]; /* the kernel's own stack may be what overflowed */
    blame_address = blame;
    told_fd = fd;
    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alternate, NULL);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = tell;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i) {
        sigaction(numbers[i], &action, NULL);
    }
}
