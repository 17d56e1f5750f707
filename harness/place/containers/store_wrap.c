/* SPDX-License-Identifier: Apache-2.0 */
/* podman's and docker's command line. What they mount and set is written so that neither splits it (they read a mount
 * as a line of CSV): such letters are refused. */
#include "harness/place/containers/image.h"
#include "harness/place/containers/store.h"
#include "harness/place/containers/words.h"

#include <string.h>
#include <unistd.h>

/* Which devices a scheduler gave to the job. */
static const char *const device_names[] = {"CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES",
                                           "HIP_VISIBLE_DEVICES"};

const char *const sb_podman_run[] = {"--pull=never", "--log-driver=none", NULL};

int sb_podman_resolve(char *out, size_t room, const char *image, struct sb_error *err)
{
    return sb_image_resolve_store(out, room, "podman", image, err);
}

static void add_limits(struct sb_words *line, const struct sb_wrap *wrap)
{
    if (wrap->memory_bytes > 0) {
        sb_words_addf(line, "--memory=%.0fb", wrap->memory_bytes);
        sb_words_addf(line, "--memory-swap=%.0fb", wrap->memory_bytes); /* and no swap beside it */
    }
    if (wrap->cores > 0) {
        sb_words_addf(line, "--cpus=%d", wrap->cores);
    }
}

static void add_environment(struct sb_words *line, const struct sb_wrap *wrap)
{
    for (int i = 0; wrap->environment && wrap->environment[i]; ++i) {
        sb_words_addf(line, "--env=%s", wrap->environment[i]);
    }
    for (int i = 0; wrap->pass && wrap->pass[i]; ++i) {
        sb_words_addf(line, "--env=%s", wrap->pass[i]);
    }
    for (size_t i = 0; wrap->devices && i < sizeof device_names / sizeof *device_names; ++i) {
        sb_words_addf(line, "--env=%s", device_names[i]);
    }
}

/* Neither network nor capabilities: a kernel needs none. Ranks share memory and find each other by their pids. */
static void add_walls(struct sb_words *line, const struct sb_wrap *wrap,
                      const struct sb_store *store)
{
    sb_words_add(line, "--read-only", "--tmpfs=/tmp:rw,exec,mode=1777", "--cap-drop=all",
                 "--security-opt=no-new-privileges", NULL);
    if (wrap->ranks) {
        sb_words_add(line, "--network=host", "--ipc=host", "--pid=host", NULL);
    } else {
        sb_words_add(line, "--network=none", NULL);
    }
    if (store->as_user && getuid() != 0) {
        sb_words_addf(line, "--user=%ld:%ld", (long)getuid(), (long)getgid());
    }
    for (int i = 0; i < wrap->mount_count; ++i) {
        sb_words_addf(line, "--mount=type=bind,source=%s,destination=%s%s", wrap->mount[i].path,
                      wrap->mount[i].path, wrap->mount[i].writable ? "" : ",readonly");
    }
}

static int check_devices(const struct sb_wrap *wrap, const struct sb_store *store,
                         struct sb_error *err)
{
    const bool nvidia = wrap->devices == SB_DEVICES_NVIDIA;
    if ((nvidia && !store->nvidia) || (wrap->devices == SB_DEVICES_AMD && !store->amd)) {
        return sb_fail(err, SB_EINVAL, "%s: cannot bring %s GPUs inside", store->engine,
                       nvidia ? "NVIDIA's" : "AMD's");
    }
    for (int i = 0; wrap->ranks && !store->wildcards && wrap->pass && wrap->pass[i]; ++i) {
        if (strchr(wrap->pass[i], '*')) {
            return sb_fail(err, SB_EINVAL, "%s: has no way to pass the variables %s on to ranks",
                           store->engine, wrap->pass[i]);
        }
    }
    return 0;
}

int sb_store_wrap(struct sb_strings *out, const struct sb_wrap *wrap, const struct sb_store *store,
                  struct sb_error *err)
{
    int code = sb_wrap_check(wrap, store->engine, ",\"", true, err);
    code = code != 0 ? code : check_devices(wrap, store, err);
    if (code != 0) {
        return code;
    }
    struct sb_words line = {.words = out};
    sb_words_add(&line, store->program, NULL);
    sb_words_add_all(&line, store->global);
    sb_words_add(&line, "run", "--rm", NULL);
    sb_words_add_all(&line, store->run);
    if (wrap->name) {
        sb_words_addf(&line, "--name=%s", wrap->name);
    }
    add_walls(&line, wrap, store);
    add_limits(&line, wrap);
    add_environment(&line, wrap);
    sb_words_add_all(&line, wrap->devices == SB_DEVICES_NVIDIA ? store->nvidia
                            : wrap->devices == SB_DEVICES_AMD  ? store->amd
                                                               : NULL);
    if (wrap->folder) {
        sb_words_addf(&line, "--workdir=%s", wrap->folder);
    }
    sb_words_addf(&line, "--entrypoint=%s", wrap->argv[0]);
    sb_words_add_all(&line, wrap->options);
    sb_words_add(&line, wrap->image, NULL);
    sb_words_add_all(&line, wrap->argv + 1);
    return sb_words_end(&line, err);
}
