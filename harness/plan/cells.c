/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/plan/cells.h"

#include "harness/util/text.h"

#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GPU "gpu" /* in a file's name: any backend that runs CUDA's or HIP's device code */

const char *sb_plan_intern(struct sb_plan *plan, const char *text)
{
    return sb_strings_intern(&plan->strings, text);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* <kernel>.<variant>.<backend>.<suffix>; false for anything else, the portable source included. */
static bool parse_variant(struct sb_variant *out, const char *file, const char *kernel)
{
    const size_t length = strlen(kernel);
    char tail = 0;
    return strncmp(file, kernel, length) == 0 && file[length] == '.' &&
           sscanf(file + length + 1, "%31[a-z0-9_].%31[a-z0-9_].%c", out->name, out->backend,
                  &tail) == 3;
}

static bool runs_gpu_sources(const char *backend)
{
    for (int i = 0; sb_gpu_backend_names[i]; ++i) {
        if (strcmp(sb_gpu_backend_names[i], backend) == 0) {
            return true;
        }
    }
    return false;
}

int sb_variant_source(char *out, size_t room, const char *folder, const char *kernel,
                      const char *variant, const char *backend, struct sb_error *err)
{
    static const char *const suffixes[] = {"c", "cl", "cu", "hip"};
    if (strcmp(variant, "portable") == 0) {
        snprintf(out, room, "%s/%s.dev.c", folder, kernel);
        return access(out, R_OK) == 0 ? 0 : sb_fail(err, SB_ENOTFOUND, "no source %s", out);
    }
    const char *const names[] = {backend, runs_gpu_sources(backend) ? GPU : NULL};
    for (size_t n = 0; n < 2 && names[n]; ++n) {
        for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; ++i) {
            snprintf(out, room, "%s/%s.%s.%s.%s", folder, kernel, variant, names[n], suffixes[i]);
            if (access(out, R_OK) == 0) {
                return 0;
            }
        }
    }
    return sb_fail(err, SB_ENOTFOUND, "no source %s/%s.%s.%s.*", folder, kernel, variant, backend);
}

const char *sb_cell_variants_of(const struct sb_cell *cell)
{
    for (int i = 0; sb_backend_names[i]; ++i) {
        if (strcmp(sb_backend_names[i], cell->target) == 0) {
            return sb_backend_names[i];
        }
    }
    return cell->backend;
}

/* A file for all GPUs is a variant of each backend that runs such. */
static void add_variant(struct sb_variants *out, const struct sb_variant *found)
{
    const bool every = strcmp(found->backend, GPU) == 0;
    for (int i = 0; every ? sb_gpu_backend_names[i] != NULL : i < 1; ++i) {
        if (out->count == sizeof out->item / sizeof *out->item) {
            return;
        }
        struct sb_variant *added = &out->item[out->count++];
        *added = *found;
        if (every) {
            snprintf(added->backend, sizeof added->backend, "%s", sb_gpu_backend_names[i]);
        }
    }
}

int sb_variants_find(struct sb_variants *out, const struct sb_kernel *kernel, const char *folder,
                     struct sb_error *err)
{
    *out = (struct sb_variants){.item = {{.name = "portable"}}, .count = 1};
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, NULL, by_name);
    if (count < 0) {
        return sb_fail(err, SB_EIO, "cannot read the kernel folder %s", folder);
    }
    for (int i = 0; i < count; ++i) {
        struct sb_variant found = {0};
        if (parse_variant(&found, entries[i]->d_name, kernel->name)) {
            add_variant(out, &found);
        }
        free(entries[i]);
    }
    free(entries);
    return 0;
}

/* Everything that defines a cell within its campaign, as bytes: text through printf costs more than the hash. */
static void make_id(struct sb_cell *cell)
{
    const struct sb_case *c = &cell->c;
    const int32_t numbers[] = {(int32_t)c->precision, (int32_t)c->maths, c->index_bits,
                               cell->replica};
    const char *const texts[] = {c->kernel->name,
                                 cell->preset,
                                 c->label,
                                 c->variant,
                                 cell->backend,
                                 cell->target,
                                 strcmp(cell->place, "local") == 0 ? NULL : cell->place};
    unsigned char bytes[2048];
    size_t used = sizeof numbers;
    memcpy(bytes, numbers, sizeof numbers);
    memcpy(bytes + used, c->p, sizeof c->p);
    used += sizeof c->p;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && texts[i]; ++i) {
        const size_t length =
            strnlen(texts[i], 255) + 1; /* with its NUL, so that texts do not run together */
        memcpy(bytes + used, texts[i], length);
        used += length;
    }
    if (c->ranks > 1) { /* left out for one: the ids of campaigns before there were ranks */
        const int32_t ranks = c->ranks;
        memcpy(bytes + used, &ranks, sizeof ranks);
        used += sizeof ranks;
    }
    char hex[65];
    sb_text_sha256(hex, bytes, used);
    memcpy(cell->id, hex, 12);
    cell->id[12] = '\0';
}

static uint32_t place_of(const char *id, uint32_t room)
{
    char head[9];
    memcpy(head, id, 8);
    head[8] = '\0';
    return (uint32_t)strtoul(head, NULL, 16) & (room - 1);
}

static void remember(struct sb_axes *axes, const struct sb_plan *plan, int index)
{
    uint32_t at = place_of(plan->cell[index].id, axes->seen_room);
    while (axes->seen[at]) {
        at = (at + 1) & (axes->seen_room - 1);
    }
    axes->seen[at] = (uint32_t)index + 1;
}

static bool seen(const struct sb_axes *axes, const struct sb_plan *plan, const char *id)
{
    if (axes->seen_room == 0) {
        return false;
    }
    for (uint32_t at = place_of(id, axes->seen_room); axes->seen[at];
         at = (at + 1) & (axes->seen_room - 1)) {
        if (strcmp(plan->cell[axes->seen[at] - 1].id, id) == 0) {
            return true;
        }
    }
    return false;
}

/* Doubles the cells' room, and the hash set with it, at four places a cell. */
static int grow(struct sb_plan *plan, struct sb_axes *axes)
{
    const int room = plan->cell_count ? 2 * plan->cell_count : 64;
    struct sb_cell *more = realloc(plan->cell, (size_t)room * sizeof *more);
    uint32_t *set = calloc((size_t)room * 4, sizeof *set);
    if (more) {
        plan->cell = more;
    }
    if (!more || !set) {
        free(set);
        return SB_ENOMEM;
    }
    free(axes->seen);
    axes->seen = set;
    axes->seen_room = (uint32_t)room * 4;
    for (int i = 0; i < plan->cell_count; ++i) {
        remember(axes, plan, i);
    }
    return 0;
}

int sb_plan_add(struct sb_plan *plan, struct sb_axes *axes, const struct sb_cell *cell,
                struct sb_error *err)
{
    struct sb_cell added = *cell;
    added.target = sb_plan_intern(plan, cell->target);
    added.backend = sb_plan_intern(plan, cell->backend);
    if (!added.target || !added.backend) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    make_id(&added);
    if (seen(axes, plan, added.id)) {
        return 0;
    }
    const int count = plan->cell_count;
    const bool full = count == 0 || (count >= 64 && (count & (count - 1)) == 0);
    if (full && grow(plan, axes) != 0) {
        return sb_fail(err, SB_ENOMEM, "out of memory: %d cells", count);
    }
    plan->cell[plan->cell_count++] = added;
    remember(axes, plan, plan->cell_count - 1);
    return 0;
}

const struct sb_cell *sb_plan_find(const struct sb_plan *plan, const char *id)
{
    const struct sb_cell *found = NULL;
    const size_t length = strlen(id);
    for (int i = 0; i < plan->cell_count; ++i) {
        if (length > 0 && strncmp(plan->cell[i].id, id, length) == 0) {
            if (found) {
                return NULL;
            }
            found = &plan->cell[i];
        }
    }
    return found;
}

static size_t put(char *out, size_t room, size_t used, const char *before, const char *text)
{
    for (int i = 0; i < 2; ++i) {
        const char *from = i == 0 ? before : text;
        while (*from && used + 1 < room) {
            out[used++] = *from++;
        }
    }
    out[used] = '\0';
    return used;
}

static double usual_value(const struct sb_preset *row, const struct sb_param *param)
{
    for (int s = 0; s < SB_MAX_PARAMS && row->settings[s].name; ++s) {
        if (strcmp(row->settings[s].name, param->name) == 0) {
            return row->settings[s].value;
        }
    }
    return param->usual;
}

static size_t put_parameters(char *out, size_t room, size_t used, const struct sb_case *c,
                             const struct sb_preset *row)
{
    for (int i = 0; row->preset && !row->fit && c->kernel->params[i].name; ++i) {
        const struct sb_param *param = &c->kernel->params[i];
        if (c->p[i] == usual_value(row, param)) {
            continue;
        }
        char value[64];
        snprintf(value, sizeof value, "%.15g", c->p[i]);
        used = put(out, room, used, " ", param->name);
        used = put(out, room, used, "=", param->choices ? param->choices[(int)c->p[i]] : value);
    }
    return used;
}

void sb_cell_name(char *out, size_t room, const struct sb_cell *cell)
{
    const struct sb_case *c = &cell->c;
    size_t used = put(out, room, 0, "", c->kernel->name);
    used = put(out, room, used, *c->label ? "/" : "", c->label);
    used = put(out, room, used, "@", cell->preset);
    used = put(out, room, used, " ", c->variant);
    used = put(out, room, used, " ", cell->backend);
    if (strcmp(cell->target, "native") != 0) {
        used = put(out, room, used, " ", cell->target);
    }
    const struct sb_preset *row = c->kernel->presets;
    while (row->preset && (strcmp(row->preset, cell->preset) != 0 ||
                           strcmp(row->label ? row->label : "", c->label) != 0)) {
        ++row;
    }
    if (c->precision != row->precision) {
        used = put(out, room, used, " ", c->precision == SB_FLOAT ? "float" : "double");
    }
    used = put(out, room, used, c->maths == SB_STRICT ? " strict" : "", "");
    if (c->ranks > 1) {
        char ranks[24];
        snprintf(ranks, sizeof ranks, "%d ranks", c->ranks);
        used = put(out, room, used, " ", ranks);
    }
    used = put_parameters(out, room, used, c, row);
    if (cell->replica > 0) {
        char replica[16];
        snprintf(replica, sizeof replica, "%d", cell->replica);
        used = put(out, room, used, " #", replica);
    }
    if (strcmp(cell->place, "local") != 0) {
        put(out, room, used, " on ", cell->place);
    }
}
