/* SPDX-License-Identifier: Apache-2.0 */
#include "results/compare/side.h"

#include "harness/util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a key is made of, in its order. Parameters follow, each an axis by its own name. */
static const struct {
    const char *name;
    size_t offset;
} axes[] = {
#define AXIS(field) {#field, offsetof(struct sb_store_cell, field)}
    AXIS(kernel), AXIS(label), AXIS(preset),    AXIS(variant), AXIS(backend),
    AXIS(target), AXIS(place), AXIS(precision), AXIS(maths),
#undef AXIS
};
#define AXES (sizeof axes / sizeof axes[0])

static const char *value_of(const struct sb_store_cell *cell, size_t axis)
{
    return *(const char *const *)((const char *)cell + axes[axis].offset);
}

int sb_compare_side_parse(struct sb_compare_side *out, const char *text, struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    const char *colon = strrchr(text, ':');
    const char *filters = colon && strchr(colon, '=') ? colon + 1 : NULL;
    const size_t length = filters ? (size_t)(colon - text) : strlen(text);
    if (length == 0 || length >= sizeof out->folder) {
        return sb_fail(err, SB_EINVAL, "'%.200s': expected FOLDER or FOLDER:axis=value,…", text);
    }
    memcpy(out->folder, text, length);
    while (filters && *filters) {
        const size_t part = strcspn(filters, ",");
        const char *equals = memchr(filters, '=', part);
        if (!equals || equals == filters) {
            return sb_fail(err, SB_EINVAL, "'%.*s': expected axis=value", (int)part, filters);
        }
        if (out->filters == SB_COMPARE_FILTERS) {
            return sb_fail(err, SB_EINVAL, "'%.200s': more than %d filters", text,
                           SB_COMPARE_FILTERS);
        }
        const size_t axis = (size_t)(equals - filters), value = part - axis - 1;
        if (axis >= sizeof out->filter[0].axis || value >= sizeof out->filter[0].value) {
            return sb_fail(err, SB_EINVAL, "'%.*s': too long", (int)part, filters);
        }
        memcpy(out->filter[out->filters].axis, filters, axis);
        memcpy(out->filter[out->filters].value, equals + 1, value);
        out->filters++;
        filters += part + (filters[part] == ',');
    }
    return 0;
}

struct sb_compare_texts {
    struct sb_compare_texts *next;
    size_t used, room;
    _Alignas(max_align_t) char bytes[];
};

void *sb_compare_keep(struct sb_compare_texts **texts, const void *data, size_t length)
{
    const size_t align = _Alignof(max_align_t);
    const size_t size = (length + align - 1) / align * align;
    if (!*texts || (*texts)->room - (*texts)->used < size) {
        const size_t room = size > 1 << 16 ? size : 1 << 16;
        struct sb_compare_texts *chunk = malloc(sizeof *chunk + room);
        if (!chunk) {
            return NULL;
        }
        *chunk = (struct sb_compare_texts){.next = *texts, .room = room};
        *texts = chunk;
    }
    char *at = (*texts)->bytes + (*texts)->used;
    (*texts)->used += size;
    if (length > 0) {
        memcpy(at, data, length);
    }
    return at;
}

void sb_compare_texts_free(struct sb_compare_texts *texts)
{
    while (texts) {
        struct sb_compare_texts *next = texts->next;
        free(texts);
        texts = next;
    }
}

struct reading {
    struct sb_compare_cells *out;
    struct sb_compare_texts **texts;
    const struct sb_compare_side *side, *other;
    bool axis_met[SB_COMPARE_FILTERS]; /* some cell has the axis of this filter */
    json_t *parameter_names;           /* met, for the closest name */
    struct sb_error *err;
};

static bool filters_on(const struct sb_compare_side *side, const char *axis)
{
    for (int i = 0; i < side->filters; i++) {
        if (strcmp(side->filter[i].axis, axis) == 0) {
            return true;
        }
    }
    return false;
}

/* Comparing backends leaves the target out: what "native" means is the backend's own. */
static bool is_compared(const struct reading *at, const char *axis)
{
    const bool follows = strcmp(axis, "target") == 0;
    return filters_on(at->side, axis) || filters_on(at->other, axis) ||
           (follows && (filters_on(at->side, "backend") || filters_on(at->other, "backend")));
}

static void value_text(char *out, size_t room, const json_t *value)
{
    if (json_is_string(value)) {
        snprintf(out, room, "%s", json_string_value(value));
    } else if (json_is_integer(value)) {
        snprintf(out, room, "%lld", (long long)json_integer_value(value));
    } else {
        snprintf(out, room, "%.17g", json_number_value(value));
    }
}

/* A number is met however it is written: 0.1 and 1e-1. */
static bool matches(const json_t *value, const char *wanted)
{
    char text[128];
    value_text(text, sizeof text, value);
    char *end = NULL;
    return strcmp(text, wanted) == 0 || (json_is_number(value) && *wanted &&
                                         strtod(wanted, &end) == json_number_value(value) && !*end);
}

static bool passes(struct reading *at, const struct sb_store_cell *cell, const json_t *parameters)
{
    bool passed = true;
    for (int i = 0; i < at->side->filters; i++) {
        const char *axis = at->side->filter[i].axis, *wanted = at->side->filter[i].value;
        const json_t *value = json_object_get(parameters, axis);
        bool met = value != NULL, same = value && matches(value, wanted);
        for (size_t k = 0; !met && k < AXES; k++) {
            met = strcmp(axes[k].name, axis) == 0;
            same = met && strcmp(value_of(cell, k), wanted) == 0;
        }
        at->axis_met[i] |= met;
        passed = passed && same;
    }
    return passed;
}

/* The key: values divided by a byte that no name has. */
static const char *key_of(struct reading *at, const struct sb_store_cell *cell,
                          const json_t *parameters)
{
    char key[2048];
    size_t used = 0;
    for (size_t k = 0; k < AXES && used < sizeof key; k++) {
        const char *value = is_compared(at, axes[k].name) ? "" : value_of(cell, k);
        used += (size_t)snprintf(key + used, sizeof key - used, "%s\x1f", value);
    }
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)parameters, name, value) {
        if (!is_compared(at, name) && used < sizeof key) {
            char text[128];
            value_text(text, sizeof text, value);
            used += (size_t)snprintf(key + used, sizeof key - used, "%s=%s\x1f", name, text);
        }
    }
    return used < sizeof key ? sb_compare_keep(at->texts, key, used + 1) : NULL;
}

static const char *keep_text(struct reading *at, const char *text)
{
    return sb_compare_keep(at->texts, text, strlen(text) + 1);
}

static int take(const struct sb_store_cell *cell, void *payload)
{
    struct reading *at = payload;
    json_t *parameters = json_loads(cell->parameters, 0, NULL);
    if (parameters && !json_object_get(parameters, "ranks")) {
        json_object_set_new(parameters, "ranks",
                            json_integer(1)); /* the index has it where there are more */
    }
    if (at->side->filters > 0) {
        json_object_update(at->parameter_names, parameters);
    }
    int code = 0;
    if (passes(at, cell, parameters)) {
        struct sb_compare_cells *out = at->out;
        if (out->count == out->room) {
            const size_t room = out->room ? 2 * out->room : 64;
            struct sb_compare_cell *more = realloc(out->cell, room * sizeof *more);
            code = more ? 0 : SB_ENOMEM;
            out->cell = more ? more : out->cell;
            out->room = more ? room : out->room;
        }
        const struct sb_compare_cell kept = {
            .key = key_of(at, cell, parameters),
            .cell = keep_text(at, cell->cell),
            .name = keep_text(at, cell->name),
            .job = keep_text(at, cell->job),
            .reason = keep_text(at, cell->reason),
            .emulated = keep_text(at, cell->emulated),
            .watched_turns = cell->watched_turns,
            .disturbed_turns = cell->disturbed_turns,
            .disturbed_by = keep_text(at, cell->disturbed_by),
            .metrics = keep_text(at, cell->metrics),
            .replica = cell->replica,
            .state = cell->state,
            .median_ns = cell->median_ns,
            .run = {sb_compare_keep(at->texts, cell->turn_median_ns, cell->turns * sizeof(double)),
                    sb_compare_keep(at->texts, cell->turn_samples, cell->turns * sizeof(double)),
                    sb_compare_keep(at->texts, cell->turn_mean_ns, cell->turns * sizeof(double)),
                    cell->turns},
        };
        if (code == 0 && kept.key && kept.cell && kept.name && kept.job && kept.reason &&
            kept.emulated && kept.disturbed_by && kept.metrics && kept.run.turn_median_ns &&
            kept.run.turn_samples && kept.run.turn_mean_ns) {
            out->cell[out->count++] = kept;
        } else {
            code = SB_ENOMEM;
        }
    }
    json_decref(parameters);
    return code == 0 ? 0 : sb_fail(at->err, code, "out of memory comparing cells");
}

static int by_key(const void *a, const void *b)
{
    const struct sb_compare_cell *x = a, *y = b;
    const int order = strcmp(x->key, y->key);
    return order ? order : (x->replica > y->replica) - (x->replica < y->replica);
}

static const char *axis_name(int i, const void *payload)
{
    if ((size_t)i < AXES) {
        return axes[i].name;
    }
    const char *name;
    json_t *value;
    size_t at = AXES;
    json_object_foreach ((json_t *)payload, name, value) {
        if (at++ == (size_t)i) {
            return name;
        }
    }
    return "";
}

static int check_filters(const struct reading *at, struct sb_error *err)
{
    for (int i = 0; i < at->side->filters; i++) {
        if (!at->axis_met[i]) {
            const char *axis = at->side->filter[i].axis;
            const char *closest =
                sb_text_closest(axis, (int)(AXES + json_object_size(at->parameter_names)),
                                axis_name, at->parameter_names);
            return sb_fail(err, SB_EINVAL,
                           closest ? "%s: no axis or parameter '%s': did you mean '%s'?"
                                   : "%s: no axis or parameter '%s'",
                           at->side->folder, axis, closest);
        }
    }
    if (at->side->filters > 0 && at->out->count == 0) {
        return sb_fail(err, SB_ENOTFOUND, "%s: no cell with %s=%s%s", at->side->folder,
                       at->side->filter[0].axis, at->side->filter[0].value,
                       at->side->filters > 1 ? " and the other filters" : "");
    }
    return 0;
}

int sb_compare_side_read(struct sb_compare_cells *out, struct sb_compare_texts **texts,
                         struct sb_store *store, const struct sb_compare_side *side,
                         const struct sb_compare_side *other, struct sb_error *err)
{
    struct reading at = {.out = out, .texts = texts, .side = side, .other = other, .err = err};
    at.parameter_names = json_object();
    int code = sb_store_cells(store, side->campaign, take, &at, err);
    code = code != 0 ? code : check_filters(&at, err);
    json_decref(at.parameter_names);
    if (code == 0 && out->count > 0) {
        qsort(out->cell, out->count, sizeof *out->cell, by_key);
        for (size_t i = 1; code == 0 && i < out->count; i++) {
            if (by_key(&out->cell[i - 1], &out->cell[i]) == 0) {
                code =
                    sb_fail(err, SB_EINVAL,
                            "%s: both '%s' and '%s' match one cell of the other side: filter this "
                            "side too (FOLDER:axis=value)",
                            side->folder, out->cell[i - 1].name, out->cell[i].name);
            }
        }
    }
    return code;
}
