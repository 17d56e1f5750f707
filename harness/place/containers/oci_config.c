/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/containers/oci_config.h"

#include <string.h>

static const char usual_path[] =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* What every Linux container has; the specification leaves it to the configuration. */
static const struct {
    const char *type, *source, *destination, *options;
} usual_mounts[] = {
    {"proc", "proc", "/proc", "[\"nosuid\",\"noexec\",\"nodev\"]"},
    {"tmpfs", "tmpfs", "/dev", "[\"nosuid\",\"strictatime\",\"mode=755\"]"},
    {"devpts", "devpts", "/dev/pts", "[\"nosuid\",\"noexec\",\"newinstance\",\"ptmxmode=0666\"]"},
    {"tmpfs", "shm", "/dev/shm", "[\"nosuid\",\"noexec\",\"nodev\",\"mode=1777\"]"},
    {"bind", "/sys", "/sys", "[\"rbind\",\"ro\",\"nosuid\",\"noexec\",\"nodev\"]"},
    {"tmpfs", "tmpfs", "/tmp", "[\"nosuid\",\"nodev\",\"mode=1777\"]"},
};

static json_t *texts(const char *first, const char *const *more)
{
    json_t *list = json_array();
    int failed = first ? json_array_append_new(list, json_string(first)) : 0;
    for (int i = 0; more && more[i]; ++i) {
        failed |= json_array_append_new(list, json_string(more[i]));
    }
    if (failed) {
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *mounts(const struct sb_wrap *wrap)
{
    json_t *list = json_array();
    int failed = 0;
    for (size_t i = 0; i < sizeof usual_mounts / sizeof *usual_mounts; ++i) {
        failed |= json_array_append_new(
            list, json_pack("{s:s,s:s,s:s,s:o}", "destination", usual_mounts[i].destination, "type",
                            usual_mounts[i].type, "source", usual_mounts[i].source, "options",
                            json_loads(usual_mounts[i].options, 0, NULL)));
    }
    for (int i = 0; i < wrap->mount_count; ++i) {
        failed |= json_array_append_new(
            list, json_pack("{s:s,s:s,s:s,s:[s,s]}", "destination", wrap->mount[i].path, "type",
                            "bind", "source", wrap->mount[i].path, "options", "rbind",
                            wrap->mount[i].writable ? "rw" : "ro"));
    }
    if (failed) {
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *namespaces(const struct sb_wrap *wrap)
{
    return wrap->ranks ? json_pack("[{s:s},{s:s}]", "type", "mount", "type", "uts")
                       : json_pack("[{s:s},{s:s},{s:s},{s:s},{s:s}]", "type", "mount", "type",
                                   "uts", "type", "pid", "type", "ipc", "type", "network");
}

static json_t *resources(const struct sb_wrap *wrap)
{
    json_t *list = json_object();
    if (wrap->memory_bytes > 0) {
        const json_int_t bytes = (json_int_t)wrap->memory_bytes;
        json_object_set_new(list, "memory", json_pack("{s:I,s:I}", "limit", bytes, "swap", bytes));
    }
    if (wrap->cores > 0) {
        json_object_set_new(
            list, "cpu", json_pack("{s:i,s:i}", "quota", 100000 * wrap->cores, "period", 100000));
    }
    return list;
}

static bool sets_path(const struct sb_wrap *wrap)
{
    bool sets = false;
    for (int i = 0; wrap->environment && wrap->environment[i]; ++i) {
        sets = sets || strncmp(wrap->environment[i], "PATH=", 5) == 0;
    }
    return sets;
}

json_t *sb_oci_config(const struct sb_wrap *wrap, const char *root)
{
    return json_pack(
        "{s:s, s:{s:b,s:{s:i,s:i},s:o,s:o,s:s,s:b}, s:{s:s,s:b}, s:s, s:o, s:{s:o,s:o}}",
        "ociVersion", "1.0.2", "process", "terminal", 0, "user", "uid", 0, "gid", 0, "args",
        texts(NULL, wrap->argv), "env",
        texts(sets_path(wrap) ? NULL : usual_path, wrap->environment), "cwd",
        wrap->folder ? wrap->folder : "/", "noNewPrivileges", 1, "root", "path", root, "readonly",
        1, "hostname", "switchbench", "mounts", mounts(wrap), "linux", "namespaces",
        namespaces(wrap), "resources", resources(wrap));
}
