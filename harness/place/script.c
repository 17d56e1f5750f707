/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/script.h"

#include "harness/util/fs.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* 'it'\''s': within single quotes a shell takes every byte but the quote as it is. */
static void put_quoted(FILE *out, const char *text)
{
    fputc('\'', out);
    for (const char *c = text; *c; ++c) {
        if (*c == '\'') {
            fputs("'\\''", out);
        } else {
            fputc(*c, out);
        }
    }
    fputc('\'', out);
}

int sb_script_quote(char **out, const char *text, struct sb_error *err)
{
    char *added = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&added, &length);
    if (!stream) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    if (*out) {
        fputs(*out, stream);
    }
    put_quoted(stream, text);
    if (fclose(stream) != 0) {
        free(added);
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    free(*out);
    *out = added;
    return 0;
}

static void put_words(FILE *out, const char *const *words)
{
    for (size_t i = 0; words && words[i]; ++i) {
        fputc(' ', out);
        put_quoted(out, words[i]);
    }
}

static void put_place(FILE *out, const struct sb_place *place)
{
    if (place->modules.count) {
        fputs("command -v module >/dev/null || . /etc/profile.d/modules.sh || . "
              "/etc/profile.d/lmod.sh\n",
              out);
    }
    for (int i = 0; i < place->modules.count; ++i) {
        fputs("module load ", out);
        put_quoted(out, place->modules.item[i]);
        fputc('\n', out);
    }
    for (int i = 0; i < place->environment.count; ++i) {
        fputs("export ", out);
        put_quoted(out, place->environment.item[i]);
        fputc('\n', out);
    }
}

int sb_script_make(char **out, const struct sb_ticket *ticket, const char *const *directives,
                   const char *const *launcher, struct sb_error *err)
{
    size_t length = 0;
    *out = NULL;
    FILE *script = open_memstream(out, &length);
    if (!script) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    fputs("#!/bin/bash\n", script);
    for (size_t i = 0; directives && directives[i]; ++i) {
        fprintf(script, "%s\n", directives[i]);
    }
    fprintf(script, "# %s\n", ticket->tag);
    /* some schedulers (HTCondor) start jobs without: the cache is in HOME, compilers look in PATH */
    fputs("[ -n \"${HOME:-}\" ] || export HOME=~\nexport PATH\n", script);
    put_place(script, ticket->place);
    fputs("cd ", script);
    put_quoted(script, ticket->folder);
    fputs(" || exit 4\nexec", script);
    put_words(script, launcher);
    put_words(script, ticket->argv);
    fputc('\n', script);
    return fclose(script) == 0 ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

int sb_script_write(char *path, size_t room, const struct sb_ticket *ticket,
                    const char *const *directives, const char *const *launcher,
                    struct sb_error *err)
{
    char *text = NULL;
    const size_t length = strlen(ticket->job);
    const size_t stem =
        length > 5 && strcmp(ticket->job + length - 5, ".json") == 0 ? length - 5 : length;
    int code = sb_script_make(&text, ticket, directives, launcher, err);
    if (code == 0 && (size_t)snprintf(path, room, "%.*s.sh", (int)stem, ticket->job) >= room) {
        code = sb_fail(err, SB_EINVAL, "%s: path too long", ticket->job);
    }
    code = code != 0 ? code : sb_fs_write(path, text, strlen(text), err);
    free(text);
    if (code == 0 && chmod(path, 0700) != 0) {
        code = sb_fail(err, SB_EIO, "cannot make %s executable", path);
    }
    return code;
}
