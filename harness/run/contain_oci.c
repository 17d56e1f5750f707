/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle for one command of an Open Containers' runtime. */
#include "harness/run/contain.h"

#include "harness/util/error.h"
#include "harness/util/fs.h"

#include <errno.h>
#include <fts.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static volatile sig_atomic_t child;

static void hand_on(int number)
{
    if (child > 0) {
        kill((pid_t)child, number);
    }
}

static bool is_passed(const char *entry, char *const argv[])
{
    bool passed = false;
    for (int i = 1; argv[i] && strcmp(argv[i], "--") != 0; i += 2) {
        const char *name = argv[i + 1];
        const size_t length = strcspn(name, "*");
        if (strcmp(argv[i], "--pass") == 0 && strncmp(entry, name, length) == 0) {
            passed = passed || name[length] == '*' || entry[length] == '=';
        }
    }
    return passed;
}

/* Who is not root is root in a user namespace of its own, and nobody else there. */
static int add_identity(json_t *config)
{
    if (geteuid() == 0) {
        return 0;
    }
    json_t *space = json_object_get(config, "linux");
    json_t *user = json_pack("{s:s}", "type", "user");
    return json_array_append_new(json_object_get(space, "namespaces"), user) |
           json_object_set_new(space, "uidMappings",
                               json_pack("[{s:i,s:I,s:i}]", "containerID", 0, "hostID",
                                         (json_int_t)geteuid(), "size", 1)) |
           json_object_set_new(space, "gidMappings",
                               json_pack("[{s:i,s:I,s:i}]", "containerID", 0, "hostID",
                                         (json_int_t)getegid(), "size", 1));
}

static int write_config(const char *bundle, const char *text, char *const argv[],
                        struct sb_error *err)
{
    char path[PATH_MAX];
    json_t *config = json_loads(text, 0, NULL);
    json_t *environment = json_object_get(json_object_get(config, "process"), "env");
    if (!environment) {
        json_decref(config);
        return sb_fail(err, SB_EINVAL, "--oci: no configuration of a container");
    }
    for (char **entry = environ; *entry; ++entry) {
        json_t *value = is_passed(*entry, argv) ? json_string(*entry) : NULL;
        if (value) {
            json_array_append_new(environment, value);
        }
    }
    const char *root = json_string_value(json_object_get(json_object_get(config, "root"), "path"));
    int code = add_identity(config) == 0 ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
    if (code == 0 && root && root[0] != '/') {
        code = sb_fs_join(path, sizeof path, bundle, root, err);
        code = code == 0 && mkdir(path, 0755) != 0
                   ? sb_fail(err, SB_EIO, "cannot make %s: %s", path, strerror(errno))
                   : code;
    }
    char *written = code == 0 ? json_dumps(config, JSON_COMPACT) : NULL;
    code = code != 0 ? code : sb_fs_join(path, sizeof path, bundle, "config.json", err);
    code = code != 0 ? code
           : written ? sb_fs_write(path, written, strlen(written), err)
                     : sb_fail(err, SB_ENOMEM, "out of memory");
    free(written);
    json_decref(config);
    return code;
}

/* Never past a mount point: what a runtime left mounted is not ours to remove. */
static void remove_bundle(const char *bundle)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", bundle);
    char *const paths[] = {path, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    for (const FTSENT *entry; tree && (entry = fts_read(tree));) {
        if (entry->fts_info != FTS_D) {
            (void)remove(entry->fts_accpath);
        }
    }
    if (tree) {
        fts_close(tree);
    }
}

static void free_words(char **words)
{
    for (size_t i = 0; words && words[i]; ++i) {
        free(words[i]);
    }
    free(words);
}

/* In every word, "%bundle" at its beginning. NULL when out of memory. */
static char **with_bundle(char *const *command, const char *bundle)
{
    static const char mark[] = "%bundle";
    size_t count = 0;
    while (command[count]) {
        ++count;
    }
    char **words = calloc(count + 1, sizeof *words);
    for (size_t i = 0; words && i < count; ++i) {
        const bool here = strncmp(command[i], mark, sizeof mark - 1) == 0;
        if (asprintf(&words[i], "%s%s", here ? bundle : "",
                     command[i] + (here ? sizeof mark - 1 : 0)) < 0) {
            words[i] = NULL;
            free_words(words);
            return NULL;
        }
    }
    return words;
}

static int run(char **words)
{
    const pid_t parent = getpid();
    struct sigaction action = {.sa_handler = hand_on};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        signal(SIGTERM, SIG_DFL);
        signal(SIGINT, SIG_DFL);
        signal(SIGHUP, SIG_DFL);
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* which the runtime hands to the container */
        if (getppid() == parent) {
            execvp(words[0], words);
        }
        fprintf(stderr, "switchbench-runner: cannot start %s: %s\n", words[0], strerror(errno));
        _exit(SB_EXIT_INFRA);
    }
    child = (sig_atomic_t)pid;
    int status = 0;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return pid < 0               ? SB_EXIT_INFRA
           : WIFSIGNALED(status) ? 128 + WTERMSIG(status)
                                 : WEXITSTATUS(status);
}

int sb_contain_oci(const struct sb_contain *asked, char *const argv[])
{
    char bundle[PATH_MAX];
    struct sb_error err = {0};
    const char *folder = asked->bundles ? asked->bundles : getenv("TMPDIR");
    snprintf(bundle, sizeof bundle, "%s/switchbench-bundle-XXXXXX",
             folder && *folder == '/' ? folder : "/tmp");
    if (!mkdtemp(bundle)) {
        fprintf(stderr, "switchbench-runner: cannot make %s: %s\n", bundle, strerror(errno));
        return SB_EXIT_INFRA;
    }
    int ended = SB_EXIT_INFRA;
    if (write_config(bundle, asked->oci, argv, &err) == 0) {
        char **words = with_bundle(asked->command, bundle);
        ended = words ? run(words) : SB_EXIT_INFRA;
        free_words(words);
    } else {
        fprintf(stderr, "switchbench-runner: %s\n", err.text);
    }
    remove_bundle(bundle);
    return ended;
}
