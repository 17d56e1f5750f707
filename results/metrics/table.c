/* SPDX-License-Identifier: Apache-2.0 */
#include "results/metrics/table.h"

#include "harness/util/embedded.h"
#include "harness/util/json.h"
#include "harness/util/text.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

extern const struct sb_embedded sb_metric_files[];

static struct sb_metrics table;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
    struct sb_error err;
    if (sb_metrics_parse(&table, sb_metric_files[0].bytes, sb_metric_files[0].length,
                         sb_metric_files[0].name, &err) != 0) {
        table = (struct sb_metrics){0};
    }
}

const struct sb_metrics *sb_metrics_table(void)
{
    pthread_once(&once, load);
    return &table;
}

int sb_metric_count(void)
{
    return sb_metrics_table()->count;
}

const struct sb_metric *sb_metric_at(int i)
{
    return &sb_metrics_table()->row[i].metric;
}

static const char *name_of(int i, const void *payload)
{
    (void)payload;
    return sb_metric_at(i)->name;
}

const struct sb_metric *sb_metric_find(const char *name, struct sb_error *err)
{
    for (int i = 0; i < sb_metric_count(); ++i) {
        if (strcmp(sb_metric_at(i)->name, name) == 0) {
            return sb_metric_at(i);
        }
    }
    const char *near = sb_text_closest(name, sb_metric_count(), name_of, NULL);
    sb_fail(err, SB_ENOTFOUND,
            near ? "no metric '%s'; did you mean '%s'?"
                 : "no metric '%s'; 'switchbench list metrics' shows them",
            name, near);
    return NULL;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

void sb_metrics_machine(char *out, size_t room, const json_t *record)
{
    const char *target = sb_json_text_or(record, "target", "native");
    const char *device = sb_json_text_or(record, "device.target", target);
    const char *backend = sb_json_text_or(record, "backend", "");
    if (begins(device, "sm_") || begins(device, "gfx")) {
        snprintf(out, room, "%s/%s", device[0] == 's' ? "nvidia" : "amd", device);
    } else if (strcmp(backend, "cpu") == 0 &&
               (begins(target, "arm") || begins(target, "aarch64"))) {
        snprintf(out, room, "aarch64");
    } else if (strcmp(backend, "cpu") == 0 && (begins(target, "rv") || begins(target, "riscv"))) {
        snprintf(out, room, "riscv64");
    } else {
        snprintf(out, room, "%s/%s/%s/%s", sb_json_text_or(record, "node.architecture", ""),
                 sb_json_text_or(record, "node.cpu_vendor", ""),
                 sb_json_text_or(record, "node.cpu_family", ""),
                 sb_json_text_or(record, "node.cpu_model_number", ""));
    }
}
