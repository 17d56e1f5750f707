/* SPDX-License-Identifier: Apache-2.0 */
/* The file: {sources: {KEY: TEXT}, metrics: {NAME: {unit, direction, meaning, expected, per, formulas: [{source, machine, value,
 * tags, from}]}}}. Each source of a formula is cited by its key; a source that no formula cites is refused. */
#include "harness/util/embedded.h"
#include "harness/util/text.h"
#include "harness/util/yaml.h"
#include "results/metrics/formula.h"
#include "results/metrics/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    yaml_document_t *document;
    struct sb_metrics *out;
    const char *path;
    const yaml_node_t *sources;
    bool *cited; /* of each source */
};

static const yaml_node_t *at(const struct reader *r, int index)
{
    return yaml_document_get_node(r->document, index);
}

static int fail_at(const struct reader *r, const yaml_node_t *node, const char *wanted,
                   struct sb_error *err)
{
    return sb_fail(err, SB_EPARSE, "%s:%zu: expected %s, got %s", r->path,
                   node->start_mark.line + 1, wanted, sb_yaml_kind(node));
}

static const char *keep(const struct reader *r, const yaml_node_t *node, struct sb_error *err)
{
    if (!sb_yaml_plain(node) || !*sb_yaml_text(node)) {
        fail_at(r, node, "a text", err);
        return NULL;
    }
    struct sb_metrics *out = r->out;
    char **more = realloc(out->text, (size_t)(out->texts + 1) * sizeof *more);
    char *text = strdup(sb_yaml_text(node));
    if (more) {
        out->text = more;
    }
    if (!more || !text) {
        free(text);
        sb_fail(err, SB_ENOMEM, "out of memory");
        return NULL;
    }
    return out->text[out->texts++] = text;
}

/* The members of a mapping by their names; unknown ones are refused. */
static int members(const yaml_node_t **out, const struct reader *r, const yaml_node_t *map,
                   const char *const *names, struct sb_error *err)
{
    if (map->type != YAML_MAPPING_NODE) {
        return fail_at(r, map, "a mapping", err);
    }
    const yaml_node_pair_t *p = map->data.mapping.pairs.start;
    for (; p < map->data.mapping.pairs.top; ++p) {
        const yaml_node_t *key = at(r, p->key);
        int i = 0;
        while (names[i] && !(sb_yaml_plain(key) && strcmp(names[i], sb_yaml_text(key)) == 0)) {
            ++i;
        }
        if (!names[i]) {
            return sb_fail(err, SB_EPARSE, "%s:%zu: unknown key '%s'", r->path,
                           key->start_mark.line + 1, sb_yaml_plain(key) ? sb_yaml_text(key) : "");
        }
        if (out[i]) {
            return sb_fail(err, SB_EPARSE, "%s:%zu: '%s' is given twice", r->path,
                           key->start_mark.line + 1, names[i]);
        }
        out[i] = at(r, p->value);
    }
    return 0;
}

static int missing(const struct reader *r, const yaml_node_t *node, const char *what,
                   struct sb_error *err)
{
    return sb_fail(err, SB_EPARSE, "%s:%zu: %s is missing", r->path, node->start_mark.line + 1,
                   what);
}

static int read_from(const char **out, const struct reader *r, const yaml_node_t *node,
                     struct sb_error *err)
{
    const yaml_node_pair_t *p = r->sources->data.mapping.pairs.start;
    for (int i = 0; p < r->sources->data.mapping.pairs.top; ++p, ++i) {
        if (sb_yaml_plain(node) && strcmp(sb_yaml_text(at(r, p->key)), sb_yaml_text(node)) == 0) {
            r->cited[i] = true;
            *out = keep(r, at(r, p->value), err);
            return *out ? 0 : SB_EPARSE;
        }
    }
    return sb_fail(err, SB_EPARSE, "%s:%zu: no source is called '%s'", r->path,
                   node->start_mark.line + 1, sb_yaml_plain(node) ? sb_yaml_text(node) : "");
}

static int check_tags(const struct reader *r, const yaml_node_t *node, const char *tags,
                      struct sb_error *err)
{
    for (const char *word = tags + strspn(tags, " "); *word; word += strspn(word, " ")) {
        const size_t length = strcspn(word, " ");
        if (!sb_tag_group(word, length)) {
            return sb_fail(err, SB_EPARSE, "%s:%zu: '%.*s' is no tag (results/metrics/tags.h)",
                           r->path, node->start_mark.line + 1, (int)length, word);
        }
        word += length;
    }
    return 0;
}

static int no_name(enum sb_name_kind kind, const char *name, size_t length, void *payload)
{
    (void)kind, (void)name, (void)length, (void)payload;
    return 0;
}

static const char *read_formula_text(const struct reader *r, const yaml_node_t *node,
                                     struct sb_error *err)
{
    const char *text = keep(r, node, err);
    if (text && sb_formula_names(text, no_name, NULL, err) != 0) {
        sb_fail_in(err, SB_EPARSE, "%s:%zu", r->path, node->start_mark.line + 1);
        return NULL;
    }
    return text;
}

static int read_formula(const struct reader *r, struct sb_metric_row *row, const yaml_node_t *node,
                        struct sb_error *err)
{
    static const char *const names[] = {"source", "machine", "value", "tags", "from", NULL};
    const yaml_node_t *m[5] = {NULL};
    int code = members(m, r, node, names, err);
    if (code != 0 || !m[2] || !m[3] || !m[4]) {
        return code != 0 ? code : missing(r, node, "value, tags or from", err);
    }
    struct sb_formula *formula = &row->formula[row->formulas];
    *formula = (struct sb_formula){.line = (int)node->start_mark.line + 1};
    formula->source = m[0] ? keep(r, m[0], err) : NULL;
    formula->machine = m[1] ? keep(r, m[1], err) : NULL;
    formula->value = read_formula_text(r, m[2], err);
    formula->tags = keep(r, m[3], err);
    if ((m[0] && !formula->source) || (m[1] && !formula->machine) || !formula->value ||
        !formula->tags) {
        return SB_EPARSE;
    }
    code = check_tags(r, m[3], formula->tags, err);
    code = code != 0 ? code : read_from(&formula->from, r, m[4], err);
    row->formulas += code == 0;
    return code;
}

static int read_formulas(const struct reader *r, struct sb_metric_row *row, const yaml_node_t *list,
                         struct sb_error *err)
{
    if (list->type != YAML_SEQUENCE_NODE) {
        return fail_at(r, list, "a list of formulas", err);
    }
    const yaml_node_item_t *first = list->data.sequence.items.start;
    const yaml_node_item_t *top = list->data.sequence.items.top;
    row->formula = calloc((size_t)(top - first) + 1, sizeof *row->formula);
    int code = row->formula ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
    for (const yaml_node_item_t *item = first; code == 0 && item < top; ++item) {
        code = read_formula(r, row, at(r, *item), err);
    }
    return code;
}

static int read_direction(enum sb_direction *out, const struct reader *r, const yaml_node_t *node,
                          struct sb_error *err)
{
    static const char *const words[] = {"none", "more", "less"};
    for (int i = 0; i < 3; ++i) {
        if (sb_yaml_plain(node) && strcmp(sb_yaml_text(node), words[i]) == 0) {
            *out = (enum sb_direction)i;
            return 0;
        }
    }
    return fail_at(r, node, "more, less or none", err);
}

static int read_metric(const struct reader *r, const yaml_node_t *key, const yaml_node_t *node,
                       struct sb_error *err)
{
    static const char *const names[] = {"unit", "direction", "meaning", "expected",
                                        "per",  "formulas",  NULL};
    const yaml_node_t *m[6] = {NULL};
    struct sb_metric_row *row = &r->out->row[r->out->count++];
    int code = members(m, r, node, names, err);
    if (code != 0 || !m[0] || !m[1] || !m[2] || !m[5]) {
        return code != 0 ? code : missing(r, key, "unit, direction, meaning or formulas", err);
    }
    row->metric.name = keep(r, key, err);
    row->metric.unit = keep(r, m[0], err);
    row->metric.meaning = keep(r, m[2], err);
    row->expected = m[3] ? read_formula_text(r, m[3], err) : NULL;
    if (!row->metric.name || !row->metric.unit || !row->metric.meaning ||
        (m[3] && !row->expected)) {
        return SB_EPARSE;
    }
    if (m[4] && !(sb_yaml_plain(m[4]) && strcmp(sb_yaml_text(m[4]), "architecture") == 0)) {
        return fail_at(r, m[4], "architecture", err);
    }
    row->per_architecture = m[4] != NULL;
    code = read_direction(&row->metric.direction, r, m[1], err);
    return code != 0 ? code : read_formulas(r, row, m[5], err);
}

static int all_cited(const struct reader *r, struct sb_error *err)
{
    const yaml_node_pair_t *p = r->sources->data.mapping.pairs.start;
    for (int i = 0; p < r->sources->data.mapping.pairs.top; ++p, ++i) {
        if (!r->cited[i]) {
            const yaml_node_t *key = at(r, p->key);
            return sb_fail(err, SB_EPARSE, "%s:%zu: no formula cites source '%s'", r->path,
                           key->start_mark.line + 1, sb_yaml_text(key));
        }
    }
    return 0;
}

static int check_sources(const struct reader *r, struct sb_error *err)
{
    const yaml_node_pair_t *p = r->sources->data.mapping.pairs.start;
    for (; p < r->sources->data.mapping.pairs.top; ++p) {
        if (!sb_yaml_plain(at(r, p->key))) {
            return fail_at(r, at(r, p->key), "a name", err);
        }
    }
    return 0;
}

static int read_root(struct reader *r, const yaml_node_t *root, struct sb_error *err)
{
    static const char *const names[] = {"sources", "metrics", NULL};
    const yaml_node_t *m[2] = {NULL};
    if (!root) {
        return sb_fail(err, SB_EPARSE, "%s:1: expected metrics, got an empty file", r->path);
    }
    int code = members(m, r, root, names, err);
    if (code == 0 && (!m[0] || !m[1])) {
        code = missing(r, root, "sources or metrics", err);
    }
    for (int i = 0; code == 0 && i < 2; ++i) {
        code = m[i]->type == YAML_MAPPING_NODE ? 0 : fail_at(r, m[i], "a mapping", err);
    }
    if (code != 0) {
        return code;
    }
    const yaml_node_pair_t *p = m[1]->data.mapping.pairs.start;
    const yaml_node_pair_t *top = m[1]->data.mapping.pairs.top;
    const size_t sources = (size_t)(m[0]->data.mapping.pairs.top - m[0]->data.mapping.pairs.start);
    r->sources = m[0];
    r->cited = calloc(sources + 1, sizeof *r->cited);
    r->out->row = calloc((size_t)(top - p) + 1, sizeof *r->out->row);
    code =
        r->cited && r->out->row ? check_sources(r, err) : sb_fail(err, SB_ENOMEM, "out of memory");
    for (; code == 0 && p < top; ++p) {
        code = read_metric(r, at(r, p->key), at(r, p->value), err);
    }
    code = code != 0 ? code : all_cited(r, err);
    free(r->cited);
    return code;
}

int sb_metrics_parse(struct sb_metrics *out, const char *text, size_t length, const char *path,
                     struct sb_error *err)
{
    *out = (struct sb_metrics){0};
    yaml_document_t document;
    int code = sb_yaml_load(&document, text, length, path, "a table of metrics", err);
    if (code == 0) {
        struct reader r = {.document = &document, .out = out, .path = path};
        code = read_root(&r, yaml_document_get_root_node(&document), err);
        yaml_document_delete(&document);
    }
    if (code != 0) {
        sb_metrics_free(out);
    }
    return code;
}

void sb_metrics_free(struct sb_metrics *metrics)
{
    for (int i = 0; i < metrics->count; ++i) {
        free(metrics->row[i].formula);
    }
    for (int i = 0; i < metrics->texts; ++i) {
        free(metrics->text[i]);
    }
    free(metrics->row);
    free(metrics->text);
    *metrics = (struct sb_metrics){0};
}
