/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/cupti/cupti.h"

#include "harness/util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INVALID_METRIC = 17, INVALID_PARAMETER = 1 };

int sb_cupti_host_open(struct sb_cupti_host *out, const char *chip, const uint8_t *available,
                       struct sb_error *err)
{
    *out = (struct sb_cupti_host){.available = available};
    snprintf(out->chip, sizeof out->chip, "%s", chip);
    int code = sb_cupti_load(&out->cupti, err);
    if (code == 0) {
        struct sb_cupti_host_open p = {.size = SB_CUPTI_SIZE(sb_cupti_host_open, object),
                                       .chip = out->chip,
                                       .available = available};
        code = sb_cupti_check(out->cupti->host_open(&p), "describe the GPU's counters", err);
        out->object = p.object;
    }
    return code;
}

void sb_cupti_host_close(struct sb_cupti_host *host)
{
    if (host->object) {
        struct sb_cupti_host_close p = {.size = SB_CUPTI_SIZE(sb_cupti_host_close, object),
                                        .object = host->object};
        host->cupti->host_close(&p);
    }
    host->object = NULL;
}

/* What is known of a name without asking: of which instructions it is, and whether its lanes are those that took part. */
static const char *tags_of(const char *name)
{
    if (strncmp(name, "smsp__sass_thread_inst_executed_op_", 35) == 0) {
        return "retired active_lanes per_precision board";
    }
    if (strstr(name, "thread_inst_executed")) {
        return "retired active_lanes board";
    }
    return strstr(name, "inst_executed") ? "retired board"
           : strstr(name, "inst_issued") ? "issued board"
                                         : "board";
}

static bool is_level(const char *name, int type)
{
    return type != 0 || strstr(name, ".per_") || strstr(name, ".pct") || strstr(name, ".ratio") ||
           strstr(name, ".peak_");
}

static const char *unit_of(const char *name, const char *unit)
{
    const bool rate = strstr(name, ".per_") || strstr(name, ".pct") || strstr(name, ".ratio");
    return rate ? "1"
           : strcmp(unit ? unit : "", "byte") == 0 ? "byte"
           : unit && strstr(unit, "nanosecond") ? "ns"
                                                : "1";
}

/* 0, INVALID_METRIC, or another of CUPTI's codes. */
static int ask(struct sb_counter_event *out, const struct sb_cupti_host *host, const char *name)
{
    struct sb_cupti_properties p = {
        .size = SB_CUPTI_SIZE(sb_cupti_properties, type), .object = host->object, .name = name};
    const int code = host->cupti->properties(&p);
    if (code == 0) {
        *out = (struct sb_counter_event){.level = is_level(name, p.type)};
        snprintf(out->name, sizeof out->name, "%s", name);
        snprintf(out->unit, sizeof out->unit, "%s", unit_of(name, p.unit));
        snprintf(out->tags, sizeof out->tags, "%s", tags_of(name));
        snprintf(out->help, sizeof out->help, "%s", p.description ? p.description : "");
        sb_text_keep_utf8(out->help);
        out->help[strcspn(out->help, "\n")] = '\0';
    }
    return code;
}

static int base_metrics(struct sb_cupti_base_metrics *out, const struct sb_cupti_host *host,
                        struct sb_error *err)
{
    *out = (struct sb_cupti_base_metrics){.size = SB_CUPTI_SIZE(sb_cupti_base_metrics, count),
                                          .object = host->object};
    return sb_cupti_check(host->cupti->base_metrics(out), "list the GPU's counters", err);
}

int sb_cupti_each(const struct sb_cupti_host *host,
                  int (*each)(const struct sb_counter_event *event, void *payload), void *payload,
                  struct sb_error *err)
{
    struct sb_cupti_base_metrics all;
    int code = base_metrics(&all, host, err);
    for (size_t i = 0; code == 0 && i < all.count; ++i) {
        char name[SB_EVENT_NAME];
        struct sb_counter_event event;
        const int length = snprintf(name, sizeof name, "%s.sum", all.names[i]);
        if (length < (int)sizeof name && ask(&event, host, name) == 0) {
            code = each(&event, payload);
        }
    }
    return code;
}

int sb_cupti_describe(struct sb_counter_event *out, const struct sb_cupti_host *host,
                      const char *name, struct sb_error *err)
{
    const int code = *name ? ask(out, host, name) : INVALID_METRIC;
    if (code != INVALID_METRIC && code != INVALID_PARAMETER) {
        return sb_cupti_check(code, "describe this counter", err);
    }
    struct sb_cupti_base_metrics all;
    if (base_metrics(&all, host, err) != 0) {
        return SB_EABSENT;
    }
    char near[SB_EVENT_NAME] = "";
    int least = (int)strlen(name) / 3 + 1;
    for (size_t i = 0; i < all.count; ++i) {
        char full[SB_EVENT_NAME];
        snprintf(full, sizeof full, "%s.sum", all.names[i]);
        const int distance = sb_text_distance(name, full);
        if (distance < least) {
            least = distance;
            memcpy(near, full, sizeof near);
        }
    }
    return sb_fail(
        err, SB_ENOTFOUND,
        near[0] ? "%s does not count '%s'; did you mean '%s'?"
                : "%s does not count '%s'; 'switchbench list counters cupti' shows what it does",
        host->chip, name, near);
}

static int fill(struct sb_cupti_config *out, const struct sb_cupti_host *host, struct sb_error *err)
{
    struct sb_cupti_image_size size = {.size = SB_CUPTI_SIZE(sb_cupti_image_size, bytes),
                                       .object = host->object};
    int code = sb_cupti_check(host->cupti->image_size(&size), "schedule these counters", err);
    out->bytes = size.bytes;
    out->image = code == 0 ? calloc(size.bytes + 1, 1) : NULL;
    if (code == 0 && !out->image) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    struct sb_cupti_image image = {.size = SB_CUPTI_SIZE(sb_cupti_image, image),
                                   .object = host->object,
                                   .bytes = out->bytes,
                                   .image = out->image};
    code = code != 0 ? code
                     : sb_cupti_check(host->cupti->image(&image), "schedule these counters", err);
    struct sb_cupti_passes passes = {
        .size = SB_CUPTI_SIZE(sb_cupti_passes, passes), .bytes = out->bytes, .image = out->image};
    code = code != 0 ? code
                     : sb_cupti_check(host->cupti->passes(&passes), "schedule these counters", err);
    out->passes = passes.passes;
    return code;
}

int sb_cupti_config(struct sb_cupti_config *out, const struct sb_cupti_host *host,
                    const char *const *names, int count, struct sb_error *err)
{
    struct sb_cupti_host fresh; /* what was added to a host object stays in it */
    *out = (struct sb_cupti_config){0};
    int code = sb_cupti_host_open(&fresh, host->chip, host->available, err);
    if (code == 0) {
        struct sb_cupti_add_metrics p = {.size = SB_CUPTI_SIZE(sb_cupti_add_metrics, count),
                                         .object = fresh.object,
                                         .names = (const char **)names,
                                         .count = (size_t)count};
        const int told = host->cupti->add_metrics(&p);
        code =
            told == INVALID_METRIC || told == INVALID_PARAMETER
                ? sb_fail(err, SB_ENOTFOUND, "%s does not count '%s'", host->chip, names[count - 1])
                : sb_cupti_check(told, "schedule these counters", err);
    }
    code = code != 0 ? code : fill(out, &fresh, err);
    sb_cupti_host_close(&fresh);
    if (code != 0) {
        sb_cupti_config_free(out);
    }
    return code;
}

void sb_cupti_config_free(struct sb_cupti_config *config)
{
    free(config->image);
    *config = (struct sb_cupti_config){0};
}

int sb_cupti_schedule(struct sb_cupti_config *out, int *out_taken, const struct sb_cupti_host *host,
                      const char *const *names, int count, struct sb_error *err)
{
    int code = sb_cupti_config(out, host, names, 1, err);
    *out_taken = code == 0;
    for (int n = 2; code == 0 && out->passes == 1 && n <= count; ++n) {
        struct sb_cupti_config more;
        struct sb_error later;
        if (sb_cupti_config(&more, host, names, n, &later) != 0) {
            break;
        }
        if (more.passes > 1) {
            sb_cupti_config_free(&more);
            break;
        }
        sb_cupti_config_free(out);
        *out = more;
        *out_taken = n;
    }
    return code;
}
