/* SPDX-License-Identifier: Apache-2.0 */
#include "results/bound/peaks_file.h"

#include "harness/util/fs.h"
#include "harness/util/json.h"
#include "harness/util/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sb_peaks_file(char *out, size_t room, const char *node_digest, const char *backend,
                  const char *device, const char *target, struct sb_error *err)
{
    struct sb_hash *hash = sb_hash_new();
    char folder[1024], digest[65], name[80];
    if (!hash) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    sb_hash_add_text(hash, node_digest);
    sb_hash_add_text(hash, backend);
    sb_hash_add_text(hash, device);
    sb_hash_add_text(hash, target);
    sb_hash_finish(hash, digest);
    snprintf(name, sizeof name, "%.24s.json", digest);
    const int code = sb_fs_cache(folder, sizeof folder, "peaks", err);
    return code != 0 ? code : sb_fs_join(out, room, folder, name, err);
}

int sb_peaks_file_write(const json_t *document, struct sb_error *err)
{
    const json_t *entry = json_array_get(json_object_get(document, "backends"), 0);
    char path[1100];
    int code = sb_peaks_file(path, sizeof path, sb_json_text_or(document, "node.digest", ""),
                             sb_json_text_or(entry, "backend", ""),
                             sb_json_text_or(entry, "device.name", ""),
                             sb_json_text_or(entry, "target", ""), err);
    char *text = code == 0 ? json_dumps(document, JSON_INDENT(1)) : NULL;
    if (code == 0) {
        code = text ? sb_fs_write(path, text, strlen(text), err)
                    : sb_fail(err, SB_ENOMEM, "out of memory");
    }
    free(text);
    return code;
}

static bool is_of(const json_t *document, const json_t *record)
{
    const json_t *entry = json_array_get(json_object_get(document, "backends"), 0);
    return strcmp(sb_json_text_or(document, "node.digest", ""),
                  sb_json_text_or(record, "node.digest", "")) == 0 &&
           strcmp(sb_json_text_or(entry, "backend", ""), sb_json_text_or(record, "backend", "")) ==
               0;
}

static int read_one(json_t **out, const json_t *record, const char *target, struct sb_error *err)
{
    char path[1100], digest[65];
    char *text = NULL;
    size_t length = 0;
    *out = NULL;
    int code = sb_peaks_file(path, sizeof path, sb_json_text_or(record, "node.digest", ""),
                             sb_json_text_or(record, "backend", ""),
                             sb_json_text_or(record, "device.name", ""), target, err);
    code = code != 0 ? code : sb_fs_read(&text, &length, path, err);
    if (code != 0) {
        return code;
    }
    json_error_t fault;
    *out = json_loadb(text, length, JSON_REJECT_DUPLICATES, &fault);
    if (!json_is_array(json_object_get(*out, "backends"))) {
        code = sb_fail(err, SB_EPARSE,
                       "%s is no document of peaks: 'switchbench peaks' writes it anew", path);
    } else if (sb_json_integer_or(*out, "schema_version", 0) != SB_PEAKS_SCHEMA) {
        code = sb_fail(err, SB_EVERSION,
                       "%s is another version's: 'switchbench peaks' writes it anew", path);
    } else if (!is_of(*out, record)) {
        code =
            sb_fail(err, SB_EPARSE,
                    "%s is of another node or backend: 'switchbench peaks' writes it anew", path);
    } else {
        sb_text_sha256(digest, text, length);
        json_object_set_new(*out, "digest", json_string(digest));
    }
    if (code != 0) {
        json_decref(*out);
        *out = NULL;
    }
    free(text);
    return code;
}

int sb_peaks_file_read(json_t **out, const json_t *record, struct sb_error *err)
{
    const char *target = sb_json_text_or(record, "device.target", "native");
    const char *backend = sb_json_text_or(record, "backend", "");
    int code = read_one(out, record, target, err);
    if (code == SB_ENOTFOUND && strcmp(target, "native") != 0) {
        code = read_one(out, record, "native", err);
    }
    return code != SB_ENOTFOUND
               ? code
               : sb_fail(err, SB_ENOTFOUND,
                         "no peaks of this node's %s: 'switchbench peaks --backends %s' measures "
                         "them, for the runs that follow",
                         backend, backend);
}
