/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/environment.h"

#include "harness/util/text.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* Separated by \x1f: what was cleared before the program started itself anew. */
#define TOLD "SWITCHBENCH_CLEARED"

static const char *const prefixes[] = {
    "OPENBLAS_", "GOTO_", "MKL_", "OMP_",  "GOMP_", "KMP_", "POCL_",          "CUDA_",
    "HIP_",      "ROCR_", "HSA_", "BLIS_", "FFTW_", "LD_",  "GLIBC_TUNABLES", "MALLOC_"};

/* Which devices are ours, as a scheduler says it, and where a toolkit is: kept, and recorded with what is set. */
static const char *const kept_names[] = {
    "CUDA_VISIBLE_DEVICES=", "CUDA_DEVICE_ORDER=",   "CUDA_HOME=", "CUDA_PATH=",
    "HIP_VISIBLE_DEVICES=",  "ROCR_VISIBLE_DEVICES="};

static int is_kept(const char *entry)
{
    for (size_t i = 0; i < sizeof kept_names / sizeof *kept_names; ++i) {
        if (strncmp(entry, kept_names[i], strlen(kept_names[i])) == 0) {
            return 1;
        }
    }
    return 0;
}

static int changes_libraries(const char *entry)
{
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; ++i) {
        if (strncmp(entry, prefixes[i], strlen(prefixes[i])) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The loader and the C library have read these by now; all else is asked for by libraries that are loaded later. */
static bool was_read_at_start(const char *entry)
{
    static const char *const names[] = {"LD_", "GLIBC_TUNABLES", "MALLOC_"};
    bool was = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        was = was || strncmp(entry, names[i], strlen(names[i])) == 0;
    }
    return was;
}

void sb_environment_clear(char *const argv[])
{
    if (getenv(TOLD)) {
        return;
    }
    char told[8192] = "";
    size_t used = 0;
    bool anew = false;
    char **kept = environ;
    for (char **entry = environ; *entry; ++entry) {
        if (changes_libraries(*entry) && !is_kept(*entry)) {
            const size_t name = strcspn(*entry, "=");
            const bool secret = sb_text_is_secret(*entry, name);
            anew = anew || was_read_at_start(*entry);
            const int more =
                snprintf(told + used, sizeof told - used, "%s%.*s%s", used ? "\x1f" : "",
                         secret ? (int)name : INT_MAX, *entry, secret ? "=" SB_TEXT_WITHHELD : "");
            used += more > 0 && used + (size_t)more < sizeof told ? (size_t)more : 0;
        } else {
            *kept++ = *entry;
        }
    }
    *kept = NULL;
    setenv(TOLD, told, 1);
    if (anew) {
        execv("/proc/self/exe", argv);
    }
}

json_t *sb_environment_told(void)
{
    json_t *cleared = json_array();
    const char *told = getenv(TOLD);
    while (told && *told) {
        const size_t length = strcspn(told, "\x1f");
        json_t *text = json_stringn(told, length);
        if (text) { /* not every environment is UTF-8 */
            json_array_append_new(cleared, text);
        }
        told += length + (told[length] == '\x1f');
    }
    return json_pack("{s:o,s:{}}", "cleared", cleared, "set");
}

json_t *sb_environment_set(void)
{
    json_t *set = json_object();
    for (char **entry = environ; *entry; ++entry) {
        const char *equals = strchr(*entry, '=');
        const bool secret = equals && sb_text_is_secret(*entry, (size_t)(equals - *entry));
        json_t *value = equals && changes_libraries(*entry)
                            ? json_string(secret ? SB_TEXT_WITHHELD : equals + 1)
                            : NULL;
        if (value) {
            json_object_setn_new(set, *entry, (size_t)(equals - *entry), value);
        }
    }
    return set;
}
