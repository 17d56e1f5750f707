/* SPDX-License-Identifier: Apache-2.0 */
/* Where the twin's runtime and counts/ meet: the first repetition of counted code, and source lines for its sites. */
#include "backends/twin/place.h"
#include "backends/twin/twin.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

int sb_twin_counts_open(struct sb_exec *exec, struct sb_error *err)
{
    struct sb_twin_log *log = dlsym(exec->object.handle, "sb_twin_log");
    if (!log) {
        return sb_fail(err, SB_EABSENT, "twin: %s was not compiled for counting",
                       exec->object.path);
    }
    return sb_counting_open(&exec->counting, exec->object.twin, log, exec->object.path, err);
}

/* Arrays are allocated after the object is loaded. */
static int add_arrays(struct sb_exec *exec, struct sb_error *err)
{
    int code = 0;
    for (int i = 0; code == 0 && i < SB_MAX_ARRAYS; ++i) {
        const struct sb_twin_segment *segment = &exec->array[i].segment;
        if (segment->cells) {
            code = sb_counting_array(exec->counting, segment->begin, segment->bytes, err);
        }
    }
    return code;
}

int sb_twin_counts_begin(struct sb_exec *exec, const struct sb_launch_spec *launch,
                         struct sb_error *err)
{
    if (!exec->counting || exec->repetition != 1) {
        return 0;
    }
    const struct sb_twin_schedule *s = &exec->schedule;
    const int code = sb_counting_ready(exec->counting) ? 0 : add_arrays(exec, err);
    return code != 0 ? code : sb_counting_begin(exec->counting, launch, s->blocks, s->threads, err);
}

int sb_twin_counts_end(struct sb_exec *exec, struct sb_error *err)
{
    return exec->counting && exec->repetition == 1 ? sb_counting_end(exec->counting, err) : 0;
}

struct lines {
    uint32_t *site; /* sorted */
    struct sb_place *place;
    size_t count;
};

static int by_site(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static bool line_of(void *payload, uint32_t site, char *file, size_t room, int *line)
{
    const struct lines *lines = payload;
    const uint32_t *found = bsearch(&site, lines->site, lines->count, sizeof site, by_site);
    const struct sb_place *place = found ? &lines->place[found - lines->site] : NULL;
    if (!place || place->line == 0) {
        return false;
    }
    const char *slash = strrchr(place->file, '/');
    snprintf(file, room, "%s", slash ? slash + 1 : place->file);
    *line = place->line;
    return true;
}

json_t *sb_twin_counts_json(const struct sb_exec *exec)
{
    struct lines lines = {.count = sb_counting_sites(exec->counting, NULL)};
    lines.site = calloc(lines.count + 1, sizeof *lines.site);
    lines.place = calloc(lines.count + 1, sizeof *lines.place);
    json_t *counts = NULL;
    if (lines.site && lines.place) {
        sb_counting_sites(exec->counting, lines.site);
        qsort(lines.site, lines.count, sizeof *lines.site, by_site);
        sb_places_find(lines.place, lines.site, (int)lines.count, exec->object.path);
        counts = sb_counting_json(exec->counting, line_of, &lines);
    }
    free(lines.site);
    free(lines.place);
    return counts ? counts : json_null();
}
