/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded: a host whose wall clock jumps a day back and forth with every look at it (SB_ODD_CLOCK), and whose file
 * systems know no locks (SB_ODD_LOCKS). The monotonic clock stays what it is. */
#include <errno.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long step(void)
{
    static int looks;
    return getenv("SB_ODD_CLOCK") ? (looks++ % 2 ? 86400 : -86400) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    const int code = (int)syscall(SYS_clock_gettime, clock, out);
    if (code == 0 && clock == CLOCK_REALTIME) {
        out->tv_sec += step();
    }
    return code;
}

time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

int flock(int fd, int operation)
{
    if (getenv("SB_ODD_LOCKS")) {
        errno = ENOLCK;
        return -1;
    }
    return (int)syscall(SYS_flock, fd, operation);
}
