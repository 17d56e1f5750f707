/* SPDX-License-Identifier: Apache-2.0 */
/* Campaign files. The keys are the rows of sb_campaign_options; libyaml's document API gives every node its line.
 * The walk follows the schema, never the document, so neither depth nor aliases (even cyclic ones) matter. */
#include "harness/plan/campaign.h"
#include "harness/plan/option.h"
#include "harness/util/fs.h"
#include "harness/util/text.h"
#include "harness/util/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    yaml_document_t *document;
    struct sb_campaign *campaign;
    const char *path;
};

static const yaml_node_t *node_at(const struct reader *r, int index)
{
    return yaml_document_get_node(r->document, index);
}

static void where_of(char *out, size_t room, const struct reader *r, const yaml_node_t *node)
{
    snprintf(out, room, "%s:%zu", r->path, node->start_mark.line + 1);
}

static int fail_at(const struct reader *r, const yaml_node_t *node, const char *what,
                   const char *wanted, struct sb_error *err)
{
    char where[1200];
    where_of(where, sizeof where, r, node);
    return sb_fail(err, SB_EPARSE, "%s: %s: expected %s, got %s", where, what, wanted,
                   sb_yaml_kind(node));
}

/* Joins a scalar or a list of scalars with commas: "1024,2048". The caller frees *out. */
static int join_values(char **out, const struct reader *r, const yaml_node_t *node,
                       const char *what, struct sb_error *err)
{
    size_t length = 0;
    FILE *text = open_memstream(out, &length);
    if (!text) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    int rc = SB_OK;
    if (sb_yaml_plain(node) && *sb_yaml_text(node)) {
        fputs(sb_yaml_text(node), text);
    } else if (node->type == YAML_SEQUENCE_NODE) {
        const yaml_node_item_t *const start = node->data.sequence.items.start;
        for (const yaml_node_item_t *i = start; !rc && i < node->data.sequence.items.top; ++i) {
            const yaml_node_t *item = node_at(r, *i);
            if (!sb_yaml_plain(item) || !*sb_yaml_text(item) || strchr(sb_yaml_text(item), ',')) {
                rc = fail_at(r, item, what, "values without commas in the list", err);
            } else {
                fprintf(text, "%s%s", i > start ? "," : "", sb_yaml_text(item));
            }
        }
        if (start == node->data.sequence.items.top) {
            rc = sb_fail(err, SB_EPARSE, "%s:%zu: %s: expected at least one value", r->path,
                         node->start_mark.line + 1, what);
        }
    } else {
        rc = fail_at(r, node, what, "a value or a list of values", err);
    }
    if (fclose(text) != 0 && !rc) {
        rc = sb_fail(err, SB_ENOMEM, "out of memory");
    }
    return rc;
}

/* Bad values are faults of the file, hence SB_EPARSE. */
static int as_parse_error(int rc, struct sb_error *err)
{
    if (rc == SB_EINVAL) {
        rc = SB_EPARSE;
        if (err) {
            err->code = rc;
        }
    }
    return rc;
}

static int read_sweep(const struct reader *r, const char *kernel, const yaml_node_t *name,
                      const yaml_node_t *value, struct sb_error *err)
{
    char what[256];
    snprintf(what, sizeof what, "parameters.%s%s%s", kernel ? kernel : "", kernel ? "." : "",
             sb_yaml_text(name));
    char *values = NULL;
    int rc = join_values(&values, r, value, what, err);
    if (rc == SB_OK) {
        char where[1200];
        where_of(where, sizeof where, r, name);
        char *text = NULL;
        if (asprintf(&text, "%s%s%s=%s", kernel ? kernel : "", kernel ? "." : "",
                     sb_yaml_text(name), values) < 0) {
            text = NULL;
        }
        rc = text ? as_parse_error(sb_campaign_sweep(r->campaign, text, where, err), err)
                  : sb_fail(err, SB_ENOMEM, "out of memory");
        free(text);
    }
    free(values);
    return rc;
}

/* {n: 4096, stream: {n: [1024, 2048]}}: a mapping below a name means that the name is a kernel's. */
static int read_parameters(const struct reader *r, const char *kernel, const yaml_node_t *map,
                           struct sb_error *err)
{
    if (map->type != YAML_MAPPING_NODE) {
        return fail_at(r, map, "parameters",
                       "a mapping such as {n: 4096, stream: {n: [1024, 2048]}}", err);
    }
    for (const yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
         ++p) {
        const yaml_node_t *name = node_at(r, p->key);
        const yaml_node_t *value = node_at(r, p->value);
        if (!sb_yaml_plain(name) || !*sb_yaml_text(name)) {
            return fail_at(r, name, "parameters", "the name of a parameter or kernel", err);
        }
        const int rc = value->type == YAML_MAPPING_NODE && !kernel
                           ? read_parameters(r, sb_yaml_text(name), value, err)
                           : read_sweep(r, kernel, name, value, err);
        if (rc) {
            return rc;
        }
    }
    return SB_OK;
}

static int read_value(const struct reader *r, const struct sb_option *row, const yaml_node_t *value,
                      struct sb_error *err)
{
    char where[1400];
    snprintf(where, sizeof where, "%s:%zu: %s", r->path, value->start_mark.line + 1, row->key);
    if (row->type == SB_OPTION_SWEEP) {
        return read_parameters(r, NULL, value, err);
    }
    if (row->type == SB_OPTION_CSV) {
        char *values = NULL;
        int rc = join_values(&values, r, value, row->key, err);
        if (rc == SB_OK) {
            sb_option_clear(row, r->campaign);
            rc = as_parse_error(sb_option_set(row, r->campaign, values, where, err), err);
        }
        free(values);
        return rc;
    }
    if (!sb_yaml_plain(value)) {
        return fail_at(r, value, row->key, "one value", err);
    }
    return as_parse_error(sb_option_set(row, r->campaign, sb_yaml_text(value), where, err), err);
}

static const char *key_name(int i, const void *payload)
{
    (void)payload;
    return sb_campaign_options[i].key;
}

static int fail_unknown(const struct reader *r, const yaml_node_t *key, struct sb_error *err)
{
    int count = 0;
    char all[512] = "";
    for (; sb_campaign_options[count].type != SB_OPTION_END; ++count) {
        const size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", count ? ", " : "", key_name(count, NULL));
    }
    char where[1200];
    where_of(where, sizeof where, r, key);
    const char *near = sb_text_closest(sb_yaml_text(key), count, key_name, NULL);
    if (near) {
        return sb_fail(err, SB_EPARSE, "%s: unknown key '%s'; did you mean '%s'?", where,
                       sb_yaml_text(key), near);
    }
    return sb_fail(err, SB_EPARSE, "%s: unknown key '%s'; expected one of %s", where,
                   sb_yaml_text(key), all);
}

static int read_root(const struct reader *r, const yaml_node_t *root, struct sb_error *err)
{
    if (!root || root->type != YAML_MAPPING_NODE) {
        return sb_fail(err, SB_EPARSE,
                       "%s:%zu: expected a mapping such as 'kernels: [stream]', got %s", r->path,
                       root ? root->start_mark.line + 1 : 1,
                       root ? sb_yaml_kind(root) : "an empty file");
    }
    unsigned long long seen = 0; /* bit i: row i was given */
    for (const yaml_node_pair_t *p = root->data.mapping.pairs.start;
         p < root->data.mapping.pairs.top; ++p) {
        const yaml_node_t *key = node_at(r, p->key);
        if (!sb_yaml_plain(key)) {
            return fail_at(r, key, "campaign", "a key", err);
        }
        int i = 0;
        while (sb_campaign_options[i].type != SB_OPTION_END &&
               strcmp(sb_campaign_options[i].key, sb_yaml_text(key)) != 0) {
            ++i;
        }
        if (sb_campaign_options[i].type == SB_OPTION_END) {
            return fail_unknown(r, key, err);
        }
        if (seen >> i & 1) {
            return sb_fail(err, SB_EPARSE, "%s:%zu: '%s' is given twice", r->path,
                           key->start_mark.line + 1, sb_yaml_text(key));
        }
        seen |= 1ULL << i;
        const int rc = read_value(r, &sb_campaign_options[i], node_at(r, p->value), err);
        if (rc) {
            return rc;
        }
    }
    return SB_OK;
}

int sb_campaign_parse_yaml(struct sb_campaign *campaign, const char *text, size_t length,
                           const char *path, struct sb_error *err)
{
    yaml_document_t document;
    int rc = sb_yaml_load(&document, text, length, path, "a campaign", err);
    if (rc == SB_OK) {
        const struct reader r = {.document = &document, .campaign = campaign, .path = path};
        rc = read_root(&r, yaml_document_get_root_node(&document), err);
        yaml_document_delete(&document);
    }
    return rc;
}

int sb_campaign_read_yaml(struct sb_campaign *campaign, const char *path, struct sb_error *err)
{
    char *text = NULL;
    size_t length = 0;
    int rc = sb_fs_read(&text, &length, path, err);
    if (rc == SB_OK) {
        rc = sb_campaign_parse_yaml(campaign, text, length, path, err);
    }
    free(text);
    return rc;
}
