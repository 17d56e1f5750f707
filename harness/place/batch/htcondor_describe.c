/* SPDX-License-Identifier: Apache-2.0 */
/* HTCondor manual, "Submit Description File Commands": macros, quoting, and what each command means. */
#include "harness/place/batch/htcondor.h"
#include "harness/place/containers/image.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *sb_htcondor_universe(const struct sb_place *place)
{
    for (int i = 0; i < place->options.count; ++i) {
        if (strcmp(place->options.item[i], "universe=container") == 0) {
            return "container";
        }
        if (strcmp(place->options.item[i], "universe=docker") == 0) {
            return "docker";
        }
    }
    return "vanilla";
}

bool sb_htcondor_is_carried(const struct sb_place *place)
{
    return place->scratch || strcmp(sb_htcondor_universe(place), "vanilla") != 0;
}

/* A value: "$" begins a macro, and there is a macro for it. */
static void put_value(FILE *out, const char *key, const char *value)
{
    fprintf(out, "%s = ", key);
    for (const char *c = value; *c; ++c) {
        if (*c == '$') {
            fputs("$(DOLLAR)", out);
        } else {
            fputc(*c, out);
        }
    }
    fputc('\n', out);
}

/* A string within an expression. */
static void put_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (const char *c = text; *c; ++c) {
        if (*c == '$') {
            fputs("$(DOLLAR)", out);
        } else {
            fprintf(out, "%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
        }
    }
    fputc('"', out);
}

static bool is_number(const char *text)
{
    char *end = NULL;
    strtod(text, &end);
    return *text && end && *end == '\0';
}

/* "Attribute=value" as a comparison. */
static int put_select(FILE *out, const char *text, struct sb_error *err)
{
    const size_t length = strcspn(text, "=");
    for (size_t i = 0; i < length; ++i) {
        if (!isalnum((unsigned char)text[i]) && text[i] != '_') {
            return sb_fail(err, SB_EINVAL, "htcondor: select '%s': expected Attribute=value", text);
        }
    }
    if (length == 0 || text[length] != '=') {
        return sb_fail(err, SB_EINVAL, "htcondor: select '%s': expected Attribute=value", text);
    }
    const char *value = text + length + 1;
    fprintf(out, " && (TARGET.%.*s == ", (int)length, text);
    if (is_number(value) || strcasecmp(value, "true") == 0 || strcasecmp(value, "false") == 0) {
        fputs(value, out);
    } else {
        put_string(out, value);
    }
    fputc(')', out);
    return 0;
}

static int put_requirements(FILE *out, const struct sb_ticket *ticket, struct sb_error *err)
{
    const struct sb_place *place = ticket->place;
    int code = 0;
    fputs("requirements = true", out);
    if (ticket->node) {
        fputs(" && (TARGET.Machine == ", out);
        put_string(out, ticket->node);
        fputc(')', out);
    }
    for (int i = 0; code == 0 && i < place->select.count; ++i) {
        code = put_select(out, place->select.item[i], err);
    }
    if (place->constraint) { /* an expression by whoever describes the site */
        fprintf(out, " && (%s)", place->constraint);
    }
    fputc('\n', out);
    return code;
}

static void put_resources(FILE *out, const struct sb_ticket *ticket)
{
    const struct sb_place *place = ticket->place;
    const double limit_s = ticket->time_limit_s >= 1 ? ticket->time_limit_s : 3600;
    if (place->cores > 0 || ticket->ranks > 1) {
        fprintf(out, "request_cpus = %d\n", place->cores > 0 ? place->cores : ticket->ranks);
    }
    if (place->memory_bytes > 0) {
        fprintf(out, "request_memory = %.0f\n", ceil(place->memory_bytes / 1048576)); /* MiB */
    }
    if (place->gpus > 0) {
        fprintf(out, "request_gpus = %d\n", place->gpus);
    }
    /* older than allowed_execute_duration, and leaves the queue instead of being held */
    fprintf(out, "periodic_remove = (JobStatus == 2) && ((time() - JobCurrentStartDate) > %.0f)\n",
            ceil(limit_s));
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The job file goes with the job; records and events come back when it has ended. Paths are below initialdir: lists and
 * remaps hold names of ours alone. */
static void put_transfer(FILE *out, const struct sb_ticket *ticket)
{
    const char *records = base_of(ticket->records);
    const char *events = base_of(ticket->events);
    fputs("should_transfer_files = YES\nwhen_to_transfer_output = ON_EXIT\ntransfer_executable = "
          "true\n",
          out);
    fprintf(out, "transfer_input_files = jobs/%s\n", base_of(ticket->job));
    fprintf(out, "transfer_output_files = records/%s, jobs/%s\n", records, events);
    fprintf(out, "transfer_output_remaps = \"%s=records/%s; %s=jobs/%s\"\n", records, records,
            events, events);
}

/* A file, which goes with the job, or a folder, which the nodes must see, without its digest: HTCondor checks none; an image of a
 * registry with it. */
static void put_image(FILE *out, const char *universe, const char *image)
{
    char text[PATH_MAX];
    struct stat facts;
    if (strcmp(universe, "docker") == 0) {
        put_value(out, "docker_image", image);
    } else if (image[0] == '/' && sb_image_path(text, sizeof text, image)) {
        put_value(out, "container_image", text);
        if (stat(text, &facts) == 0 && S_ISDIR(facts.st_mode)) { /* it copies no links to folders */
            fputs("transfer_container = false\n", out);
        }
    } else {
        snprintf(text, sizeof text, "docker://%s", image);
        put_value(out, "container_image", text);
    }
}

static void put_universe(FILE *out, const struct sb_ticket *ticket)
{
    const char *universe = sb_htcondor_universe(ticket->place);
    fprintf(out, "universe = %s\n", universe);
    if (strcmp(universe, "vanilla") != 0) {
        put_image(out, universe, ticket->image);
    }
}

static int put_all(FILE *out, const struct sb_ticket *ticket, const char *script,
                   struct sb_error *err)
{
    fprintf(out, "# %s\n", ticket->tag);
    put_universe(out, ticket);
    put_value(out, "executable", script);
    if (sb_htcondor_is_carried(ticket->place)) {
        put_transfer(out, ticket);
        /* it makes remaps of these, too, and quotes nothing in them */
        fprintf(out, "output = jobs/%s\nerror = jobs/%s\n", base_of(ticket->log),
                base_of(ticket->log));
    } else { /* nothing is copied, and the log grows while the job runs */
        fputs("transfer_executable = false\nshould_transfer_files = NO\n", out);
        put_value(out, "output", ticket->log);
        put_value(out, "error", ticket->log);
    }
    put_value(out, "initialdir", ticket->folder);
    put_value(out, "batch_name", ticket->tag);
    fputs("+SwitchbenchTag = ", out);
    put_string(out, ticket->tag);
    fputs("\nnotification = never\ngetenv = false\n", out);
    if (ticket->place->account) {
        put_value(out, "accounting_group", ticket->place->account);
    }
    put_resources(out, ticket);
    const int code = put_requirements(out, ticket, err);
    fputs("queue\n", out);
    return code;
}

static int check_carried(const struct sb_ticket *ticket, struct sb_error *err)
{
    const bool container = strcmp(sb_htcondor_universe(ticket->place), "vanilla") != 0;
    if (container && !ticket->image) {
        return sb_fail(err, SB_EINVAL, "htcondor: the %s universe needs an image",
                       sb_htcondor_universe(ticket->place));
    }
    if (!container && !ticket->place->runner) { /* images have one */
        return sb_fail(err, SB_EINVAL,
                       "htcondor: where the campaign's folder is not seen, 'runner' must say where "
                       "switchbench-runner is there");
    }
    if (ticket->kernel_folders && ticket->kernel_folders[0]) {
        return sb_fail(
            err, SB_EINVAL,
            "htcondor: kernels in folders of one's own need a folder that the nodes see");
    }
    return 0;
}

static int check(const struct sb_ticket *ticket, struct sb_error *err)
{
    const struct sb_place *place = ticket->place;
    int code = sb_batch_check_place(place, err);
    code = code != 0 ? code : sb_batch_check("campaign folder", ticket->folder, err);
    code = code != 0 ? code : sb_batch_check("log", ticket->log, err);
    code = code != 0 ? code : sb_batch_check("node", ticket->node, err);
    if (code == 0 && sb_htcondor_is_carried(place)) {
        code = check_carried(ticket, err);
    }
    if (code == 0 && place->exclusive) {
        return sb_fail(
            err, SB_EINVAL,
            "htcondor: it has no whole nodes to ask for: give 'cores' instead of 'exclusive'");
    }
    if (code == 0 && ticket->node && strchr(ticket->node, ',')) {
        return sb_fail(err, SB_EINVAL, "htcondor: jobs on several nodes are not supported here");
    }
    return code;
}

int sb_htcondor_describe(char **out, const struct sb_ticket *ticket, const char *script,
                         struct sb_error *err)
{
    size_t length = 0;
    int code = check(ticket, err);
    if (code != 0) {
        return code;
    }
    FILE *stream = open_memstream(out, &length);
    if (!stream) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    code = put_all(stream, ticket, script, err);
    fclose(stream);
    if (code != 0) {
        free(*out);
        *out = NULL;
    }
    return code;
}
