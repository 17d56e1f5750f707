/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/containers/words.h"

#include "harness/util/fs.h"

#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void add(struct sb_words *line, const char *word)
{
    line->code = line->code != 0 ? line->code : sb_strings_add(line->words, word);
}

void sb_words_add(struct sb_words *line, ...)
{
    va_list words;
    va_start(words, line);
    for (const char *word = va_arg(words, const char *); word; word = va_arg(words, const char *)) {
        add(line, word);
    }
    va_end(words);
}

void sb_words_addf(struct sb_words *line, const char *fmt, ...)
{
    char *word = NULL;
    va_list values;
    va_start(values, fmt);
    const int length = vasprintf(&word, fmt, values);
    va_end(values);
    if (length < 0) {
        line->code = SB_ENOMEM;
        return;
    }
    add(line, word);
    free(word);
}

void sb_words_add_all(struct sb_words *line, const char *const *list)
{
    for (int i = 0; list && list[i]; ++i) {
        add(line, list[i]);
    }
}

int sb_words_end(const struct sb_words *line, struct sb_error *err)
{
    return line->code == 0 ? 0 : sb_fail(err, line->code, "out of memory");
}

static int check_path(const char *path, const char *engine, const char *letters,
                      struct sb_error *err)
{
    if (path[0] != '/') {
        return sb_fail(err, SB_EINVAL, "%s: '%s' is no absolute path", engine, path);
    }
    for (const char *at = path; *at; ++at) {
        if (strchr(letters, *at) || iscntrl((unsigned char)*at)) {
            return sb_fail(
                err, SB_EINVAL,
                "%s: cannot mount '%s': its command line has no way to say '%c' in a path", engine,
                path, isprint((unsigned char)*at) ? *at : '?');
        }
    }
    return 0;
}

static int check_variable(const char *text, bool value, const char *engine, struct sb_error *err)
{
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_') {
        ++length;
    }
    const char *rest = text + length;
    const bool ends = value ? *rest == '=' : *rest == '\0' || strcmp(rest, "*") == 0;
    return length > 0 && !isdigit((unsigned char)text[0]) && ends
               ? 0
               : sb_fail(err, SB_EINVAL, "%s: '%s' is no %s", engine, text,
                         value ? "NAME=value" : "name of a variable");
}

static int check_words(const struct sb_wrap *wrap, const char *engine, struct sb_error *err)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    if (!wrap->argv || !wrap->argv[0] || strchr("-[", wrap->argv[0][0])) {
        return sb_fail(err, SB_EINVAL, "%s: '%s' cannot be run", engine,
                       wrap->argv && wrap->argv[0] ? wrap->argv[0] : "");
    }
    if (wrap->image && (wrap->image[0] == '-' || wrap->image[0] == '\0')) {
        return sb_fail(err, SB_EINVAL, "%s: '%s' is no image", engine, wrap->image);
    }
    const char *name = wrap->name;
    if (name && (!isalnum((unsigned char)name[0]) || name[strspn(name, letters)])) {
        return sb_fail(err, SB_EINVAL, "%s: '%s' is no name for a container", engine, name);
    }
    return 0;
}

int sb_wrap_check(const struct sb_wrap *wrap, const char *engine, const char *letters, bool limits,
                  struct sb_error *err)
{
    int code = check_words(wrap, engine, err);
    const bool limited = wrap->memory_bytes > 0 || wrap->cores > 0;
    if (code == 0 && limited && limits && geteuid() != 0 &&
        access("/sys/fs/cgroup/cgroup.controllers", F_OK) != 0) {
        code =
            sb_fail(err, SB_EINVAL,
                    "%s: cannot set limits here: cgroups of version 1 are for root only", engine);
    }
    if (code == 0 && limited && !limits) {
        code = sb_fail(err, SB_EINVAL,
                       "%s: sets no limits of memory and cores: the scheduler must, or podman",
                       engine);
    }
    for (int i = 0; code == 0 && i < wrap->mount_count; ++i) {
        code = check_path(wrap->mount[i].path, engine, letters, err);
    }
    if (code == 0 && wrap->folder) {
        code = check_path(wrap->folder, engine, "", err);
    }
    for (int i = 0; code == 0 && wrap->environment && wrap->environment[i]; ++i) {
        code = check_variable(wrap->environment[i], true, engine, err);
    }
    for (int i = 0; code == 0 && wrap->pass && wrap->pass[i]; ++i) {
        code = check_variable(wrap->pass[i], false, engine, err);
    }
    return code;
}

void sb_words_begin(struct sb_words *line, const struct sb_wrap *wrap, const struct sb_begin *begin)
{
    if (wrap->node_runner) {
        sb_words_add(line, wrap->node_runner, NULL);
    } else {
        sb_words_addf(line, "%s/switchbench-runner", sb_fs_program_folder());
    }
    sb_words_add(line, "--image", wrap->image, NULL);
    for (int i = 0; begin->mount_points && i < wrap->mount_count; ++i) {
        if (strncmp(wrap->mount[i].path, "/tmp/", 5) !=
            0) { /* a /tmp of its own, or the node's, is there */
            sb_words_add(line, "--mount-point", wrap->mount[i].path, NULL);
        }
    }
    for (int i = 0; begin->prefix && wrap->environment && wrap->environment[i]; ++i) {
        sb_words_add(line, "--env", NULL);
        sb_words_addf(line, "%s%s", begin->prefix, wrap->environment[i]);
    }
    if (begin->oci) {
        sb_words_add(line, "--oci", begin->oci, NULL);
        if (begin->bundles) {
            sb_words_add(line, "--bundles", begin->bundles, NULL);
        }
        for (int i = 0; wrap->pass && wrap->pass[i]; ++i) {
            sb_words_add(line, "--pass", wrap->pass[i], NULL);
        }
    }
    sb_words_add(line, "--", NULL);
}
