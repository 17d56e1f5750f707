/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/ssh/remote.h"

#include "harness/place/script.h"
#include "harness/util/embedded.h"
#include "harness/util/process.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REST_S 15.0 /* a silent host is not asked more often */
#define HOSTS_MOST 1024

extern const struct sb_embedded sb_ssh_scripts[];

/* When a host fell silent. The driver is one thread. */
static struct silence {
    char host[200];
    unsigned long long since_ns, asked_ns;
} silences[HOSTS_MOST];

static struct silence *silence_of(const char *host, bool make)
{
    struct silence *empty = NULL;
    for (int i = 0; i < HOSTS_MOST; ++i) {
        if (strcmp(silences[i].host, host) == 0) {
            return &silences[i];
        }
        if (!empty && !silences[i].host[0]) {
            empty = &silences[i];
        }
    }
    if (make && empty) {
        snprintf(empty->host, sizeof empty->host, "%s", host);
        empty->since_ns = sb_process_now_ns();
        return empty;
    }
    return NULL;
}

static void note(const char *host, bool answers)
{
    struct silence *silence = silence_of(host, !answers);
    if (silence && answers) {
        memset(silence, 0, sizeof *silence);
    } else if (silence) {
        silence->asked_ns = sb_process_now_ns();
    }
}

double sb_ssh_silent_s(const char *host)
{
    const struct silence *silence = silence_of(host, false);
    return silence ? (double)(sb_process_now_ns() - silence->since_ns) / 1e9 : 0;
}

bool sb_ssh_is_resting(const char *host)
{
    const struct silence *silence = silence_of(host, false);
    return silence && (double)(sb_process_now_ns() - silence->asked_ns) / 1e9 < REST_S;
}

const char *sb_ssh_functions(void)
{
    return sb_ssh_scripts[0].bytes;
}

static bool is_plain(const char *text)
{
    for (; *text; ++text) {
        if (!isalnum((unsigned char)*text) && !strchr("._-", *text)) {
            return false;
        }
    }
    return true;
}

int sb_ssh_host_parse(struct sb_ssh_host *out, const char *text, struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    const char *at = strrchr(text, '@');
    const char *name = at ? at + 1 : text;
    const bool bracket = *name == '[';
    const size_t length = strcspn(name + bracket, bracket ? "]" : ":");
    const char *rest = name + bracket + length;
    if (bracket) {
        rest += *rest == ']';
    }
    char *end = NULL;
    const long port = *rest == ':' ? strtol(rest + 1, &end, 10) : 0;
    const bool port_is_bad = *rest && (*rest != ':' || !end || *end || port < 1 || port > 65535);
    snprintf(out->name, sizeof out->name, "%.*s", (int)length, name + bracket);
    snprintf(out->user, sizeof out->user, "%.*s", at ? (int)(at - text) : 0, text);
    out->port = (int)port;
    const bool name_is_bad =
        length == 0 || length >= sizeof out->name || out->name[0] == '-' ||
        (bracket ? strspn(out->name, "0123456789abcdefABCDEF:.%") != length : !is_plain(out->name));
    if (name_is_bad || port_is_bad || out->user[0] == '-' || !is_plain(out->user) ||
        (at && (at == text || (size_t)(at - text) >= sizeof out->user))) {
        return sb_fail(err, SB_EINVAL, "ssh: '%s' is no host: expected [user@]name[:port]", text);
    }
    return 0;
}

int sb_ssh_command(struct sb_strings *words, const struct sb_place *place, const char *host,
                   struct sb_error *err)
{
    static const char *const always[] = {
        "ssh", "-T",
        "-x",  "-a",
        "-o",  "BatchMode=yes",
        "-o",  "ConnectTimeout=10",
        "-o",  "ServerAliveInterval=5",
        "-o",  "ServerAliveCountMax=3",
        "-o",  "ClearAllForwardings=yes",
    };
    struct sb_ssh_host to;
    int code = sb_ssh_host_parse(&to, host, err);
    if (code != 0) {
        return code;
    }
    for (size_t i = 0; code == 0 && i < sizeof always / sizeof *always; ++i) {
        code = sb_strings_add(words, always[i]);
    }
    for (int i = 0; code == 0 && i < place->options.count; ++i) {
        code = sb_strings_add(words, place->options.item[i]);
    }
    char text[96];
    if (code == 0 && to.user[0]) {
        snprintf(text, sizeof text, "-oUser=%s", to.user);
        code = sb_strings_add(words, text);
    }
    if (code == 0 && to.port) {
        snprintf(text, sizeof text, "-oPort=%d", to.port);
        code = sb_strings_add(words, text);
    }
    /* a constant: the login shell, whichever it is, sees nothing that a user named */
    const char *const last[] = {"--", to.name, "exec /bin/sh -s"};
    for (int i = 0; code == 0 && i < 3; ++i) {
        code = sb_strings_add(words, last[i]);
    }
    return code == 0 ? 0 : sb_fail(err, SB_ENOMEM, "ssh: out of memory");
}

int sb_ssh_add_call(char **out, const char *name, const char *const *words, struct sb_error *err)
{
    char *text = NULL;
    int code = 0;
    for (int i = 0; code == 0 && words && words[i]; ++i) {
        code = sb_script_quote(&text, words[i], err);
        char *more = NULL;
        if (code == 0 && words[i + 1] && asprintf(&more, "%s ", text) > 0) {
            free(text);
            text = more;
        }
    }
    char *all = NULL;
    if (code == 0 && asprintf(&all, "%s%s %s\n", *out ? *out : "", name, text ? text : "") < 0) {
        code = sb_fail(err, SB_ENOMEM, "ssh: out of memory");
    }
    free(text);
    if (code == 0) {
        free(*out);
        *out = all;
    }
    return code;
}

static int judge(struct sb_process_result *got, const char *host, struct sb_error *err)
{
    const bool silent = got->timed_out || got->exit_status == 255;
    note(host, !silent);
    if (got->exit_status == 0) {
        return 0;
    }
    char *words = got->errors ? got->errors : "";
    /* ssh puts warnings first and its reason last */
    size_t length = strlen(words);
    while (length > 0 && isspace((unsigned char)words[length - 1])) {
        words[--length] = '\0';
    }
    const char *line = strrchr(words, '\n');
    line = line ? line + 1 : words;
    return silent ? sb_fail(err, SB_EINFRA, "ssh: %s does not answer: %s", host,
                            got->timed_out ? "no end within the time limit"
                            : *line        ? line
                                           : "ssh ended with code 255")
                  : sb_fail(err, SB_EINFRA, "ssh: %s: %s (code %d)", host,
                            *line ? line : "the remote shell failed", got->exit_status);
}

int sb_ssh_call(char **out, size_t *length, const struct sb_place *place, const char *host,
                const char *calls, double time_limit_s, struct sb_error *err)
{
    struct sb_strings words = {0};
    struct sb_process_result got = {0};
    char *root = NULL;
    char *input = NULL;
    const char *const scratch[] = {place->scratch ? place->scratch : "", NULL};
    *out = NULL;
    int code = sb_ssh_command(&words, place, host, err);
    if (code == 0) {
        code = sb_strings_end(&words);
    }
    if (code == 0) {
        code = sb_ssh_add_call(&root, "sb_root", scratch, err);
    }
    if (code == 0 && asprintf(&input, "%s\n%s%s", sb_ssh_functions(), root, calls) < 0) {
        input = NULL;
        code = sb_fail(err, SB_ENOMEM, "ssh: out of memory");
    }
    if (code == 0) {
        const char *const *argv = (const char *const *)words.item;
        const struct sb_process_call call = {
            .argv = argv, .input = input, .time_limit_s = time_limit_s};
        code = sb_process_call(&got, &call, err);
    }
    if (code == 0) {
        code = judge(&got, host, err);
    }
    if (code == 0) {
        *out = got.output;
        got.output = NULL;
        if (length) {
            *length = got.length;
        }
    }
    sb_process_result_free(&got);
    sb_strings_free(&words);
    free(root);
    free(input);
    return code;
}
