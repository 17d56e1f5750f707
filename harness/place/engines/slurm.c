/* SPDX-License-Identifier: Apache-2.0 */
/* Slurm's own containers: within a job, `srun --container=BUNDLE` has the node's slurmd run the runtime that the site's
 * oci.conf names (slurm.schedmd.com/containers.html), so that a container is in the job's cgroups and under its limits.
 *
 * The runner on the node makes the bundle, in the campaign's folder: a job may have a /tmp of its own, which slurmd does
 * not see. Slurm up to 22.05 takes <bundle>/rootfs whatever the configuration says, and runc no link there: the image is
 * mounted on it. A node without oci.conf ignores --container and would run the command as it is: the runner inside looks
 * for a variable that only the configuration sets. */
#include "harness/place/containers/image.h"
#include "harness/place/containers/oci_config.h"
#include "harness/place/containers/words.h"
#include "harness/run/contain.h"
#include "harness/util/fs.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where oci.conf is: beside slurm.conf, which slurmd may have fetched from the controller. */
static bool configured(char *beside, size_t room)
{
    const char *named = getenv("SLURM_CONF");
    const char *slash = named ? strrchr(named, '/') : NULL;
    snprintf(beside, room, "%.*s", slash ? (int)(slash - named) : 10, slash ? named : "/etc/slurm");
    const char *const folders[] = {beside, "/etc/slurm", "/etc/slurm-llnl", "/run/slurm/conf"};
    bool found = false;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; ++i) {
        char path[PATH_MAX];
        found = found || (sb_fs_join(path, sizeof path, folders[i], "oci.conf", NULL) == 0 &&
                          access(path, F_OK) == 0);
    }
    return found;
}

static int probe(char *version, size_t room, struct sb_error *err)
{
    const char *const argv[] = {"srun", "--version", NULL};
    char beside[PATH_MAX];
    const int code = sb_program_version(version, room, argv, "it belongs to Slurm's jobs", err);
    if (code != 0) {
        return code;
    }
    if (strverscmp(version, "21.08") < 0) {
        return sb_fail(err, SB_EABSENT, "Slurm %s has no containers: 21.08 or later has", version);
    }
    return configured(beside, sizeof beside)
               ? 0
               : sb_fail(err, SB_EABSENT,
                         "no oci.conf in %s: who runs Slurm writes one, for runc or crun "
                         "(slurm.schedmd.com/containers.html)",
                         beside);
}

/* Its name is not known to the job's environment, only to who runs within. */
static json_t *configuration(const struct sb_wrap *what, const char *image, const char *name)
{
    json_t *config = sb_oci_config(what, "rootfs");
    json_t *variables = json_object_get(json_object_get(config, "process"), "env");
    const int failed =
        json_array_insert_new(json_object_get(config, "mounts"), 0,
                              json_pack("{s:s,s:s,s:s,s:[s]}", "destination", "/", "type", "bind",
                                        "source", image, "options", "rbind")) |
        json_array_append_new(variables, json_sprintf(SB_CONTAINED "=%s", name));
    if (failed) {
        json_decref(config);
        return NULL;
    }
    return config;
}

static void put_line(struct sb_words *line, const struct sb_wrap *what, const char *oci,
                     const char *name)
{
    sb_words_begin(line, what,
                   &(struct sb_begin){.mount_points = true, .oci = oci, .bundles = what->folder});
    /* --export: PATH and the like are the image's; --cpu-bind: all that the job has */
    sb_words_add(line, "srun", "--ntasks=1", "--nodes=1", "--mpi=none", "--cpu-bind=none",
                 "--input=none", "--export=NONE", "--container", "%bundle", NULL);
    sb_words_add_all(line, what->options);
    sb_words_add(line, "--", what->argv[0], "--contained", name, NULL);
    sb_words_add_all(line, what->argv + 1);
}

static int wrap(struct sb_strings *out, const struct sb_wrap *what, struct sb_error *err)
{
    char path[PATH_MAX];
    const char *name = what->name ? what->name : "switchbench";
    const int code = sb_wrap_check(what, "slurm", "", false, err);
    if (code != 0) {
        return code;
    }
    if (what->devices != SB_DEVICES_NONE) {
        return sb_fail(err, SB_EINVAL, "slurm: cannot bring GPUs inside: take podman or apptainer");
    }
    if (what->ranks) {
        return sb_fail(err, SB_EINVAL, "slurm: no ranks in it: take apptainer or podman");
    }
    if (!sb_image_path(path, sizeof path, what->image)) {
        return sb_fail(err, SB_EINVAL, "slurm: the image's path is too long");
    }
    json_t *config = configuration(what, path, name);
    char *text = config ? json_dumps(config, JSON_COMPACT) : NULL;
    json_decref(config);
    if (!text) {
        return sb_fail(err, SB_EINVAL, "slurm: a path, an argument or a variable is not UTF-8");
    }
    struct sb_words line = {.words = out};
    put_line(&line, what, text, name);
    free(text);
    return sb_words_end(&line, err);
}

static int resolve(char *out, size_t room, const char *image, struct sb_error *err)
{
    static const struct sb_image_files files = {
        .engine = "slurm",
        .fetch = "umoci unpack makes a bundle, tar -x of an exported container a folder",
        .folder = true,
        .bundle = true,
    };
    return sb_image_resolve_files(out, room, image, &files, err);
}

const struct sb_engine sb_engine_slurm = {
    .name = "slurm",
    .title = "Slurm's own --container, by the site's OCI runtime",
    .image_form = "folder, OCI bundle",
    .scheduler = "slurm",
    .probe = probe,
    .wrap = wrap,
    .resolve = resolve,
};
