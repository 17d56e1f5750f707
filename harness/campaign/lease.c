/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/campaign/lease.h"

#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/process.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int path_of(char *out, size_t room, const char *folder, struct sb_error *err)
{
    return sb_fs_join(out, room, folder, "driver.json", err);
}

static void boot_here(char out[40])
{
    char *text = NULL;
    size_t length = 0;
    out[0] = '\0';
    if (sb_fs_read(&text, &length, "/proc/sys/kernel/random/boot_id", NULL) == 0) {
        snprintf(out, 40, "%.*s", (int)strcspn(text, "\n"), text);
    }
    free(text);
}

int sb_lease_read(struct sb_lease *out, const char *folder)
{
    char path[PATH_MAX];
    char *text = NULL;
    size_t length = 0;
    memset(out, 0, sizeof *out);
    int code = path_of(path, sizeof path, folder, NULL);
    code = code != 0 ? code : sb_fs_read(&text, &length, path, NULL);
    json_t *json = code == 0 ? json_loadb(text, length, 0, NULL) : NULL;
    free(text);
    if (!json) {
        return SB_ENOTFOUND;
    }
    snprintf(out->host, sizeof out->host, "%s", sb_json_text_or(json, "host", ""));
    snprintf(out->boot, sizeof out->boot, "%s", sb_json_text_or(json, "boot", ""));
    out->pid = (long)sb_json_integer_or(json, "pid", 0);
    out->start = (unsigned long long)sb_json_integer_or(json, "start", 0);
    out->beat = sb_json_integer_or(json, "beat", 0);
    json_decref(json);
    return 0;
}

static int write_lease(const struct sb_lease *lease, const char *folder, struct sb_error *err)
{
    char path[PATH_MAX];
    char text[600];
    json_t *json = json_pack("{s:s,s:s,s:I,s:I,s:I}", "host", lease->host, "boot", lease->boot,
                             "pid", (json_int_t)lease->pid, "start", (json_int_t)lease->start,
                             "beat", (json_int_t)lease->beat);
    const size_t length = json ? json_dumpb(json, text, sizeof text - 1, JSON_COMPACT) : 0;
    json_decref(json);
    if (length == 0 || length > sizeof text - 1) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    text[length] = '\n';
    const int code = path_of(path, sizeof path, folder, err);
    return code != 0 ? code : sb_fs_write(path, text, length + 1, err);
}

bool sb_lease_alive(const struct sb_lease *lease, const char *folder, double patience_s)
{
    char boot[40];
    boot_here(boot);
    if (strcmp(boot, lease->boot) == 0) {
        return lease->pid > 0 && lease->start > 0 &&
               sb_process_start_time(lease->pid) == lease->start;
    }
    for (double waited = 0; waited < patience_s; waited += 0.5) {
        struct sb_lease now;
        nanosleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
        if (sb_lease_read(&now, folder) != 0) {
            return false; /* given back */
        }
        if (now.beat != lease->beat || now.pid != lease->pid) {
            return true;
        }
    }
    return patience_s <= 0;
}

int sb_lease_take(struct sb_lease *out, const char *folder, struct sb_error *err)
{
    struct sb_lease holder;
    if (sb_lease_read(&holder, folder) == 0 &&
        !(holder.pid == (long)getpid() && holder.start == sb_process_start_time(getpid())) &&
        sb_lease_alive(&holder, folder, 3 * SB_LEASE_RENEW_S)) {
        return sb_fail(err, SB_EINVAL,
                       "%s: still running: process %ld on %s drives it; 'switchbench status' shows "
                       "how far it is",
                       folder, holder.pid, holder.host);
    }
    memset(out, 0, sizeof *out);
    gethostname(out->host, sizeof out->host - 1);
    boot_here(out->boot);
    out->pid = getpid();
    out->start = sb_process_start_time(getpid());
    out->beat = 1;
    return write_lease(out, folder, err);
}

int sb_lease_renew(struct sb_lease *lease, const char *folder, struct sb_error *err)
{
    struct sb_lease now;
    if (sb_lease_read(&now, folder) == 0 && (now.pid != lease->pid || now.start != lease->start ||
                                             strcmp(now.boot, lease->boot) != 0)) {
        return sb_fail(err, SB_EINVAL, "%s: process %ld on %s has taken over", folder, now.pid,
                       now.host);
    }
    lease->beat++;
    return write_lease(lease, folder, err);
}

void sb_lease_drop(const struct sb_lease *lease, const char *folder)
{
    char path[PATH_MAX];
    struct sb_lease now;
    if (sb_lease_read(&now, folder) == 0 && now.pid == lease->pid && now.start == lease->start &&
        path_of(path, sizeof path, folder, NULL) == 0) {
        unlink(path);
    }
}
