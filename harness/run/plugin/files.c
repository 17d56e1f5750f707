/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/plugin/files.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define FILES 512

static struct {
    uintptr_t begin, end;
    enum sb_code code;
} files[FILES];
static int known;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static enum sb_code classify(const char *line)
{
    const bool openmp =
        strstr(line, "/libgomp.so") || strstr(line, "/libomp.so") || strstr(line, "/libiomp5.so");
    return openmp ? SB_CODE_WAITS : strstr(line, ".so") ? SB_CODE_LIBRARY : SB_CODE_PROGRAM;
}

static void read_map(void)
{
    char line[4096];
    FILE *map = fopen("/proc/self/maps", "re");
    known = 0;
    while (map && known < FILES && fgets(line, sizeof line, map)) {
        unsigned long begin = 0;
        unsigned long end = 0;
        if (strchr(line, '/') && sscanf(line, "%lx-%lx", &begin, &end) == 2) {
            files[known].begin = begin;
            files[known].end = end;
            files[known++].code = classify(line);
        }
    }
    if (map) {
        fclose(map);
    }
}

static int find(uintptr_t at)
{
    for (int i = 0; i < known; ++i) {
        if (at >= files[i].begin && at < files[i].end) {
            return i;
        }
    }
    return -1;
}

enum sb_code sb_code_from(const void *address)
{
    pthread_mutex_lock(&lock);
    int i = find((uintptr_t)address);
    if (i < 0) {
        read_map();
        i = find((uintptr_t)address);
    }
    const enum sb_code code = i >= 0 ? files[i].code : SB_CODE_LIBRARY;
    pthread_mutex_unlock(&lock);
    return code;
}
