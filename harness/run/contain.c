/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/contain.h"

#include "harness/util/error.h"
#include "harness/util/fs.h"
#include "harness/util/tree_digest.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK "@sha256:"

static int complain(const struct sb_error *err)
{
    fprintf(stderr, "switchbench-runner: %s\n", err->text);
    return SB_EXIT_INFRA;
}

bool sb_contain_is_asked(int argc, char *const argv[])
{
    return argc > 1 && strcmp(argv[1], "--image") == 0;
}

/* @p path of the image without its digest. */
static int check_image(char path[PATH_MAX], const char *image, struct sb_error *err)
{
    const size_t length = strlen(image);
    const size_t tail = sizeof MARK - 1 + 64;
    if (length <= tail || length - tail >= PATH_MAX ||
        strncmp(image + length - tail, MARK, sizeof MARK - 1) != 0) {
        return sb_fail(err, SB_EINVAL, "the image '%s' bears no digest", image);
    }
    snprintf(path, PATH_MAX, "%.*s", (int)(length - tail), image);
    char digest[65];
    const int code = sb_tree_digest(digest, path, err);
    if (code != 0) {
        return sb_fail_in(err, code, "the image");
    }
    return strcmp(digest, image + length - 64) == 0
               ? 0
               : sb_fail(
                     err, SB_EINFRA,
                     "the image %s is not the one that was planned: its digest is sha256:%s, not "
                     "sha256:%s",
                     path, digest, image + length - 64);
}

/* A link in the image must not lead the new folder out of it. */
static int make_mount_point(const char *image, const char *path, struct sb_error *err)
{
    char full[PATH_MAX];
    char real[PATH_MAX];
    const size_t length = strlen(image);
    if (snprintf(full, sizeof full, "%s%s/", image, path) >= (int)sizeof full) {
        return sb_fail(err, SB_EINVAL, "the path %s is too long", path);
    }
    for (char *slash = full + length + 1; (slash = strchr(slash, '/')); ++slash) {
        *slash = '\0';
        if (mkdir(full, 0755) != 0 && errno != EEXIST) {
            return sb_fail(err, SB_EIO,
                           "the image %s has no folder %s to mount on, and it cannot be made (%s): "
                           "who may write there must, once; it changes no digest",
                           image, path, strerror(errno));
        }
        if (realpath(full, real) && strncmp(real, image, length) != 0) {
            return sb_fail(err, SB_EINVAL, "in the image %s, %s leads out of it", image,
                           full + length);
        }
        *slash = '/';
    }
    return 0;
}

static bool is_folder(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

/* What goes inside as files must not be missing there: a file is mounted on a file, which the image must have. */
static int prepare(const char *image, char *const argv[], struct sb_error *err)
{
    int code = 0;
    for (int i = 1; code == 0 && argv[i] && strcmp(argv[i], "--") != 0; i += 2) {
        if (strcmp(argv[i], "--mount-point") == 0 && is_folder(argv[i + 1]) && is_folder(image)) {
            code = make_mount_point(image, argv[i + 1], err);
        } else if (strcmp(argv[i], "--env") == 0) {
            code = putenv(argv[i + 1]) == 0 ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
        }
    }
    return code;
}

static int read_arguments(struct sb_contain *out, int argc, char *argv[], struct sb_error *err)
{
    static const char *const known[] = {"--image", "--mount-point", "--env",    "--parent",
                                        "--oci",   "--pass",        "--bundles"};
    *out = (struct sb_contain){.image = NULL};
    int i = 1;
    for (; i < argc && strcmp(argv[i], "--") != 0; i += 2) {
        bool found = false;
        for (size_t k = 0; k < sizeof known / sizeof *known; ++k) {
            found = found || strcmp(argv[i], known[k]) == 0;
        }
        if (!found || i + 1 >= argc) {
            return sb_fail(err, SB_EINVAL, "--image: cannot read '%s'", argv[i]);
        }
        out->image = strcmp(argv[i], "--image") == 0 ? argv[i + 1] : out->image;
        out->oci = strcmp(argv[i], "--oci") == 0 ? argv[i + 1] : out->oci;
        out->bundles = strcmp(argv[i], "--bundles") == 0 ? argv[i + 1] : out->bundles;
        out->parent =
            strcmp(argv[i], "--parent") == 0 ? strtol(argv[i + 1], NULL, 10) : out->parent;
    }
    if (i + 1 >= argc) {
        return sb_fail(err, SB_EINVAL, "--image: no command after '--'");
    }
    out->command = argv + i + 1;
    return 0;
}

int sb_contain_run(int argc, char *argv[])
{
    struct sb_contain asked;
    struct sb_error err = {0};
    char image[PATH_MAX];
    int code = read_arguments(&asked, argc, argv, &err);
    if (code != 0) {
        complain(&err);
        return SB_EXIT_USAGE;
    }
    if (asked.parent) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (asked.parent != (long)getppid()) {
            return SB_EXIT_INFRA;
        }
    }
    code = check_image(image, asked.image, &err);
    code = code != 0 ? code : prepare(image, argv, &err);
    if (code != 0) {
        return complain(&err);
    }
    if (asked.oci) {
        return sb_contain_oci(&asked, argv);
    }
    if (!getenv("USER")) { /* ch-run does not go without */
        setenv("USER", getuid() == 0 ? "root" : "user", 1);
    }
    execvp(asked.command[0], asked.command);
    sb_fail(&err, SB_EINFRA, "cannot start %s: %s", asked.command[0], strerror(errno));
    return complain(&err);
}
