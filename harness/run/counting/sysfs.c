/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/sysfs.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *sb_sysfs_root(void)
{
    const char *root = getenv("SWITCHBENCH_RECORDED_NODE");
    return root ? root : "";
}

static int refuse(const char *path, int reason, struct sb_error *err)
{
    const int code = reason == ENOENT || reason == ENOTDIR ? SB_ENOTFOUND
                     : reason == EACCES || reason == EPERM ? SB_EABSENT
                                                           : SB_EIO;
    return sb_fail(err, code, "%s cannot be read: %s", path, strerror(reason));
}

int sb_sysfs_line(char *out, size_t room, const char *path, struct sb_error *err)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        return refuse(path, errno, err);
    }
    errno = 0;
    const char *got = fgets(out, (int)room, file);
    const int reason = got ? 0 : errno;
    fclose(file);
    if (!got && reason != 0) {
        return refuse(path, reason, err);
    }
    out[got ? strcspn(out, "\n") : 0] = '\0';
    return 0;
}

int sb_sysfs_number(uint64_t *out, const char *path, struct sb_error *err)
{
    char line[64];
    const int code = sb_sysfs_line(line, sizeof line, path, err);
    if (code != 0) {
        return code;
    }
    char *end = NULL;
    errno = 0;
    *out = strtoull(line, &end, 10);
    if (errno != 0 || !isdigit((unsigned char)line[0]) || *end != '\0') {
        return sb_fail(err, SB_EPARSE, "%s says '%s', which is no number", path, line);
    }
    return 0;
}

int sb_sysfs_cpu_has(const char *root, const char *word)
{
    char path[600];
    static char line[8192];
    snprintf(path, sizeof path, "%s/proc/cpuinfo", root);
    FILE *file = fopen(path, "re");
    int found = 0;
    while (file && !found && fgets(line, sizeof line, file)) {
        char *rest = NULL;
        for (char *part = strtok_r(line, " \t\n", &rest); part && !found;
             part = strtok_r(NULL, " \t\n", &rest)) {
            found = strcmp(part, word) == 0;
        }
    }
    if (file) {
        fclose(file);
    }
    return found;
}
