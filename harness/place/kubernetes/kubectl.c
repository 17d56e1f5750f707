/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/kubernetes/kubectl.h"

#include "harness/place/kubernetes/settings.h"
#include "harness/util/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIME_LIMIT_S 30.0

/* Words of kubectl that would carry a credential; visible to every user of this machine in a command line. */
static const char *const credentials[] = {"--token", "--password", "--username", "--client-key"};

static int add(struct sb_kubectl_words *out, const char *word, struct sb_error *err)
{
    const int room = (int)(sizeof out->item / sizeof *out->item) - 1;
    if (out->count == room) {
        return sb_fail(err, SB_EINVAL, "kubernetes: more than %d words for kubectl", room);
    }
    out->item[out->count++] = word;
    out->item[out->count] = NULL;
    return 0;
}

static int add_option(struct sb_kubectl_words *out, const char *option, struct sb_error *err)
{
    if (sb_kube_setting_is(option)) {
        return 0; /* the manifest's */
    }
    for (size_t i = 0; i < sizeof credentials / sizeof *credentials; ++i) {
        const size_t length = strlen(credentials[i]);
        if (strncmp(option, credentials[i], length) == 0 && strchr("=", option[length])) {
            return sb_fail(err, SB_EINVAL,
                           "kubernetes: %s in a place's options would stand in command lines; "
                           "put it into a kubeconfig file, and that file into 'credentials'",
                           credentials[i]);
        }
    }
    return add(out, option, err);
}

int sb_kubectl_line(struct sb_kubectl_words *out, const struct sb_place *place,
                    const char *const words[], struct sb_error *err)
{
    out->count = 0;
    int code = add(out, "kubectl", err);
    if (code == 0 && place->account_file) {
        code = add(out, "--kubeconfig", err);
        code = code ? code : add(out, place->account_file, err);
    }
    if (code == 0 && place->partition) {
        code = add(out, "--namespace", err);
        code = code ? code : add(out, place->partition, err);
    }
    for (int i = 0; code == 0 && i < place->options.count; ++i) {
        code = add_option(out, place->options.item[i], err);
    }
    for (int i = 0; code == 0 && words[i]; ++i) {
        code = add(out, words[i], err);
    }
    return code;
}

void sb_kubectl_one_line(char *out, size_t room, const char *text)
{
    size_t length = 0;
    while (isspace((unsigned char)*text)) {
        ++text;
    }
    for (; *text && length + 1 < room; ++text) {
        const bool blank = isspace((unsigned char)*text) || iscntrl((unsigned char)*text);
        if (!blank) {
            out[length++] = *text;
        } else if (length > 0 && out[length - 1] != ' ') {
            out[length++] = ' ';
        }
    }
    while (length > 0 && out[length - 1] == ' ') {
        --length;
    }
    out[length] = '\0';
}

/* The API's reasons and what they mean to the driver; the first that a line holds. */
static const struct meaning {
    const char *says;
    int code;
} meanings[] = {
    {"localhost:8080", SB_EABSENT}, /* kubectl's guess where no cluster is named */
    {"no configuration", SB_EABSENT},
    {"current-context must exist", SB_EABSENT},
    {"connect", SB_EINFRA},
    {"imeout", SB_EINFRA},
    {"exceeded quota", SB_EINFRA},
    {"(NotFound)", SB_ENOTFOUND},
    {"(Invalid)", SB_EINVAL},
    {"(Forbidden)", SB_EINVAL},
    {"(BadRequest)", SB_EINVAL},
    {"(RequestEntityTooLarge)", SB_EINVAL},
    {"(MethodNotAllowed)", SB_EINVAL},
    {"(Unauthorized)", SB_EINVAL},
    {"must be logged in", SB_EINVAL},
    {"unknown flag", SB_EINVAL},
    {"unknown command", SB_EINVAL},
    {"error loading config", SB_EINVAL},
    {"invalid configuration", SB_EINVAL},
    {"does not exist", SB_EINVAL},
    {"no such file", SB_EINVAL},
    {"doesn't have a resource type", SB_EINVAL},
};

static int code_of(const char *line)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; ++i) {
        if (strstr(line, meanings[i].says)) {
            return meanings[i].code;
        }
    }
    return SB_EINFRA;
}

/* klog's own lines ("E1126 01:26:04.1 …": a try that failed) come before the sentence. */
static bool is_logging(const char *line)
{
    return strchr("EWI", line[0]) && isdigit((unsigned char)line[1]) &&
           isdigit((unsigned char)line[2]);
}

/* The first sentence of @p errors that is not about things that exist; those set *@p existed. */
static const char *sentence(bool *existed, const char *errors)
{
    const char *last = NULL;
    for (const char *at = errors; *at; at += strcspn(at, "\n"), at += *at == '\n') {
        char line[256];
        sb_kubectl_one_line(line, sizeof line, at);
        const char *already = strstr(at, "(AlreadyExists)");
        if (already && already < at + strcspn(at, "\n")) {
            *existed = true;
        } else if (line[0] && strncmp(line, "Warning:", 8) != 0 && (!is_logging(line) || !last)) {
            if (!is_logging(line)) {
                return at;
            }
            last = at;
        }
    }
    return last;
}

static const char *without(const char *text, const char *prefix)
{
    const size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 ? text + length : text;
}

static int judge(const struct sb_process_result *ran, bool *exists, struct sb_error *err)
{
    if (exists) {
        *exists = false;
    }
    if (ran->timed_out) {
        return sb_fail(err, SB_EINFRA, "kubectl did not answer within %g s", TIME_LIMIT_S);
    }
    if (ran->signal) {
        return sb_fail(err, SB_EINFRA, "kubectl died of signal %d", ran->signal);
    }
    if (ran->exit_status == 0) {
        return 0;
    }
    bool existed = false;
    const char *said = sentence(&existed, ran->errors);
    if (!said && existed && exists) {
        *exists = true;
        return 0;
    }
    char line[1024];
    char cut[1024];
    snprintf(cut, sizeof cut, "%.*s", said ? (int)strcspn(said, "\n") : 0, said ? said : "");
    sb_kubectl_one_line(line, sizeof line, cut);
    return sb_fail(err, existed && !said ? SB_EINVAL : code_of(line), "kubectl: %s",
                   line[0]   ? without(line, "error: ")
                   : existed ? "it exists already"
                             : "it failed without a word");
}

int sb_kubectl(struct sb_process_result *out, const struct sb_place *place,
               const char *const words[], const char *input, bool *exists, struct sb_error *err)
{
    struct sb_kubectl_words line;
    int code = sb_kubectl_line(&line, place, words, err);
    if (code != 0) {
        return code;
    }
    const struct sb_process_call call = {
        .argv = line.item, .input = input, .time_limit_s = TIME_LIMIT_S};
    code = sb_process_call(out, &call, err);
    if (code != 0) {
        return code;
    }
    code = judge(out, exists, err);
    if (code != 0) {
        sb_process_result_free(out);
    }
    return code;
}

int sb_kubectl_json(json_t **out, const struct sb_place *place, const char *const words[],
                    struct sb_error *err)
{
    struct sb_process_result ran;
    const int code = sb_kubectl(&ran, place, words, NULL, NULL, err);
    if (code != 0) {
        return code;
    }
    json_error_t fault;
    *out = json_loadb(ran.output, ran.length, 0, &fault);
    sb_process_result_free(&ran);
    return *out ? 0
                : sb_fail(err, SB_EINFRA, "kubectl: its answer is no JSON (line %d: %s)",
                          fault.line, fault.text);
}

void sb_kubectl_campaign(char out[17], const char *campaign)
{
    char digest[65];
    sb_text_sha256(digest, campaign, strlen(campaign));
    memcpy(out, digest, 16);
    out[16] = '\0';
}

const char *sb_kubectl_name(const char *id)
{
    const char *slash = strchr(id, '/');
    return slash ? slash + 1 : id;
}
