/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/place.h"

#include "harness/util/process.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SITES_MOST 128

static bool own(const char *file)
{
    return strstr(file, "/backends/twin/device/") != NULL ||
           strstr(file, "/usr/include/") != NULL || strstr(file, "/include/c++/") != NULL;
}

/* "0x1234\nfunction\nfile:line (discriminator 2)\n" and, for what was inlined, more pairs of lines. */
static const char *take_frames(struct sb_place *out, const char *at)
{
    bool taken = false;
    while (*at && strncmp(at, "0x", 2) != 0) {
        char function[128] = "";
        char file[512] = "";
        int line = 0;
        snprintf(function, sizeof function, "%.*s", (int)strcspn(at, "(\n"), at);
        at += strcspn(at, "\n");
        at += *at == '\n';
        const size_t length = strcspn(at, "\n");
        const char *colon = memchr(at, ':', length);
        if (colon) {
            snprintf(file, sizeof file, "%.*s", (int)(colon - at), at);
            line = atoi(colon + 1);
        }
        at += length;
        at += *at == '\n';
        if (line > 0 && !taken && !own(file)) {
            snprintf(out->file, sizeof out->file, "%s", file);
            snprintf(out->function, sizeof out->function, "%s", function);
            out->line = line;
            taken = true;
        }
    }
    return at;
}

static void find_some(struct sb_place *out, const uint32_t *sites, int count, const char *object)
{
    char texts[SITES_MOST][16];
    const char *argv[SITES_MOST + 8] = {"addr2line", "-Cfiae", object};
    int n = 3;
    for (int i = 0; i < count; ++i) {
        snprintf(texts[i], sizeof texts[i], "0x%x",
                 sites[i] ? sites[i] - 1 : 0); /* into the call, not behind it */
        argv[n++] = texts[i];
    }
    argv[n] = NULL;
    struct sb_process_result result;
    if (sb_process_run(&result, argv, 60, NULL) != 0) {
        return;
    }
    const char *at = result.output;
    for (int i = 0; i < count && strncmp(at, "0x", 2) == 0; ++i) {
        at += strcspn(at, "\n");
        at += *at == '\n';
        at = take_frames(&out[i], at);
        if (sites[i] == 0) {
            memset(&out[i], 0, sizeof out[i]);
        }
    }
    sb_process_result_free(&result);
}

void sb_places_find(struct sb_place *out, const uint32_t *sites, int count, const char *object)
{
    memset(out, 0, (size_t)count * sizeof *out);
    for (int first = 0; first < count; first += SITES_MOST) {
        const int some = count - first < SITES_MOST ? count - first : SITES_MOST;
        find_some(out + first, sites + first, some, object);
    }
}
