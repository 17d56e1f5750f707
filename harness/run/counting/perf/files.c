/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/perf/event.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool sb_perf_line(char *out, size_t room, const char *path_format, ...)
{
    char path[1024];
    va_list args;
    va_start(args, path_format);
    const int length = vsnprintf(path, sizeof path, path_format, args);
    va_end(args);
    FILE *file = length > 0 && length < (int)sizeof path ? fopen(path, "re") : NULL;
    const bool got = file && fgets(out, (int)room, file);
    if (file) {
        fclose(file);
    }
    const size_t end = got ? strcspn(out, "\n") : 0;
    const bool whole = got && (out[end] == '\n' || end + 1 < room);
    out[whole ? end : 0] = '\0';
    return whole;
}

int sb_perf_cpu_list(int out[], int room, const char *text)
{
    int count = 0;
    for (const char *at = text; *at >= '0' && *at <= '9';) {
        char *end = NULL;
        const long from = strtol(at, &end, 10);
        const long to = *end == '-' ? strtol(end + 1, &end, 10) : from;
        for (long cpu = from; cpu <= to && count < room; ++cpu) {
            out[count++] = (int)cpu;
        }
        at = *end == ',' ? end + 1 : end;
    }
    return count;
}
