/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/ssh/moved.h"

#include "harness/place/ssh/remote.h"
#include "harness/plan/kernels.h"
#include "harness/util/fs.h"
#include "harness/util/process.h"
#include "harness/util/text.h"

#include <ctype.h>
#include <jansson.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COPY_LIMIT_S 600.0

static bool ends_a_path(char c)
{
    return c == '\0' || strchr("/:,= ", c);
}

static bool belongs_to_a_path(char c)
{
    return isalnum((unsigned char)c) || strchr("._-/", c);
}

char *sb_moved_text(const char *text, const struct sb_strings *from, const struct sb_strings *to)
{
    char *out = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&out, &length);
    for (const char *at = text; stream && *at;) {
        int best = -1;
        const bool begins = at == text || !belongs_to_a_path(at[-1]);
        for (int i = 0; begins && i < from->count; ++i) {
            const size_t n = strlen(from->item[i]);
            if (strncmp(at, from->item[i], n) == 0 && ends_a_path(at[n]) &&
                (best < 0 || n > strlen(from->item[best]))) {
                best = i;
            }
        }
        if (best >= 0) {
            fputs(to->item[best], stream);
            at += strlen(from->item[best]);
        } else {
            fputc(*at++, stream);
        }
    }
    if (stream && fclose(stream) != 0) {
        free(out);
        return NULL;
    }
    return out;
}

/* An archive as text; *out malloc'd. @p more: "-C", folder, names…; ends with NULL. */
static int pack(char **out, const char *const *more, struct sb_error *err)
{
    const char *argv[24] = {"tar",        "-czf",      "-",         "--sort=name",
                            "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"};
    for (int used = 8; *more && used < 23; ++more) {
        argv[used++] = *more;
    }
    struct sb_process_result got;
    const struct sb_process_call call = {.argv = argv, .time_limit_s = 120};
    const int code = sb_process_answer(&got, &call, err);
    if (code != 0) {
        return code;
    }
    *out = malloc((got.length + 2) / 3 * 4 + 1);
    if (*out) {
        EVP_EncodeBlock((unsigned char *)*out, (const unsigned char *)got.output, (int)got.length);
    }
    sb_process_result_free(&got);
    return *out ? 0 : sb_fail(err, SB_ENOMEM, "ssh: out of memory");
}

static int pack_programs(struct sb_moved *moved, struct sb_error *err)
{
    const char *const more[] = {"--transform=s,^\\./,kernels/,",
                                "-C",
                                sb_kernels_folder(),
                                ".",
                                "-C",
                                sb_fs_program_folder(),
                                "switchbench-runner",
                                NULL};
    const int code = pack(&moved->programs, more, err);
    if (code == 0) {
        char hash[65];
        sb_text_sha256(hash, moved->programs, strlen(moved->programs));
        snprintf(moved->hash, sizeof moved->hash, "%.16s", hash);
    }
    return code;
}

static int map(struct sb_moved *moved, const char *from, const char *to)
{
    const int code = sb_strings_add(&moved->from, from);
    return code != 0 ? code : sb_strings_add(&moved->to, to);
}

static int map_all(struct sb_moved *moved, const struct sb_ticket *ticket, struct sb_error *err)
{
    const char *scratch = ticket->place->scratch;
    char path[PATH_MAX];
    char variable[PATH_MAX + 32];
    snprintf(moved->folder, sizeof moved->folder, "%s/c/%s", scratch, ticket->tag);
    int code = map(moved, ticket->folder, moved->folder);
    for (int i = 0; code == 0 && ticket->kernel_folders && ticket->kernel_folders[i]; ++i) {
        /* its own name stays: the runner looks for <name>/<name>.c */
        const char *name = strrchr(ticket->kernel_folders[i], '/');
        snprintf(path, sizeof path, "%s/k%d/%s", moved->folder, i, name ? name + 1 : "kernel");
        code = map(moved, ticket->kernel_folders[i], path);
    }
    for (int i = 0; code == 0 && i < ticket->place->environment.count; ++i) {
        code = sb_strings_add(&moved->environment, ticket->place->environment.item[i]);
    }
    if (code == 0 && !ticket->place->runner) {
        snprintf(path, sizeof path, "%s/p/%s", scratch, moved->hash);
        code = map(moved, sb_fs_program_folder(), path);
        snprintf(path, sizeof path, "%s/p/%s/kernels", scratch, moved->hash);
        code = code != 0 ? code : map(moved, sb_kernels_folder(), path);
        snprintf(variable, sizeof variable, "SWITCHBENCH_KERNELS=%s", path);
        code = code != 0 ? code : sb_strings_add(&moved->environment, variable);
    }
    return code == 0 ? 0 : sb_fail(err, SB_ENOMEM, "ssh: out of memory");
}

static void move_strings(json_t *json, const struct sb_moved *moved)
{
    const char *key;
    json_t *member;
    void *next;
    size_t i;
    if (json_is_string(json)) {
        char *text = sb_moved_text(json_string_value(json), &moved->from, &moved->to);
        if (text) {
            json_string_set(json, text);
        }
        free(text);
    } else if (json_is_object(json)) {
        json_object_foreach_safe(json, next, key, member)
        {
            move_strings(member, moved);
        }
    } else {
        json_array_foreach (json, i, member) {
            move_strings(member, moved);
        }
    }
}

static int move_job(struct sb_moved *moved, const char *path, struct sb_error *err)
{
    json_error_t fault;
    json_t *job = json_load_file(path, 0, &fault);
    if (!job) {
        return sb_fail(err, SB_EIO, "ssh: %s: %s", path, fault.text);
    }
    move_strings(job, moved);
    moved->job = json_dumps(job, JSON_COMPACT);
    json_decref(job);
    return moved->job ? 0 : sb_fail(err, SB_ENOMEM, "ssh: out of memory");
}

/* The ticket's own paths lie in the campaign's folder: they, too, are moved; copies are kept in from's order. */
static int move_ticket(struct sb_moved *moved, const struct sb_ticket *ticket, struct sb_error *err)
{
    const char *const paths[] = {ticket->job, ticket->records, ticket->events, ticket->log};
    int code = 0;
    for (int i = 0; code == 0 && ticket->argv[i]; ++i) {
        char *word = sb_moved_text(ticket->argv[i], &moved->from, &moved->to);
        code = word ? sb_strings_add(&moved->argv, word) : SB_ENOMEM;
        free(word);
    }
    for (int i = 0; code == 0 && i < 4; ++i) {
        char *word = sb_moved_text(paths[i], &moved->from, &moved->to);
        code = word ? sb_strings_add(&moved->environment, word) : SB_ENOMEM;
        free(word);
    }
    code = code != 0 ? code : sb_strings_end(&moved->argv);
    if (code != 0) {
        return sb_fail(err, SB_ENOMEM, "ssh: out of memory");
    }
    moved->place = *ticket->place;
    moved->place.environment = moved->environment;
    moved->place.environment.count -= 4; /* the four paths stand behind it */
    char **const behind = moved->environment.item + moved->place.environment.count;
    moved->ticket = *ticket;
    moved->ticket.place = &moved->place;
    moved->ticket.folder = moved->folder;
    moved->ticket.argv = (const char *const *)moved->argv.item;
    moved->ticket.job = behind[0];
    moved->ticket.records = behind[1];
    moved->ticket.events = behind[2];
    moved->ticket.log = behind[3];
    return 0;
}

int sb_moved_make(struct sb_moved *out, const struct sb_ticket *ticket, struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    if (ticket->place->scratch[0] != '/') {
        return sb_fail(err, SB_EINVAL, "ssh: scratch '%s' is no absolute path",
                       ticket->place->scratch);
    }
    int code = ticket->place->runner ? 0 : pack_programs(out, err);
    code = code != 0 ? code : map_all(out, ticket, err);
    code = code != 0 ? code : move_job(out, ticket->job, err);
    code = code != 0 ? code : move_ticket(out, ticket, err);
    if (code != 0) {
        sb_moved_free(out);
    }
    return code;
}

static int unpack(const struct sb_moved *moved, const char *host, const char *folder,
                  const char *archive, struct sb_error *err)
{
    char *calls = NULL;
    char *all = NULL;
    char *answer = NULL;
    const char *const words[] = {folder, NULL};
    int code = sb_ssh_add_call(&calls, "sb_unpack", words, err);
    if (code == 0) {
        calls[strlen(calls) - 1] = '\0'; /* the input follows the call on its line */
        if (asprintf(&all, "%s <<'SB_END'\n%s\nSB_END\n", calls, archive) < 0) {
            all = NULL;
            code = sb_fail(err, SB_ENOMEM, "ssh: out of memory");
        }
    }
    if (code == 0) {
        code = sb_ssh_call(&answer, NULL, moved->ticket.place, host, all, COPY_LIMIT_S, err);
    }
    free(calls);
    free(all);
    free(answer);
    return code;
}

static int copy_programs(const struct sb_moved *moved, const char *host, struct sb_error *err)
{
    char folder[PATH_MAX];
    char *calls = NULL;
    char *answer = NULL;
    snprintf(folder, sizeof folder, "%s/p/%s", moved->place.scratch, moved->hash);
    const char *const words[] = {folder, NULL};
    int code = sb_ssh_add_call(&calls, "ls -d -- 2>/dev/null", words, err);
    code = code != 0 ? code : sb_ssh_call(&answer, NULL, &moved->place, host, calls, 60, err);
    if (code == SB_EINFRA && !sb_ssh_is_resting(host)) {
        code = unpack(moved, host, folder, moved->programs, err); /* it is not there */
    }
    free(calls);
    free(answer);
    return code;
}

int sb_moved_copy(const struct sb_moved *moved, const struct sb_ticket *ticket, const char *host,
                  struct sb_error *err)
{
    int code = moved->programs ? copy_programs(moved, host, err) : 0;
    for (int i = 0; code == 0 && ticket->kernel_folders && ticket->kernel_folders[i]; ++i) {
        const char *const more[] = {"-C", ticket->kernel_folders[i], "--", ".", NULL};
        char *archive = NULL;
        code = pack(&archive, more, err);
        /* from holds the campaign's folder first, then these */
        code = code != 0 ? code : unpack(moved, host, moved->to.item[1 + i], archive, err);
        free(archive);
    }
    return code;
}

void sb_moved_free(struct sb_moved *moved)
{
    sb_strings_free(&moved->from);
    sb_strings_free(&moved->to);
    sb_strings_free(&moved->argv);
    sb_strings_free(&moved->environment);
    free(moved->job);
    free(moved->programs);
    memset(moved, 0, sizeof *moved);
}
