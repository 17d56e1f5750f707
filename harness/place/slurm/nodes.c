/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/slurm/nodes.h"

#include "harness/place/slurm/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Partition ('*' marks the default), up or down, cores, memory in MB ('+': at least), GRES, features, time limit. */
const char sb_slurm_partition_format[] = "%P|%a|%c|%m|%G|%f|%l";
/* Node, partition, state, GRES, features. */
const char sb_slurm_node_format[] = "%N|%P|%T|%G|%f";

#define FIELD_ROOM 512
#define FIELDS_MOST 8

struct fields {
    char text[FIELDS_MOST][FIELD_ROOM];
    int count;
};

/* Next line's fields; false at the end. */
static bool next_line(struct fields *out, const char **at)
{
    if (**at == '\0') {
        return false;
    }
    const char *end = *at + strcspn(*at, "\n");
    out->count = 0;
    for (const char *from = *at; from <= end && out->count < FIELDS_MOST;) {
        const size_t length = strcspn(from, "|\n");
        snprintf(out->text[out->count++], FIELD_ROOM, "%.*s", (int)length, from);
        from += length + 1;
    }
    *at = end + (*end == '\n');
    return true;
}

static const char *or_nothing(const char *field)
{
    return strcmp(field, "(null)") == 0 || strcmp(field, "N/A") == 0 ? "" : field;
}

/* "gpu:a100:4(S:0-1),nic:1": name and number of the GPUs. */
static int gpus_of(char *name, size_t room, const char *gres)
{
    for (const char *at = or_nothing(gres); *at; at += strcspn(at, ","), at += *at == ',') {
        if (strncmp(at, "gpu:", 4) != 0) {
            continue;
        }
        size_t length = strcspn(at, "(,");
        size_t colon = length;
        while (colon > 0 && at[colon - 1] != ':') {
            --colon;
        }
        snprintf(name, room, "%.*s", (int)colon - 1, at);
        return (int)strtol(at + colon, NULL, 10);
    }
    return 0;
}

static void put_name(char *out, size_t room, const struct fields *line, const json_t *places)
{
    char base[96];
    const size_t length = strcspn(line->text[0], "*");
    snprintf(base, sizeof base, "slurm-%.*s", (int)length, line->text[0]);
    for (char *c = base; *c; ++c) {
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", *c)) {
            *c = '-';
        }
    }
    int same = 0;
    size_t i;
    json_t *place;
    json_array_foreach (places, i, place) {
        const char *name = json_string_value(json_object_get(place, "name"));
        const size_t stem = strlen(base);
        same += strncmp(name, base, stem) == 0 && (name[stem] == '\0' || name[stem] == '-');
    }
    if (same > 0) {
        snprintf(out, room, "%s-%d", base, same + 1);
    } else {
        snprintf(out, room, "%s", base);
    }
}

static json_t *make_place(const struct fields *line, const json_t *places)
{
    char name[128];
    char gpu[FIELD_ROOM];
    put_name(name, sizeof name, line, places);
    const size_t length = strcspn(line->text[0], "*");
    const int gpus = gpus_of(gpu, sizeof gpu, line->text[4]);
    const long cores = strtol(line->text[2], NULL, 10);
    json_t *place = json_pack("{ss ss ss%}", "name", name, "scheduler", "slurm", "partition",
                              line->text[0], length);
    if (place && cores > 0) {
        json_object_set_new(place, "cores", json_integer(cores));
    }
    if (place && gpus > 0) {
        json_object_set_new(place, "gpu", json_string(gpu));
        json_object_set_new(place, "gpus", json_integer(gpus));
    }
    return place;
}

int sb_slurm_places(json_t **out, const char *sinfo, struct sb_error *err)
{
    *out = json_array();
    struct fields line;
    while (*out && next_line(&line, &sinfo)) {
        if (line.count < 7 || strcmp(line.text[1], "up") != 0) {
            continue;
        }
        json_t *place = make_place(&line, *out);
        if (!place || json_array_append_new(*out, place) != 0) {
            json_decref(*out);
            *out = NULL;
        }
    }
    return *out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

/* States that take jobs, now or later; a flag behind says more: '*' does not answer, '$' in maintenance, '~' sleeps and is
 * woken when it is wanted. */
static bool is_usable(const char *state)
{
    static const char *const takes[] = {"idle",    "mixed",       "allocated", "completing",
                                        "planned", "powering_up", "reserved"};
    const size_t length = strcspn(state, "*$~#!%@^-");
    for (size_t i = 0; i < sizeof takes / sizeof *takes; ++i) {
        if (strlen(takes[i]) == length && strncmp(state, takes[i], length) == 0) {
            return strpbrk(state + length, "*$") == NULL;
        }
    }
    return false;
}

/* @p csv: "a,b". */
static bool is_one_of(const char *csv, const char *name, size_t length)
{
    for (const char *at = csv; *at; at += strcspn(at, ","), at += *at == ',') {
        if (strcspn(at, ",") == length && strncmp(at, name, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool satisfies(const char *features, const char *constraint)
{
    for (const char *at = constraint ? constraint : ""; *at;) {
        const size_t length = strcspn(at, "&,");
        if (!is_one_of(features, at, length)) {
            return false;
        }
        at += length + (at[length] != '\0');
    }
    return true;
}

static bool is_in(const char *partition, const struct sb_place *place)
{
    const size_t length = strcspn(partition, "*");
    return place->partition ? strlen(place->partition) == length &&
                                  strncmp(partition, place->partition, length) == 0
                            : partition[length] == '*';
}

static int add_node(json_t *nodes, const struct fields *line)
{
    const char *gres = or_nothing(line->text[3]);
    const char *features = or_nothing(line->text[4]);
    char type[2 * FIELD_ROOM + 2];
    snprintf(type, sizeof type, "%s%s%s", features, *features && *gres ? " " : "", gres);
    return json_array_append_new(nodes, json_pack("{ss ss sb ss}", "name", line->text[0], "state",
                                                  line->text[2], "usable", is_usable(line->text[2]),
                                                  "type", type));
}

int sb_slurm_nodes(json_t **out, const char *sinfo, const struct sb_place *place,
                   struct sb_error *err)
{
    *out = NULL;
    if (place->constraint && strpbrk(place->constraint, "|()[]*!")) {
        return sb_fail(err, SB_EINVAL,
                       "%s: which nodes satisfy '%s' only Slurm knows; name them (nodes: n1,n2)",
                       place->name, place->constraint);
    }
    *out = json_array();
    struct fields line;
    while (*out && next_line(&line, &sinfo)) {
        if (line.count < 5 || !is_in(line.text[1], place) ||
            !satisfies(or_nothing(line.text[4]), place->constraint)) {
            continue;
        }
        if (add_node(*out, &line) != 0) {
            json_decref(*out);
            *out = NULL;
        }
    }
    return *out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

bool sb_slurm_waits_for_nodes(const struct sb_placed *job, const struct sb_slurm_row *row)
{
    return job->state == SB_JOB_QUEUED && row->wanted[0] &&
           strncmp(row->reason, "ReqNodeNotAvail", 15) == 0;
}

void sb_slurm_look_at_nodes(struct sb_placed *job, const struct sb_slurm_row *row,
                            const char *sinfo)
{
    char wanted[FIELD_ROOM];
    struct fields line;
    sb_slurm_expand(wanted, sizeof wanted, row->wanted);
    while (next_line(&line, &sinfo)) {
        if (line.count >= 3 && !is_usable(line.text[2]) &&
            is_one_of(wanted, line.text[0], strlen(line.text[0]))) {
            job->state = SB_JOB_HELD;
            snprintf(job->words, sizeof job->words, "%s %s; %s is %s", row->state, row->reason,
                     line.text[0], line.text[2]);
            return;
        }
    }
}
