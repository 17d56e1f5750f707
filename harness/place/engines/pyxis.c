/* SPDX-License-Identifier: Apache-2.0 */
/* pyxis: enroot within Slurm's jobs, by options of srun (github.com/NVIDIA/pyxis). The task's environment is srun's, so
 * none of the job's is exported and `env` inside sets what is asked for. */
#include "harness/place/containers/image.h"
#include "harness/place/containers/words.h"
#include "harness/util/process.h"

#include <limits.h>
#include <string.h>

#define ASK_S 20

static int probe(char *version, size_t room, struct sb_error *err)
{
    const char *const argv[] = {"srun", "--version", NULL};
    const char *const help[] = {"srun", "--help", NULL};
    struct sb_process_result told = {0};
    int code = sb_program_version(version, room, argv, "it belongs to Slurm's jobs", err);
    code = code != 0 ? code : sb_process_run(&told, help, ASK_S, err);
    if (code == 0 && !strstr(told.output, "--container-image")) {
        code = sb_fail(err, SB_EABSENT,
                       "this Slurm's srun has no --container-image: who runs it installs the "
                       "plug-in pyxis (github.com/NVIDIA/pyxis)");
    }
    sb_process_result_free(&told);
    return code;
}

static void put_mounts(struct sb_words *line, const struct sb_wrap *what)
{
    char all[8192] = "";
    size_t used = 0;
    for (int i = 0; i < what->mount_count && used < sizeof all; ++i) {
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s:%s:%s", i > 0 ? "," : "",
                                 what->mount[i].path, what->mount[i].path,
                                 what->mount[i].writable ? "rw" : "ro");
    }
    if (used > 0) {
        sb_words_addf(line, "--container-mounts=%s", all);
    }
}

static int check(char *path, size_t room, const struct sb_wrap *what, struct sb_error *err)
{
    size_t length = 0;
    const int code = sb_wrap_check(what, "pyxis", ",:", false, err);
    for (int i = 0; i < what->mount_count; ++i) {
        length += 2 * strlen(what->mount[i].path) + 6;
    }
    if (code == 0 && what->ranks) {
        return sb_fail(err, SB_EINVAL, "pyxis: no ranks in it: take apptainer");
    }
    if (code == 0 && (length > 8000 || !sb_image_path(path, room, what->image))) {
        return sb_fail(err, SB_EINVAL, "pyxis: the paths are too long");
    }
    return code;
}

static int wrap(struct sb_strings *out, const struct sb_wrap *what, struct sb_error *err)
{
    char path[PATH_MAX];
    const int code = check(path, sizeof path, what, err);
    if (code != 0) {
        return code;
    }
    struct sb_words line = {.words = out};
    sb_words_begin(&line, what, &(struct sb_begin){0});
    sb_words_add(&line, "srun", "--ntasks=1", "--nodes=1", "--mpi=none", "--cpu-bind=none",
                 "--input=none", NULL);
    sb_words_add(&line,
                 what->devices == SB_DEVICES_NVIDIA ? "--export=NVIDIA_VISIBLE_DEVICES=all"
                                                    : "--export=NONE",
                 NULL);
    sb_words_addf(&line, "--container-image=%s", path);
    put_mounts(&line, what);
    sb_words_add(&line, "--container-readonly", "--no-container-mount-home",
                 "--no-container-entrypoint", "--no-container-remap-root", NULL);
    if (what->folder) {
        sb_words_addf(&line, "--container-workdir=%s", what->folder);
    }
    sb_words_add_all(&line, what->options);
    sb_words_add(&line, "--", "env", NULL);
    sb_words_add_all(&line, what->environment);
    sb_words_add_all(&line, what->argv);
    return sb_words_end(&line, err);
}

static int resolve(char *out, size_t room, const char *image, struct sb_error *err)
{
    static const struct sb_image_files files = {
        .engine = "pyxis",
        .fetch = "enroot import -o FILE.sqsh docker://REPOSITORY@sha256:…, or mksquashfs FOLDER "
                 "FILE.sqsh, makes one",
        .file = true,
    };
    return sb_image_resolve_files(out, room, image, &files, err);
}

const struct sb_engine sb_engine_pyxis = {
    .name = "pyxis",
    .title = "pyxis: enroot within Slurm's jobs, by srun --container-image",
    .image_form = "squashfs file",
    .scheduler = "slurm",
    .probe = probe,
    .wrap = wrap,
    .resolve = resolve,
};
