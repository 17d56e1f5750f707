/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a sheet: {name, title, vendor, sources: {KEY: TEXT}, figures: {KEY: {value, source, note}}}. */
#include "harness/util/text.h"
#include "harness/util/yaml.h"
#include "results/bound/sheet.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEAK_TOLERANCE 0.01 /* published peaks have three digits */

struct reader {
    yaml_document_t *document;
    struct sb_sheet *sheet;
    const char *path;
    const yaml_node_t *sources;
    unsigned long long used; /* bit i: the i-th source was cited */
};

static const yaml_node_t *node_at(const struct reader *r, int index)
{
    return yaml_document_get_node(r->document, index);
}

static int fail_at(const struct reader *r, const yaml_node_t *node, const char *what,
                   const char *wanted, struct sb_error *err)
{
    return sb_fail(err, SB_EPARSE, "%s:%zu: %s: expected %s, got %s", r->path,
                   node->start_mark.line + 1, what, wanted, sb_yaml_kind(node));
}

static int fail_key(const struct reader *r, const yaml_node_t *key, int count,
                    const char *(*candidate)(int, const void *), struct sb_error *err)
{
    const char *near = sb_text_closest(sb_yaml_text(key), count, candidate, NULL);
    return sb_fail(err, SB_EPARSE,
                   near ? "%s:%zu: unknown key '%s'; did you mean '%s'?"
                        : "%s:%zu: unknown key '%s'%s",
                   r->path, key->start_mark.line + 1, sb_yaml_text(key),
                   near ? near : "; 'switchbench list devices' shows the figures of a sheet");
}

static int copy_text(char **out, const struct reader *r, const yaml_node_t *node, const char *what,
                     struct sb_error *err)
{
    if (!sb_yaml_plain(node) || !*sb_yaml_text(node)) {
        return fail_at(r, node, what, "a text", err);
    }
    if (*out) {
        return sb_fail(err, SB_EPARSE, "%s:%zu: '%s' is given twice", r->path,
                       node->start_mark.line + 1, what);
    }
    *out = strdup(sb_yaml_text(node));
    return *out ? SB_OK : sb_fail(err, SB_ENOMEM, "out of memory");
}

/* The text of source @p key, which is then cited. */
static int find_source(const char **out, struct reader *r, const yaml_node_t *key,
                       struct sb_error *err)
{
    if (!sb_yaml_plain(key)) {
        return fail_at(r, key, "source", "the name of one of the sources", err);
    }
    int i = 0;
    const yaml_node_pair_t *p = r->sources->data.mapping.pairs.start;
    for (; p < r->sources->data.mapping.pairs.top; ++p, ++i) {
        const yaml_node_t *text = node_at(r, p->value);
        if (strcmp(sb_yaml_text(node_at(r, p->key)), sb_yaml_text(key)) == 0) {
            r->used |= i < 64 ? 1ULL << i : 0;
            *out = sb_yaml_text(text);
            return SB_OK;
        }
    }
    return sb_fail(err, SB_EPARSE, "%s:%zu: no source is called '%s'", r->path,
                   key->start_mark.line + 1, sb_yaml_text(key));
}

struct figure {
    const yaml_node_t *value, *source, *note;
};

static const char *const figure_keys[] = {"value", "source", "note"};

static const char *figure_key(int i, const void *payload)
{
    (void)payload;
    return figure_keys[i];
}

static int split_figure(struct figure *out, const struct reader *r, const yaml_node_t *node,
                        const char *what, struct sb_error *err)
{
    if (node->type != YAML_MAPPING_NODE) {
        return fail_at(r, node, what, "{value: NUMBER, source: NAME}", err);
    }
    const yaml_node_t **const members[] = {&out->value, &out->source, &out->note};
    const yaml_node_pair_t *p = node->data.mapping.pairs.start;
    for (; p < node->data.mapping.pairs.top; ++p) {
        const yaml_node_t *key = node_at(r, p->key);
        int i = 0;
        while (i < 3 && !(sb_yaml_plain(key) && strcmp(figure_keys[i], sb_yaml_text(key)) == 0)) {
            ++i;
        }
        if (i == 3) {
            return sb_yaml_plain(key) ? fail_key(r, key, 3, figure_key, err)
                                      : fail_at(r, key, what, "value, source or note", err);
        }
        *members[i] = node_at(r, p->value);
    }
    return out->value && out->source
               ? SB_OK
               : sb_fail(err, SB_EPARSE, "%s:%zu: %s: expected a value and its source", r->path,
                         node->start_mark.line + 1, what);
}

static int read_number(double *out, const struct reader *r, const yaml_node_t *node,
                       const struct sb_figure_row *row, struct sb_error *err)
{
    char *end = NULL;
    errno = 0;
    const double value = sb_yaml_plain(node) ? strtod(sb_yaml_text(node), &end) : NAN;
    if (!end || end == sb_yaml_text(node) || *end || errno || !isfinite(value)) {
        return fail_at(r, node, row->key, "a number", err);
    }
    if (value < row->least || value > row->most) {
        return sb_fail(err, SB_EPARSE, "%s:%zu: %s: %g is out of bounds: from %g to %g", r->path,
                       node->start_mark.line + 1, row->key, value, row->least, row->most);
    }
    *out = value;
    return SB_OK;
}

static const char *row_key(int i, const void *payload)
{
    (void)payload;
    return sb_figure_rows[i].key;
}

static int read_figure(struct reader *r, const yaml_node_t *key, const yaml_node_t *node,
                       struct sb_error *err)
{
    int i = 0;
    while (i < SB_FIGURES && strcmp(sb_figure_rows[i].key, sb_yaml_text(key)) != 0) {
        ++i;
    }
    if (i == SB_FIGURES) {
        return fail_key(r, key, SB_FIGURES, row_key, err);
    }
    const struct sb_figure_row *row = &sb_figure_rows[i];
    struct figure figure = {NULL, NULL, NULL};
    const char *source = NULL;
    if (r->sheet->source[i]) {
        return sb_fail(err, SB_EPARSE, "%s:%zu: '%s' is given twice", r->path,
                       key->start_mark.line + 1, row->key);
    }
    int rc = split_figure(&figure, r, node, row->key, err);
    rc = rc ? rc : read_number(&r->sheet->figure[i], r, figure.value, row, err);
    rc = rc ? rc : find_source(&source, r, figure.source, err);
    if (rc == SB_OK && figure.note && !sb_yaml_plain(figure.note)) {
        rc = fail_at(r, figure.note, "note", "a text", err);
    }
    if (rc == SB_OK &&
        asprintf(&r->sheet->source[i], "%s%s%s%s", source, figure.note ? " (" : "",
                 figure.note ? sb_yaml_text(figure.note) : "", figure.note ? ")" : "") < 0) {
        r->sheet->source[i] = NULL;
        rc = sb_fail(err, SB_ENOMEM, "out of memory");
    }
    return rc;
}

/* All keys of a mapping are plain texts, all values too where @p texts. */
static int check_map(const struct reader *r, const yaml_node_t *map, const char *what, bool texts,
                     struct sb_error *err)
{
    if (map->type != YAML_MAPPING_NODE) {
        return fail_at(r, map, what, "a mapping", err);
    }
    const yaml_node_pair_t *p = map->data.mapping.pairs.start;
    for (; p < map->data.mapping.pairs.top; ++p) {
        const yaml_node_t *key = node_at(r, p->key);
        const yaml_node_t *value = node_at(r, p->value);
        if (!sb_yaml_plain(key)) {
            return fail_at(r, key, what, "a name", err);
        }
        if (texts && (!sb_yaml_plain(value) || !*sb_yaml_text(value))) {
            return fail_at(r, value, sb_yaml_text(key), "a text", err);
        }
    }
    return SB_OK;
}

static int read_figures(struct reader *r, const yaml_node_t *map, struct sb_error *err)
{
    int rc = check_map(r, map, "figures", false, err);
    if (rc) {
        return rc;
    }
    const yaml_node_pair_t *p = map->data.mapping.pairs.start;
    for (; rc == SB_OK && p < map->data.mapping.pairs.top; ++p) {
        rc = read_figure(r, node_at(r, p->key), node_at(r, p->value), err);
    }
    return rc;
}

static int check_peak(const struct reader *r, enum sb_figure peak, enum sb_figure per_cycle,
                      struct sb_error *err)
{
    const double *f = r->sheet->figure;
    const double product = f[SB_FIGURE_UNITS] * f[SB_FIGURE_CLOCK] * f[per_cycle];
    if (fabs(product - f[peak]) <= PEAK_TOLERANCE * f[peak]) {
        return SB_OK;
    }
    return sb_fail(err, SB_EPARSE, "%s: %s is %g, but units × clock_Hz × %s is %g", r->path,
                   sb_figure_rows[peak].key, f[peak], sb_figure_rows[per_cycle].key, product);
}

static int check_whole(const struct reader *r, struct sb_error *err)
{
    for (int i = 0; i < SB_FIGURES; ++i) {
        if (!r->sheet->source[i] && !sb_figure_rows[i].optional) {
            return sb_fail(err, SB_EPARSE, "%s: figures: '%s' is missing (%s)", r->path,
                           sb_figure_rows[i].key, sb_figure_rows[i].help);
        }
    }
    const yaml_node_pair_t *p = r->sources->data.mapping.pairs.start;
    for (int i = 0; p < r->sources->data.mapping.pairs.top; ++p, ++i) {
        if (i < 64 && !(r->used >> i & 1)) {
            const yaml_node_t *key = node_at(r, p->key);
            return sb_fail(err, SB_EPARSE, "%s:%zu: no figure cites source '%s'", r->path,
                           key->start_mark.line + 1, sb_yaml_text(key));
        }
    }
    const int rc = check_peak(r, SB_FIGURE_FP64, SB_FIGURE_FP64_CYCLE, err);
    return rc ? rc : check_peak(r, SB_FIGURE_FP32, SB_FIGURE_FP32_CYCLE, err);
}

static const char *const root_keys[] = {"name", "title", "vendor", "sources", "figures"};
enum { ROOT_SOURCES = 3, ROOT_FIGURES = 4, ROOT_KEYS = 5 };

static const char *root_key(int i, const void *payload)
{
    (void)payload;
    return root_keys[i];
}

static int read_root(struct reader *r, const yaml_node_t *root, struct sb_error *err)
{
    if (!root) {
        return sb_fail(err, SB_EPARSE, "%s:1: expected a data sheet, got an empty file", r->path);
    }
    char **const texts[] = {&r->sheet->name, &r->sheet->title, &r->sheet->vendor};
    const yaml_node_t *figures = NULL;
    int rc = check_map(r, root, "data sheet", false, err);
    const yaml_node_pair_t *p = rc ? NULL : root->data.mapping.pairs.start;
    for (; rc == SB_OK && p < root->data.mapping.pairs.top; ++p) {
        const yaml_node_t *key = node_at(r, p->key);
        const yaml_node_t *value = node_at(r, p->value);
        int i = 0;
        while (i < ROOT_KEYS && strcmp(root_keys[i], sb_yaml_text(key)) != 0) {
            ++i;
        }
        if (i == ROOT_KEYS) {
            rc = fail_key(r, key, ROOT_KEYS, root_key, err);
        } else if (i == ROOT_SOURCES) {
            r->sources = value;
            rc = check_map(r, value, "sources", true, err);
        } else if (i == ROOT_FIGURES) {
            figures = value;
        } else {
            rc = copy_text(texts[i], r, value, root_keys[i], err);
        }
    }
    if (rc == SB_OK &&
        (!r->sheet->name || !r->sheet->title || !r->sheet->vendor || !r->sources || !figures)) {
        rc = sb_fail(err, SB_EPARSE, "%s: expected name, title, vendor, sources and figures",
                     r->path);
    }
    rc = rc ? rc : read_figures(r, figures, err);
    return rc ? rc : check_whole(r, err);
}

int sb_sheet_parse(struct sb_sheet *out, const char *text, size_t length, const char *path,
                   struct sb_error *err)
{
    *out = (struct sb_sheet){.name = NULL};
    for (int i = 0; i < SB_FIGURES; ++i) {
        out->figure[i] = NAN;
    }
    yaml_document_t document;
    int rc = sb_yaml_load(&document, text, length, path, "a data sheet", err);
    if (rc == SB_OK) {
        struct reader r = {.document = &document, .sheet = out, .path = path};
        rc = read_root(&r, yaml_document_get_root_node(&document), err);
        yaml_document_delete(&document);
    }
    if (rc) {
        sb_sheet_free(out);
    }
    return rc;
}
