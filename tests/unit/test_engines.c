/* SPDX-License-Identifier: Apache-2.0 */
/* What engines are told. That they do as told is tests/places/engines.bats. */
#include "harness/place/containers/image.h"
#include "harness/place/engines/engine.h"
#include "harness/util/fs.h"
#include "harness/util/tree_digest.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define D64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define FOLDER "/images/cpu@sha256:" D64
#define REFERENCE "localhost/cpu@sha256:" D64

static const struct sb_engine *engine(const char *name)
{
    for (int i = 0; sb_engines[i]; ++i) {
        if (strcmp(sb_engines[i]->name, name) == 0) {
            return sb_engines[i];
        }
    }
    fail_msg("no engine %s", name);
    return NULL;
}

static const char *image_for(const struct sb_engine *e)
{
    return strstr(e->image_form, "reference") ? REFERENCE : FOLDER;
}

/* Words joined by "|"; freed by the caller. NULL where wrap() refuses. */
static char *line_of(const struct sb_engine *e, const struct sb_wrap *wrap, struct sb_error *err)
{
    struct sb_strings words = {0};
    char *text = NULL;
    if (e->wrap(&words, wrap, err) == 0) {
        size_t length = 1;
        for (int i = 0; i < words.count; ++i) {
            length += strlen(words.item[i]) + 1;
        }
        text = calloc(1, length);
        for (int i = 0; i < words.count; ++i) {
            strcat(text, i ? "|" : "");
            strcat(text, words.item[i]);
        }
    }
    sb_strings_free(&words);
    return text;
}

static const char *const argv_usual[] = {SB_IMAGE_RUNNER, "/c/jobs/j.json", NULL};
static const struct sb_mount mounts[] = {{"/c", true}, {"/data", false}};
static const char *const environment[] = {"A=b c", NULL};
static const char *const pass[] = {"PMIX_*", NULL};

static struct sb_wrap usual(const struct sb_engine *e)
{
    return (struct sb_wrap){.image = image_for(e),
                            .node_runner = "/n/runner",
                            .argv = argv_usual,
                            .mount = mounts,
                            .mount_count = 2,
                            .environment = environment,
                            .pass = pass,
                            .folder = "/c",
                            .name = "sb-1"};
}

#define BEGIN "/n/runner|--image|" FOLDER "|"
#define POINTS "--mount-point|/c|--mount-point|/data|"
#define WALLS                                                                                      \
    "--name=sb-1|--read-only|--tmpfs=/tmp:rw,exec,mode=1777|--cap-drop=all|"                       \
    "--security-opt=no-new-privileges|--network=none|"
#define MOUNTS                                                                                     \
    "--mount=type=bind,source=/c,destination=/c|"                                                  \
    "--mount=type=bind,source=/data,destination=/data,readonly|"
#define REST                                                                                       \
    "--env=A=b c|--env=PMIX_*|--workdir=/c|--entrypoint=" SB_IMAGE_RUNNER "|" REFERENCE            \
    "|/c/jobs/j.json"

static void test_engines__the_usual_line(void **state)
{
    (void)state;
    static const struct {
        const char *engine, *line;
    } cases[] = {
        {"none", "env|A=b c|" SB_IMAGE_RUNNER "|/c/jobs/j.json"},
        {"podman", "podman|run|--rm|--pull=never|--log-driver=none|" WALLS MOUNTS REST},
        {"charliecloud", BEGIN POINTS
         "--|ch-run|--no-passwd|--env-no-expand|--private-tmp|--bind=/c:/c|--bind=/data:/data|"
         "--set-env=A='b c'|--cd=/c|/images/cpu|--|" SB_IMAGE_RUNNER "|/c/jobs/j.json"},
        {"bubblewrap", BEGIN POINTS
         "--|bwrap|--die-with-parent|--unshare-user-try|--unshare-cgroup-try|--unshare-uts|"
         "--cap-drop|ALL|--unshare-pid|--unshare-ipc|--unshare-net|--ro-bind|/images/cpu|/|--proc|"
         "/proc|--ro-bind|/sys|/sys|--dev|/dev|--tmpfs|/tmp|--bind|/c|/c|--ro-bind|/data|/data|"
         "--setenv|A|b c|--chdir|/c|--|" SB_IMAGE_RUNNER "|/c/jobs/j.json"},
        {"enroot", BEGIN
         "--|env|ENROOT_ROOTFS_WRITABLE=no|ENROOT_MOUNT_HOME=no|enroot|start|"
         "--mount=/c:/c:none:x-create=auto,bind,nosuid,nodev,rw|"
         "--mount=/data:/data:none:x-create=auto,bind,nosuid,nodev,ro|"
         "--env=A='b c'|--|/images/cpu|/bin/sh|-c|cd -- \"$0\" && exec \"$@\"|/c|" SB_IMAGE_RUNNER
         "|/c/jobs/j.json"},
        {"pyxis",
         BEGIN "--|srun|--ntasks=1|--nodes=1|--mpi=none|--cpu-bind=none|--input=none|"
               "--export=NONE|--container-image=/images/cpu|"
               "--container-mounts=/c:/c:rw,/data:/data:ro|--container-readonly|"
               "--no-container-mount-home|--no-container-entrypoint|"
               "--no-container-remap-root|--container-workdir=/c|--|env|A=b c|" SB_IMAGE_RUNNER
               "|/c/jobs/j.json"},
        {"sarus", "sarus|run|" MOUNTS "--workdir=/c|" REFERENCE
                  "|/usr/bin/env|-i|PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
                  "/bin|A=b c|" SB_IMAGE_RUNNER "|/c/jobs/j.json"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_error err = {0};
        const struct sb_engine *e = engine(cases[i].engine);
        const struct sb_wrap wrap = usual(e);
        char *line = line_of(e, &wrap, &err);
        assert_string_equal(line ? line : err.text, cases[i].line);
        free(line);
    }
}

/* A part that must be there, or (first letter '!') the sentence of a refusal. */
static void expect(const char *name, const struct sb_wrap *wrap, const char *part)
{
    struct sb_error err = {0};
    char *line = line_of(engine(name), wrap, &err);
    if (part[0] == '!') {
        if (line || err.code != SB_EINVAL || !strstr(err.text, part + 1)) {
            fail_msg("%s: expected a refusal with '%s': %s", name, part + 1,
                     line ? line : err.text);
        }
    } else if (!line || !strstr(line, part)) {
        fail_msg("%s: expected '%s' in: %s", name, part, line ? line : err.text);
    }
    free(line);
}

static void test_engines__apptainer_and_singularity(void **state)
{
    (void)state;
    struct sb_wrap wrap = usual(engine("apptainer"));
    expect("apptainer", &wrap,
           BEGIN
           "--env|APPTAINERENV_A=b c|--|apptainer|--silent|exec|--contain|--no-home|--no-eval|");
    expect("apptainer", &wrap,
           "|--bind=/c:/c:rw|--bind=/data:/data:ro|--pwd=/c|/images/cpu|" SB_IMAGE_RUNNER);
    expect("singularity", &wrap, "--env|SINGULARITYENV_A=b c|--|singularity|--silent|exec|");
    wrap.devices = SB_DEVICES_NVIDIA;
    expect("apptainer", &wrap, "|--nv|");
    wrap.devices = SB_DEVICES_AMD;
    expect("singularity", &wrap, "|--rocm|");
}

static void test_engines__slurm_mounts_the_image_on_an_empty_root(void **state)
{
    (void)state;
    const struct sb_wrap wrap = usual(engine("slurm"));
    expect("slurm", &wrap, BEGIN POINTS "--oci|{\"");
    expect("slurm", &wrap, "\"root\":{\"path\":\"rootfs\",\"readonly\":true}");
    expect("slurm", &wrap,
           "\"mounts\":[{\"destination\":\"/\",\"type\":\"bind\",\"source\":\"/images/cpu\",");
    expect("slurm", &wrap, "\"A=b c\",\"SWITCHBENCH_CONTAINED=sb-1\"]");
    expect("slurm", &wrap, "|--bundles|/c|--pass|PMIX_*|--|srun|--ntasks=1|--nodes=1|--mpi=none|");
    expect("slurm", &wrap,
           "|--export=NONE|--container|%bundle|--|" SB_IMAGE_RUNNER
           "|--contained|sb-1|/c/jobs/j.json");
    assert_string_equal(engine("slurm")->scheduler, "slurm");
}

static void test_engines__gpus_come_in_each_ones_own_way_or_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *engine;
        enum sb_devices devices;
        const char *part;
    } cases[] = {
        {"gvisor", SB_DEVICES_NVIDIA, "!NVIDIA's GPUs"},
        {"gvisor", SB_DEVICES_AMD, "!AMD's GPUs"},
        {"runc", SB_DEVICES_NVIDIA, "!GPUs"},
        {"slurm", SB_DEVICES_AMD, "!GPUs"},
        {"enroot", SB_DEVICES_NVIDIA, "|--env=NVIDIA_VISIBLE_DEVICES=all|"},
        {"pyxis", SB_DEVICES_NVIDIA, "|--export=NVIDIA_VISIBLE_DEVICES=all|"},
        {"podman", SB_DEVICES_NVIDIA, "|--env=CUDA_VISIBLE_DEVICES|"},
        {"podman", SB_DEVICES_NVIDIA, "|--device=nvidia.com/gpu=all|"},
        {"podman", SB_DEVICES_AMD, "|--device=/dev/kfd|--device=/dev/dri|"},
        {"docker", SB_DEVICES_NVIDIA, "|--gpus=all|"},
        {"bubblewrap", SB_DEVICES_AMD, "|--dev-bind|/dev|/dev|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_wrap wrap = usual(engine(cases[i].engine));
        wrap.pass = NULL;
        wrap.devices = cases[i].devices;
        expect(cases[i].engine, &wrap, cases[i].part);
    }
}

static void test_engines__limits_are_set_or_refused(void **state)
{
    (void)state;
    const bool settable = geteuid() == 0 || access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
    for (int i = 0; sb_engines[i]; ++i) {
        struct sb_wrap wrap = usual(sb_engines[i]);
        wrap.memory_bytes = 1e9;
        wrap.cores = 3;
        const bool oci = strcmp(sb_engines[i]->name, "runc") == 0;
        expect(sb_engines[i]->name, &wrap,
               !sb_engines[i]->limits ? "!sets no limits"
               : !settable            ? "!cannot set limits here"
               : oci                  ? "\"memory\":{\"limit\":1000000000,\"swap\":1000000000}"
                     : "|--memory=1000000000b|--memory-swap=1000000000b|--cpus=3|");
    }
}

static void test_engines__ranks_share_memory_and_network(void **state)
{
    (void)state;
    static const struct {
        const char *engine, *part;
    } cases[] = {
        {"docker", "!PMIX_*"},
        {"gvisor", "!no ranks"},
        {"slurm", "!no ranks"},
        {"enroot", "!no ranks"},
        {"pyxis", "!no ranks"},
        {"sarus", "!no ranks"},
        {"podman", "|--network=host|--ipc=host|--pid=host|"},
        {"apptainer", "|--bind=/dev/shm:/dev/shm|"},
        {"bubblewrap",
         "|--cap-drop|ALL|--ro-bind|/images/cpu|/|--proc|/proc|--ro-bind|/sys|/sys|--dev-bind|"},
        {"runc", "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"uts\"}]"},
        {"runc", "|--pass|PMIX_*|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct sb_wrap wrap = usual(engine(cases[i].engine));
        wrap.ranks = true;
        expect(cases[i].engine, &wrap, cases[i].part);
    }
}

/* A hostile text stands in one word, as it is, or is refused: never is it cut into words. */
static void test_engines__hostile_names_stay_one_word_or_are_refused(void **state)
{
    (void)state;
    static const char hostile[] = "/c/; rm -rf ~ $(id) `id` 'x' \"y\" & |";
    static const char *const argv[] = {"/bin/run", hostile, "--help", NULL};
    static const char *const values[] = {"A=; rm -rf ~ $(id) 'x' \"y\"", NULL};
    for (int i = 0; sb_engines[i]; ++i) {
        struct sb_wrap wrap = usual(sb_engines[i]);
        wrap.argv = argv;
        wrap.environment = values;
        struct sb_strings words = {0};
        struct sb_error err = {0};
        assert_int_equal(sb_engines[i]->wrap(&words, &wrap, &err), 0);
        const bool oci = strcmp(sb_engines[i]->name, "runc") == 0;
        bool found = oci;
        for (int w = 0; w < words.count; ++w) {
            found = found || strcmp(words.item[w], hostile) == 0;
        }
        assert_true(found);
        sb_strings_free(&words);
    }
}

static void test_engines__what_cannot_be_said_is_refused(void **state)
{
    (void)state;
    static const char *const dash[] = {"--privileged", NULL};
    static const char *const json[] = {"[\"/bin/sh\"]", NULL};
    static const char *const nothing[] = {NULL};
    static const char *const no_name[] = {"--privileged=1", NULL};
    static const char *const no_value[] = {"NAME", NULL};
    static const char *const star[] = {"*", NULL};
    static const struct sb_mount relative[] = {{"data", false}};
    static const struct sb_mount comma[] = {{"/data,rw=1", false}};
    static const struct sb_mount colon[] = {{"/data:/etc", false}};
    static const struct sb_mount line[] = {{"/data\nx", false}};
    for (int i = 0; sb_engines[i]; ++i) {
        const char *name = sb_engines[i]->name;
        const bool splits = !strstr("none bubblewrap runc slurm", name);
        const bool at_comma = splits && !strstr("charliecloud enroot", name);
        const bool at_colon =
            strstr("charliecloud apptainer singularity enroot pyxis", name) != NULL;
        const struct {
            const char *const *argv, *const *environment, *const *pass;
            const struct sb_mount *mount;
            const char *image, *container, *part;
        } cases[] = {
            {.argv = dash, .part = "!cannot be run"},
            {.argv = json, .part = "!cannot be run"},
            {.argv = nothing, .part = "!cannot be run"},
            {.environment = no_name, .part = "!is no NAME=value"},
            {.environment = no_value, .part = "!is no NAME=value"},
            {.pass = star, .part = "!is no name of a variable"},
            {.mount = relative, .part = "!is no absolute path"},
            {.mount = line, .part = "!cannot mount"},
            {.mount = comma, .part = at_comma ? "!','" : ""},
            {.mount = colon, .part = at_colon ? "!':'" : ""},
            {.image = "--privileged", .part = "!is no image"},
            {.container = "-x", .part = "!is no name"},
            {.container = "a b", .part = "!is no name"},
        };
        for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
            struct sb_wrap wrap = usual(sb_engines[i]);
            wrap.argv = cases[c].argv ? cases[c].argv : wrap.argv;
            wrap.environment = cases[c].environment ? cases[c].environment : wrap.environment;
            wrap.pass = cases[c].pass ? cases[c].pass : wrap.pass;
            wrap.mount = cases[c].mount ? cases[c].mount : wrap.mount;
            wrap.mount_count = cases[c].mount ? 1 : 2;
            wrap.image = cases[c].image ? cases[c].image : wrap.image;
            wrap.name = cases[c].container ? cases[c].container : wrap.name;
            expect(name, &wrap, cases[c].part);
        }
    }
}

static void write_text(const char *folder, const char *name, const char *text)
{
    char path[PATH_MAX];
    assert_int_equal(sb_fs_join(path, sizeof path, folder, name, NULL), 0);
    assert_int_equal(sb_fs_write(path, text, strlen(text), NULL), 0);
}

/* enroot is bash: what it would read as two lines, two words or a setting of its own. */
static void test_engines__enroot_is_told_no_more_than_one_thing_in_a_word(void **state)
{
    (void)state;
    static const char *const two_lines[] = {"A=b\nLD_PRELOAD=/x", NULL};
    static const char *const setting[] = {"ENROOT_ROOTFS_WRITABLE=yes", NULL};
    static const struct sb_mount space[] = {{"/da ta", false}};
    struct sb_wrap wrap = usual(engine("enroot"));
    wrap.environment = two_lines;
    expect("enroot", &wrap, "!cannot set A, whose value has two lines");
    wrap.environment = setting;
    expect("enroot", &wrap, "!ENROOT_ROOTFS_WRITABLE, a name of its own");
    wrap.environment = environment;
    wrap.mount = space;
    wrap.mount_count = 1;
    expect("enroot", &wrap, "!' '");
    char out[256];
    struct sb_error err = {0};
    assert_int_equal(engine("sarus")->resolve(out, sizeof out, "ubuntu:24.04", &err), SB_ENOTFOUND);
    assert_non_null(strstr(err.text, "sarus pull REPOSITORY@sha256"));
    assert_int_equal(engine("sarus")->resolve(out, sizeof out, REFERENCE, &err), 0);
    assert_string_equal(out, REFERENCE);
    assert_string_equal(engine("pyxis")->scheduler, "slurm");
}

static void test_images__a_digest_is_of_names_and_contents(void **state)
{
    (void)state;
    char folder[] = "/tmp/test-engines-XXXXXX";
    char path[PATH_MAX];
    char first[65];
    char now[65];
    assert_non_null(mkdtemp(folder));
    write_text(folder, "b", "two");
    snprintf(path, sizeof path, "%s/sub", folder);
    assert_int_equal(mkdir(path, 0755), 0);
    write_text(folder, "sub/a", "one");
    assert_int_equal(sb_tree_digest(first, folder, NULL), 0);
    snprintf(path, sizeof path, "%s/empty", folder); /* a mount point */
    assert_int_equal(mkdir(path, 0755), 0);
    assert_int_equal(sb_tree_digest(now, folder, NULL), 0);
    assert_string_equal(now, first);
    snprintf(path, sizeof path, "%s/b", folder); /* another time: the same */
    assert_int_equal(utimensat(0, path, (struct timespec[]){{1, 0}, {1, 0}}, 0), 0);
    assert_int_equal(sb_tree_digest(now, folder, NULL), 0);
    assert_string_equal(now, first);
    write_text(folder, "b", "twp"); /* as long as before */
    assert_int_equal(sb_tree_digest(now, folder, NULL), 0);
    assert_string_not_equal(now, first);
    write_text(folder, "b", "two");
    assert_int_equal(chmod(path, 0755), 0);
    assert_int_equal(sb_tree_digest(now, folder, NULL), 0);
    assert_string_not_equal(now, first);
    assert_int_equal(sb_tree_digest(now, path, NULL), 0); /* as sha256sum says it */
    assert_string_equal(now, "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3");
    struct sb_error err = {0};
    snprintf(path, sizeof path, "%s/none", folder);
    assert_int_equal(sb_tree_digest(now, path, &err), SB_ENOTFOUND);
    static const char *const left[] = {"sub/a", "sub", "empty", "b", ""};
    for (size_t i = 0; i < sizeof left / sizeof *left; ++i) {
        snprintf(path, sizeof path, "%s/%s", folder, left[i]);
        (void)remove(path);
    }
}

static void test_images__files_are_resolved_or_the_message_says_how_to_get_them(void **state)
{
    (void)state;
    char folder[] = "/tmp/test-engines-XXXXXX";
    char out[PATH_MAX + 100];
    char again[PATH_MAX + 100];
    struct sb_error err = {0};
    assert_non_null(mkdtemp(folder));
    write_text(folder, "f", "x");
    const struct sb_engine *e = engine("charliecloud");
    assert_int_equal(e->resolve(out, sizeof out, "/nowhere/image", &err), SB_ENOTFOUND);
    assert_non_null(strstr(err.text, "ch-convert"));
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/f", folder);
    assert_int_equal(e->resolve(out, sizeof out, path, &err), SB_EINVAL); /* no folder */
    assert_int_equal(engine("apptainer")->resolve(out, sizeof out, path, &err), 0);
    assert_int_equal(e->resolve(out, sizeof out, folder, &err), 0);
    assert_true(sb_image_has_digest(out));
    assert_int_equal(e->resolve(again, sizeof again, out, &err), 0); /* by digest: the same */
    assert_string_equal(again, out);
    write_text(folder, "f", "y");
    assert_int_equal(e->resolve(again, sizeof again, out, &err), SB_EINVAL);
    assert_non_null(strstr(err.text, "is not what was named"));
    (void)remove(path);
    (void)remove(folder);
}

static void test_images__a_reference_is_no_option_and_no_shell(void **state)
{
    (void)state;
    static const char *const hostile[] = {"", "-x", "--help", "a;b", "a b", "$(id)", "a\nb"};
    char out[1000];
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; ++i) {
        struct sb_error err = {0};
        assert_int_equal(sb_image_resolve_store(out, sizeof out, "podman", hostile[i], &err),
                         SB_EINVAL);
        assert_int_equal(sb_image_resolve_remote(out, sizeof out, hostile[i], &err), SB_EINVAL);
    }
    assert_false(sb_image_has_digest("a@sha256:12"));
    assert_false(sb_image_has_digest("@sha256:" D64));
    assert_true(sb_image_has_digest(REFERENCE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engines__the_usual_line),
        cmocka_unit_test(test_engines__apptainer_and_singularity),
        cmocka_unit_test(test_engines__slurm_mounts_the_image_on_an_empty_root),
        cmocka_unit_test(test_engines__gpus_come_in_each_ones_own_way_or_are_refused),
        cmocka_unit_test(test_engines__limits_are_set_or_refused),
        cmocka_unit_test(test_engines__ranks_share_memory_and_network),
        cmocka_unit_test(test_engines__hostile_names_stay_one_word_or_are_refused),
        cmocka_unit_test(test_engines__what_cannot_be_said_is_refused),
        cmocka_unit_test(test_engines__enroot_is_told_no_more_than_one_thing_in_a_word),
        cmocka_unit_test(test_images__a_digest_is_of_names_and_contents),
        cmocka_unit_test(test_images__files_are_resolved_or_the_message_says_how_to_get_them),
        cmocka_unit_test(test_images__a_reference_is_no_option_and_no_shell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
