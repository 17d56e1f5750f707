/* SPDX-License-Identifier: Apache-2.0 */
/* What the runner finds in its pod, at the paths that the job file and its argv name. */
#include "harness/place/kubernetes/manifest.h"

#include "harness/util/fs.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG_MAP_MOST ((size_t)1000000) /* 1 MiB, less its own keys */
#define DEPTH_MOST 8

#define NOT_UTF8 SB_EPARSE /* jansson's refusal, until it is known of what */

/** A ConfigMap that is being filled. */
struct config {
    json_t *text, *binary; /* key → content */
    int count;
    size_t size;
};

static int too_big(const struct config *config, struct sb_error *err)
{
    return config->size <= CONFIG_MAP_MOST
               ? 0
               : sb_fail(err, SB_ELIMIT,
                         "the job file and the kernels' folders have %zu bytes, and a ConfigMap "
                         "holds 1 MiB: set 'pack', or a 'claim' that holds campaigns",
                         config->size);
}

/* Adds one file's bytes; its key into @p key. */
static int add_bytes(struct config *config, char key[32], const char *bytes, size_t length,
                     struct sb_error *err)
{
    snprintf(key, 32, "f%d", config->count++);
    config->size += length;
    if (too_big(config, err) != 0) {
        return SB_ELIMIT;
    }
    json_t *text = json_stringn(bytes, length);
    if (text) {
        return json_object_set_new(config->text, key, text) == 0
                   ? 0
                   : sb_fail(err, SB_ENOMEM, "out of memory");
    }
    char *encoded = malloc(4 * ((length + 2) / 3) + 1);
    if (!encoded) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    EVP_EncodeBlock((unsigned char *)encoded, (const unsigned char *)bytes, (int)length);
    json_object_set_new(config->binary, key, json_string(encoded));
    free(encoded);
    return 0;
}

static int add_file(struct config *config, json_t *items, const char *path, const char *inside,
                    struct sb_error *err)
{
    char *bytes = NULL;
    char key[32];
    size_t length = 0;
    int code = sb_fs_read(&bytes, &length, path, err);
    code = code ? code : add_bytes(config, key, bytes, length, err);
    free(bytes);
    json_t *item = code == 0 ? json_pack("{s:s, s:s}", "key", key, "path", inside) : NULL;
    if (code == 0 && !item) {
        code = sb_fail(err, SB_EINVAL, "%s: a ConfigMap wants names in UTF-8", path);
    }
    if (code == 0 && json_array_append_new(items, item) != 0) {
        code = sb_fail(err, SB_ENOMEM, "out of memory");
    }
    return code;
}

/* Regular files below @p folder, by their paths inside it; hidden ones are left out. */
static int add_folder(struct config *config, json_t *items, const char *folder, const char *inside,
                      int depth, struct sb_error *err)
{
    DIR *open = opendir(folder);
    if (!open) {
        return sb_fail(err, SB_EIO, "cannot read %s: %s", folder, strerror(errno));
    }
    int code = 0;
    for (const struct dirent *entry; code == 0 && (entry = readdir(open));) {
        char path[PATH_MAX];
        char within[PATH_MAX];
        struct stat st;
        if (entry->d_name[0] == '.') {
            continue;
        }
        code = sb_fs_join(path, sizeof path, folder, entry->d_name, err);
        snprintf(within, sizeof within, "%s%s%s", inside, inside[0] ? "/" : "", entry->d_name);
        if (code == 0 && stat(path, &st) != 0) {
            code = sb_fail(err, SB_EIO, "cannot read %s: %s", path, strerror(errno));
        } else if (code == 0 && S_ISDIR(st.st_mode) && depth < DEPTH_MOST) {
            code = add_folder(config, items, path, within, depth + 1, err);
        } else if (code == 0 && S_ISREG(st.st_mode)) {
            config->size += (size_t)st.st_size;
            code = too_big(config, err); /* before it is read */
            config->size -= (size_t)st.st_size;
            code = code ? code : add_file(config, items, path, within, err);
        }
    }
    closedir(open);
    return code;
}

/* @p volume is stolen, the source of what shows at @p path. */
static int add_volume(json_t *spec, json_t *container, json_t *source, const char *path,
                      bool writable)
{
    json_t *volumes = json_object_get(spec, "volumes");
    json_t *name = json_sprintf("v%zu", json_array_size(volumes));
    json_object_set(source, "name", name);
    json_array_append_new(volumes, source);
    json_t *mount =
        json_pack("{s:o, s:s, s:b}", "name", name, "mountPath", path, "readOnly", !writable);
    return json_array_append_new(json_object_get(container, "volumeMounts"), mount) == 0 ? 0
                                                                                         : NOT_UTF8;
}

static void parent_of(char *out, size_t room, const char *path)
{
    const char *slash = strrchr(path, '/');
    snprintf(out, room, "%.*s", slash && slash > path ? (int)(slash - path) : 1, path);
}

static int add_config_volume(json_t *spec, json_t *container, const struct sb_ticket *ticket,
                             json_t *items, const char *path)
{
    return add_volume(
        spec, container,
        json_pack("{s:{s:s, s:O}}", "configMap", "name", ticket->short_tag, "items", items), path,
        false);
}

/* The job file and the kernels' folders through the ConfigMap. */
static int through_config(struct config *config, json_t *spec, json_t *container,
                          const struct sb_ticket *ticket, struct sb_error *err)
{
    char folder[PATH_MAX];
    const char *name = strrchr(ticket->job, '/');
    parent_of(folder, sizeof folder, ticket->job);
    json_t *items = json_array();
    int code = add_file(config, items, ticket->job, name ? name + 1 : ticket->job, err);
    code = code ? code : add_config_volume(spec, container, ticket, items, folder);
    json_decref(items);
    for (int i = 0; code == 0 && ticket->kernel_folders && ticket->kernel_folders[i]; ++i) {
        items = json_array();
        code = add_folder(config, items, ticket->kernel_folders[i], "", 0, err);
        if (code == 0 && json_array_size(items) == 0) {
            code = sb_fail(err, SB_EINVAL, "%s has no files", ticket->kernel_folders[i]);
        }
        code = code ? code
                    : add_config_volume(spec, container, ticket, items, ticket->kernel_folders[i]);
        json_decref(items);
    }
    return code;
}

/* The claim shows where this machine sees it: the folder that holds the campaign's, or the place's scratch. */
static int through_claim(json_t *spec, json_t *container, const struct sb_ticket *ticket,
                         struct sb_error *err)
{
    char at[PATH_MAX];
    const char *scratch = ticket->place->scratch;
    parent_of(at, sizeof at, ticket->folder);
    if (scratch) {
        const size_t length = strlen(scratch);
        if (strncmp(ticket->folder, scratch, length) != 0 || ticket->folder[length] != '/') {
            return sb_fail(err, SB_EINVAL,
                           "place '%s': the claim is mounted at %s, and the campaign's folder %s "
                           "is not in there",
                           ticket->place->name, scratch, ticket->folder);
        }
        snprintf(at, sizeof at, "%s", scratch);
    }
    return add_volume(
        spec, container,
        json_pack("{s:{s:s}}", "persistentVolumeClaim", "claimName", ticket->place->claim), at,
        true);
}

/* "/data" or "/data:rw", of the node */
static int add_mount(json_t *spec, json_t *container, const char *text)
{
    const size_t length = strlen(text);
    const bool writable = length > 3 && strcmp(text + length - 3, ":rw") == 0;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.*s", (int)(writable ? length - 3 : length), text);
    return add_volume(spec, container, json_pack("{s:{s:s}}", "hostPath", "path", path), path,
                      writable);
}

static int add_config(json_t *items, const struct config *config, const struct sb_ticket *ticket)
{
    json_t *map = json_pack("{s:s, s:s, s:b, s:o, s:O, s:O}", "apiVersion", "v1", "kind",
                            "ConfigMap", "immutable", 1, "metadata", sb_kube_metadata(ticket),
                            "data", config->text, "binaryData", config->binary);
    return json_array_append_new(items, map) == 0 ? 0 : NOT_UTF8;
}

int sb_kube_manifest_files(json_t *items, json_t *spec, json_t *container,
                           const struct sb_ticket *ticket, struct sb_error *err)
{
    struct config config = {.text = json_object(), .binary = json_object()};
    int code = add_volume(spec, container, json_pack("{s:{}}", "emptyDir"), "/tmp", true);
    if (ticket->place->claim) {
        code = code ? code : through_claim(spec, container, ticket, err);
    } else {
        code = code ? code : through_config(&config, spec, container, ticket, err);
        code = code ? code : add_config(items, &config, ticket);
    }
    for (int i = 0; code == 0 && i < ticket->place->mounts.count; ++i) {
        code = add_mount(spec, container, ticket->place->mounts.item[i]);
    }
    json_decref(config.text);
    json_decref(config.binary);
    return code == NOT_UTF8
               ? sb_fail(err, SB_EINVAL, "place '%s': a path is no UTF-8 text", ticket->place->name)
               : code;
}
