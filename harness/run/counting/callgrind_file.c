/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/callgrind_file.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct sb_callgrind *out;
    uint64_t told[SB_CALLGRIND_EVENTS]; /* by "summary:" or "totals:" */
    bool summed;
    int object;     /* whose costs are read; −1: none yet */
    bool inclusive; /* the next costs are a call's, counted where it went */
    int line;
};

static int fault(const struct reader *r, const char *what, struct sb_error *err)
{
    return sb_fail(err, SB_EPARSE, "callgrind's file, line %d: %s", r->line, what);
}

static int read_events(struct reader *r, const char *at, struct sb_error *err)
{
    r->out->events = 0;
    while (*(at += strspn(at, " "))) {
        const size_t length = strcspn(at, " ");
        if (r->out->events == SB_CALLGRIND_EVENTS || length >= sizeof r->out->event[0]) {
            return fault(r, "more events, or longer names, than are known", err);
        }
        snprintf(r->out->event[r->out->events++], sizeof r->out->event[0], "%.*s", (int)length, at);
        at += length;
    }
    return r->out->events > 0 ? 0 : fault(r, "no events", err);
}

/* Costs that are 0 at the end of a line are left out. */
static int read_costs(uint64_t *out, const struct reader *r, const char *at, struct sb_error *err)
{
    int i = 0;
    while (*(at += strspn(at, " "))) {
        char *end = NULL;
        const unsigned long long cost = strtoull(at, &end, 10);
        if (!isdigit((unsigned char)*at) || i == r->out->events || (*end && *end != ' ')) {
            return fault(r, "no costs of the events told", err);
        }
        out[i++] += cost;
        at = end;
    }
    return 0;
}

/* "(3) path" names object 3, "(3)" means it again; without compression it is the path alone. */
static int find_object(struct reader *r, const char *text, struct sb_error *err)
{
    struct sb_callgrind *out = r->out;
    if (*text == '(') {
        return fault(r, "compressed names are not read", err);
    }
    for (r->object = 0; r->object < out->objects; ++r->object) {
        if (strcmp(out->object[r->object].path, text) == 0) {
            return 0;
        }
    }
    if (out->objects == SB_CALLGRIND_OBJECTS) {
        return fault(r, "more object files than are kept", err);
    }
    struct sb_callgrind_object *more =
        realloc(out->object, ((size_t)out->objects + 1) * sizeof *more);
    if (!more) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    out->object = more;
    more[out->objects] = (struct sb_callgrind_object){0};
    snprintf(more[out->objects].path, sizeof more->path, "%s", text);
    r->object = out->objects++;
    return 0;
}

static int read_line(struct reader *r, const char *line, struct sb_error *err)
{
    if (strncmp(line, "events:", 7) == 0) {
        return read_events(r, line + 7, err);
    }
    if (strncmp(line, "summary:", 8) == 0 || strncmp(line, "totals:", 7) == 0) {
        memset(r->told, 0, sizeof r->told);
        r->summed = true;
        return read_costs(r->told, r, strchr(line, ':') + 1, err);
    }
    if (strncmp(line, "ob=", 3) == 0) {
        return find_object(r, line + 3, err);
    }
    if (strncmp(line, "calls=", 6) == 0) {
        r->inclusive = true;
        return 0;
    }
    if (!*line || (!isdigit((unsigned char)*line) && !strchr("+-*", *line))) {
        const bool known = *line == '#' || strchr(line, ':') || strchr(line, '=');
        return known || !*line ? 0 : fault(r, "neither costs nor a heading", err);
    }
    if (r->object < 0) {
        return fault(r, "costs of no object file", err);
    }
    uint64_t skipped[SB_CALLGRIND_EVENTS] = {0};
    uint64_t *into = r->inclusive ? skipped : r->out->object[r->object].cost;
    r->inclusive = false;
    return read_costs(into, r, line + strcspn(line, " "), err); /* first a line's number */
}

static int check_sums(const struct reader *r, struct sb_error *err)
{
    if (r->out->events == 0 || !r->summed) {
        return fault(r, "it ends without events or their sum", err);
    }
    for (int e = 0; e < r->out->events; ++e) {
        uint64_t sum = 0;
        for (int i = 0; i < r->out->objects; ++i) {
            sum += r->out->object[i].cost[e];
        }
        if (sum != r->told[e]) {
            return sb_fail(err, SB_EPARSE, "callgrind's file: %s adds up to %llu, and it says %llu",
                           r->out->event[e], (unsigned long long)sum,
                           (unsigned long long)r->told[e]);
        }
    }
    return 0;
}

int sb_callgrind_parse(struct sb_callgrind *out, const char *text, size_t length,
                       struct sb_error *err)
{
    *out = (struct sb_callgrind){0};
    struct reader r = {.out = out, .object = -1};
    int code = 0;
    for (size_t at = 0; code == 0 && at < length;) {
        const char *end = memchr(text + at, '\n', length - at);
        const size_t bytes = end ? (size_t)(end - text) - at : length - at;
        char *line = strndup(text + at, bytes);
        ++r.line;
        code = line ? read_line(&r, line, err) : sb_fail(err, SB_ENOMEM, "out of memory");
        free(line);
        at += bytes + 1;
    }
    return code != 0 ? code : check_sums(&r, err);
}

int sb_callgrind_event(const struct sb_callgrind *costs, const char *name)
{
    for (int i = 0; i < costs->events; ++i) {
        if (strcmp(costs->event[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

void sb_callgrind_free(struct sb_callgrind *costs)
{
    free(costs->object);
    *costs = (struct sb_callgrind){0};
}
