/* SPDX-License-Identifier: Apache-2.0 */
/* The walk follows the schema, never the document, as in harness/plan/campaign_yaml.c. */
#include "harness/place/site.h"

#include "harness/util/fs.h"
#include "harness/util/text.h"
#include "harness/util/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

struct reader {
    yaml_document_t *document;
    const char *path;
    struct sb_site *site;
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

static const char *key_name(int i, const void *payload)
{
    (void)payload;
    return sb_place_options[i].key;
}

static int row_count(void)
{
    int count = 0;
    while (sb_place_options[count].type != SB_OPTION_END) {
        ++count;
    }
    return count;
}

static int fail_unknown(const struct reader *r, const yaml_node_t *key, struct sb_error *err)
{
    const char *near = sb_text_closest(sb_yaml_text(key), row_count(), key_name, NULL);
    return near ? sb_fail(err, SB_EPARSE, "%s:%zu: unknown key '%s'; did you mean '%s'?", r->path,
                          key->start_mark.line + 1, sb_yaml_text(key), near)
                : sb_fail(err, SB_EPARSE,
                          "%s:%zu: unknown key '%s' of a place; the README of harness/place lists "
                          "them",
                          r->path, key->start_mark.line + 1, sb_yaml_text(key));
}

static int set_plain(const struct reader *r, struct sb_place *place, const struct sb_option *row,
                     const yaml_node_t *value, const char *text, struct sb_error *err)
{
    char where[1400];
    snprintf(where, sizeof where, "%s:%zu: %s", r->path, value->start_mark.line + 1, row->key);
    const int code = sb_option_set(row, place, text, where, err);
    if (code == SB_EINVAL && err) {
        err->code = SB_EPARSE; /* a bad value is a fault of the file */
    }
    return code == SB_EINVAL ? SB_EPARSE : code;
}

/* {cpu: a, opencl: b} becomes "cpu=a", "opencl=b"; a list or a single value stay as they are. */
static int read_texts(const struct reader *r, struct sb_place *place, const struct sb_option *row,
                      const yaml_node_t *value, struct sb_error *err)
{
    int code = 0;
    if (value->type == YAML_MAPPING_NODE) {
        for (const yaml_node_pair_t *p = value->data.mapping.pairs.start;
             code == 0 && p < value->data.mapping.pairs.top; ++p) {
            const yaml_node_t *key = node_at(r, p->key);
            const yaml_node_t *item = node_at(r, p->value);
            char *text = NULL;
            if (!sb_yaml_plain(key) || !sb_yaml_plain(item)) {
                return fail_at(r, item, row->key, "a mapping of names to values", err);
            }
            if (asprintf(&text, "%s=%s", sb_yaml_text(key), sb_yaml_text(item)) < 0) {
                return sb_fail(err, SB_ENOMEM, "out of memory");
            }
            code = set_plain(r, place, row, item, text, err);
            free(text);
        }
        return code;
    }
    if (value->type == YAML_SEQUENCE_NODE) {
        for (const yaml_node_item_t *i = value->data.sequence.items.start;
             code == 0 && i < value->data.sequence.items.top; ++i) {
            const yaml_node_t *item = node_at(r, *i);
            code = sb_yaml_plain(item) ? set_plain(r, place, row, item, sb_yaml_text(item), err)
                                       : fail_at(r, item, row->key, "values in the list", err);
        }
        return code;
    }
    return sb_yaml_plain(value) ? set_plain(r, place, row, value, sb_yaml_text(value), err)
                                : fail_at(r, value, row->key, "a value or a list", err);
}

/* plan.json, job scripts and command lines hold these values, for all to see who can see processes. */
static int refuse_secrets(const struct reader *r, const struct sb_place *place,
                          const yaml_node_t *value, struct sb_error *err)
{
    for (int i = 0; i < place->environment.count; ++i) {
        const char *item = place->environment.item[i];
        const size_t name = strcspn(item, "=");
        if (sb_text_is_secret(item, name)) {
            return sb_fail(
                err, SB_EPARSE,
                "%s:%zu: environment: '%.*s' looks like a secret, and values stand in plans, "
                "scripts and command lines: keep it in a file that the job reads",
                r->path, value->start_mark.line + 1, (int)name, item);
        }
    }
    return 0;
}

static int read_key(const struct reader *r, struct sb_place *place, unsigned long long *seen,
                    const yaml_node_pair_t *pair, struct sb_error *err)
{
    const yaml_node_t *key = node_at(r, pair->key);
    const yaml_node_t *value = node_at(r, pair->value);
    if (!sb_yaml_plain(key)) {
        return fail_at(r, key, "place", "a key", err);
    }
    int i = 0;
    while (sb_place_options[i].type != SB_OPTION_END &&
           strcmp(sb_place_options[i].key, sb_yaml_text(key)) != 0) {
        ++i;
    }
    const struct sb_option *row = &sb_place_options[i];
    if (row->type == SB_OPTION_END) {
        return fail_unknown(r, key, err);
    }
    if (*seen >> i & 1) {
        return sb_fail(err, SB_EPARSE, "%s:%zu: '%s' is given twice", r->path,
                       key->start_mark.line + 1, sb_yaml_text(key));
    }
    *seen |= 1ULL << i;
    if (row->type == SB_OPTION_TEXTS) {
        const int code = read_texts(r, place, row, value, err);
        return code != 0 || strcmp(row->key, "environment") != 0
                   ? code
                   : refuse_secrets(r, place, value, err);
    }
    return sb_yaml_plain(value) ? set_plain(r, place, row, value, sb_yaml_text(value), err)
                                : fail_at(r, value, row->key, "one value", err);
}

static int read_place(const struct reader *r, const yaml_node_pair_t *pair, struct sb_error *err)
{
    const yaml_node_t *name = node_at(r, pair->key);
    const yaml_node_t *body = node_at(r, pair->value);
    if (!sb_yaml_plain(name) || !*sb_yaml_text(name) ||
        sb_yaml_text(name)[strspn(sb_yaml_text(name), NAME_LETTERS)]) {
        return fail_at(r, name, "places", "a name of letters, digits, '.', '_' and '-'", err);
    }
    if (body->type != YAML_MAPPING_NODE) {
        return fail_at(r, body, sb_yaml_text(name), "a mapping such as {scheduler: slurm}", err);
    }
    if (sb_site_find(r->site, sb_yaml_text(name))) {
        return sb_fail(err, SB_EPARSE, "%s:%zu: place '%s' is given twice", r->path,
                       name->start_mark.line + 1, sb_yaml_text(name));
    }
    struct sb_place *more =
        realloc(r->site->place, ((size_t)r->site->place_count + 1) * sizeof *more);
    if (!more) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    r->site->place = more;
    struct sb_place *place = &more[r->site->place_count];
    int code = sb_place_init(place, sb_yaml_text(name), "local", err);
    r->site->place_count += code == 0;
    unsigned long long seen = 0;
    for (const yaml_node_pair_t *p = body->data.mapping.pairs.start;
         code == 0 && p < body->data.mapping.pairs.top; ++p) {
        code = read_key(r, place, &seen, p, err);
    }
    return code;
}

static int read_root(const struct reader *r, const yaml_node_t *root, struct sb_error *err)
{
    const char *wanted = "a mapping 'places:' of names to places";
    if (!root || root->type != YAML_MAPPING_NODE) {
        return sb_fail(err, SB_EPARSE, "%s:%zu: expected %s", r->path,
                       root ? root->start_mark.line + 1 : 1, wanted);
    }
    for (const yaml_node_pair_t *p = root->data.mapping.pairs.start;
         p < root->data.mapping.pairs.top; ++p) {
        const yaml_node_t *key = node_at(r, p->key);
        const yaml_node_t *value = node_at(r, p->value);
        if (!sb_yaml_plain(key) || strcmp(sb_yaml_text(key), "places") != 0) {
            return sb_fail(err, SB_EPARSE, "%s:%zu: unknown key '%s'; expected %s", r->path,
                           key->start_mark.line + 1, sb_yaml_plain(key) ? sb_yaml_text(key) : "?",
                           wanted);
        }
        if (value->type != YAML_MAPPING_NODE) {
            return fail_at(r, value, "places", "a mapping of names to places", err);
        }
        int code = 0;
        for (const yaml_node_pair_t *q = value->data.mapping.pairs.start;
             code == 0 && q < value->data.mapping.pairs.top; ++q) {
            code = read_place(r, q, err);
        }
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

int sb_site_parse(struct sb_site *out, const char *text, size_t length, const char *path,
                  struct sb_error *err)
{
    *out = (struct sb_site){0};
    snprintf(out->path, sizeof out->path, "%s", path);
    yaml_document_t document;
    int code = sb_yaml_load(&document, text, length, path, "a site", err);
    if (code == 0) {
        const struct reader r = {.document = &document, .path = path, .site = out};
        code = read_root(&r, yaml_document_get_root_node(&document), err);
        yaml_document_delete(&document);
    }
    if (code != 0) {
        sb_site_free(out);
    }
    return code;
}

/* The first usual file there is; "" for none. */
static void usual_path(char *out, size_t room)
{
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    char own[1024] = "";
    if (config && *config) {
        snprintf(own, sizeof own, "%s/switchbench/site.yaml", config);
    } else if (home) {
        snprintf(own, sizeof own, "%s/.config/switchbench/site.yaml", home);
    }
    const char *const usual[] = {"site.yaml", own, "/etc/switchbench/site.yaml"};
    out[0] = '\0';
    for (size_t i = 0; i < sizeof usual / sizeof *usual && !out[0]; ++i) {
        if (usual[i][0] && access(usual[i], F_OK) == 0) {
            snprintf(out, room, "%s", usual[i]);
        }
    }
}

int sb_site_read(struct sb_site *out, const char *path, struct sb_error *err)
{
    char usual[1024];
    *out = (struct sb_site){0};
    if (!path) {
        usual_path(usual, sizeof usual);
        path = usual;
    }
    if (!*path) {
        return 0;
    }
    char *text = NULL;
    size_t length = 0;
    int code = sb_fs_read(&text, &length, path, err);
    code = code != 0 ? code : sb_site_parse(out, text, length, path, err);
    free(text);
    return code;
}

const struct sb_place *sb_site_find(const struct sb_site *site, const char *name)
{
    for (int i = 0; i < site->place_count; ++i) {
        if (strcmp(site->place[i].name, name) == 0) {
            return &site->place[i];
        }
    }
    return NULL;
}

void sb_site_free(struct sb_site *site)
{
    for (int i = 0; i < site->place_count; ++i) {
        sb_place_free(&site->place[i]);
    }
    free(site->place);
    *site = (struct sb_site){0};
}
