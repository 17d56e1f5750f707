/* SPDX-License-Identifier: Apache-2.0 */
/* topology/<digest of the node>.xml: one for each type of node that a campaign met. */
#include "harness/drive/drive.h"

#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DIGEST 64

/* A runner's word becomes the name of a file: hex digits alone. */
static bool is_digest(const char *text)
{
    return strlen(text) == DIGEST && strspn(text, "0123456789abcdef") == DIGEST;
}

int sb_drive_keep_topology(const struct sb_drive *d, const json_t *event, struct sb_error *err)
{
    char path[PATH_MAX];
    const char *node = sb_json_text_or(event, "node", "");
    const char *xml = sb_json_text_or(event, "xml", NULL);
    if (!is_digest(node) || !xml) {
        return 0;
    }
    snprintf(path, sizeof path, "%s/topology", d->folder->path);
    const int code = sb_fs_mkdirs(path, err);
    snprintf(path, sizeof path, "%s/topology/%s.xml", d->folder->path, node);
    return code != 0 || access(path, F_OK) == 0 ? code : sb_fs_write(path, xml, strlen(xml), err);
}

json_t *sb_drive_topologies(const struct sb_drive *d)
{
    char path[PATH_MAX];
    json_t *known = json_array();
    snprintf(path, sizeof path, "%s/topology", d->folder->path);
    DIR *folder = opendir(path);
    for (const struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        char name[DIGEST + 1];
        snprintf(name, sizeof name, "%.64s", entry->d_name);
        if (is_digest(name) && strcmp(entry->d_name + DIGEST, ".xml") == 0) {
            json_array_append_new(known, json_string(name));
        }
    }
    if (folder) {
        closedir(folder);
    }
    return known;
}
