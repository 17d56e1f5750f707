/* SPDX-License-Identifier: Apache-2.0 */
/* Kubernetes through kubectl and plain batch/v1 Jobs. A job's id is "name" or "namespace/name"; its name is the short tag. */
#include "harness/place/schedulers/scheduler.h"

#include "harness/place/kubernetes/kubectl.h"
#include "harness/place/kubernetes/logs.h"
#include "harness/place/kubernetes/manifest.h"
#include "harness/place/kubernetes/nodes.h"
#include "harness/place/kubernetes/state.h"
#include "harness/place/script.h"
#include "harness/util/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Of a job's name; one who has no ranks may have no right to the last two. */
#define LEFT "configmap,service,secret"
#define JOBS_AT_ONCE 100 /* names in one question: a URL has an end */

static double now_s(void)
{
    return (double)time(NULL);
}

static int show(char **out, const struct sb_ticket *ticket, struct sb_error *err)
{
    static const char *const create[] = {"create", "-f", "-", NULL};
    struct sb_kubectl_words words;
    json_t *manifest = NULL;
    char *line = NULL;
    int code = sb_kubectl_line(&words, ticket->place, create, err);
    code = code ? code : sb_kube_manifest(&manifest, ticket, err);
    for (int i = 0; code == 0 && i < words.count; ++i) {
        code = sb_script_quote(&line, words.item[i], err);
        char *longer = NULL;
        if (code == 0 && asprintf(&longer, "%s ", line) < 0) {
            code = sb_fail(err, SB_ENOMEM, "out of memory");
        }
        free(line);
        line = longer;
    }
    char *text = code == 0 ? json_dumps(manifest, JSON_INDENT(2)) : NULL;
    *out = NULL;
    if (code == 0 && (!text || asprintf(out, "%s<<'MANIFEST'\n%s\nMANIFEST\n", line, text) < 0)) {
        code = sb_fail(err, SB_ENOMEM, "out of memory");
    }
    free(text);
    free(line);
    json_decref(manifest);
    return code;
}

/* It was there already: ours from before a driver's death, or another's with the same 48 bits. */
static int adopt(const struct sb_ticket *ticket, struct sb_error *err)
{
    const char *const get[] = {"get", "job", ticket->short_tag, "-o", "json", NULL};
    json_t *job = NULL;
    const int code = sb_kubectl_json(&job, ticket->place, get, err);
    if (code == 0 &&
        strcmp(sb_json_text_or(
                   json_object_get(sb_json_at(job, "metadata.annotations"), SB_KUBE_TAG), "", ""),
               ticket->tag) != 0) {
        json_decref(job);
        return sb_fail(err, SB_EINVAL, "kubernetes: Job %s exists and is not that of %s",
                       ticket->short_tag, ticket->tag);
    }
    json_decref(job);
    return code;
}

static void drop_config(const struct sb_ticket *ticket)
{
    const char *const words[] = {"delete",       LEFT, ticket->short_tag, "--ignore-not-found",
                                 "--wait=false", NULL};
    struct sb_process_result ran;
    if (sb_kubectl(&ran, ticket->place, words, NULL, NULL, NULL) == 0) {
        sb_process_result_free(&ran);
    }
}

static int submit(struct sb_placed *out, const struct sb_ticket *ticket, struct sb_error *err)
{
    static const char *const create[] = {"create", "--validate=false", "-f", "-", "-o", "name",
                                         NULL};
    json_t *manifest = NULL;
    struct sb_process_result ran;
    bool exists = false;
    int code = sb_kube_manifest(&manifest, ticket, err);
    char *text = code == 0 ? json_dumps(manifest, JSON_COMPACT) : NULL;
    json_decref(manifest);
    code = code || text ? code : sb_fail(err, SB_ENOMEM, "out of memory");
    if (code == 0) {
        code = sb_kubectl(&ran, ticket->place, create, text, &exists, err);
        if (code == 0) {
            sb_process_result_free(&ran);
        } else if (code == SB_EINVAL) {
            drop_config(ticket);
        }
    }
    free(text);
    code = code == 0 && exists ? adopt(ticket, err) : code;
    code = code == SB_ENOTFOUND ? SB_EINVAL : code; /* the namespace is not there */
    if (code == 0) {
        const char *space = ticket->place->partition;
        snprintf(out->id, sizeof out->id, "%s%s%s", space ? space : "", space ? "/" : "",
                 ticket->short_tag);
        snprintf(out->tag, sizeof out->tag, "%s", ticket->tag);
        out->state = SB_JOB_QUEUED;
        out->exit_code = -1;
    }
    return code;
}

/* Events, which only some ends need; one who may not read them does without. */
static json_t *ask_events(const struct sb_place *place)
{
    static const char *const words[] = {
        "get",
        "events",
        "-o",
        "json",
        "--field-selector",
        "reason!=Scheduled,reason!=Pulled,reason!=Created,reason!=Started,reason!=Killing,"
        "reason!=SuccessfulCreate,reason!=Completed,reason!=FailedScheduling",
        NULL};
    json_t *events = NULL;
    return sb_kubectl_json(&events, place, words, NULL) == 0 ? events : NULL;
}

static void judge_all(struct sb_placed *jobs, int count, const json_t *list,
                      const struct sb_place *place)
{
    bool more = false;
    for (int i = 0; i < count; ++i) {
        more = sb_kube_judge(&jobs[i], sb_kubectl_name(jobs[i].id), list, NULL, now_s()) || more;
    }
    json_t *events = more ? ask_events(place) : NULL;
    for (int i = 0; events && i < count; ++i) {
        sb_kube_judge(&jobs[i], sb_kubectl_name(jobs[i].id), list, events, now_s());
    }
    json_decref(events);
}

static int ask(json_t **out, const struct sb_place *place, const char *selector,
               struct sb_error *err)
{
    const char *const words[] = {"get", "jobs,pods", "-o", "json", "-l", selector, NULL};
    return sb_kubectl_json(out, place, words, err);
}

static int poll_jobs(struct sb_placed *jobs, int count, const struct sb_place *place,
                     struct sb_error *err)
{
    int code = 0;
    for (int from = 0; code == 0 && from < count; from += JOBS_AT_ONCE) {
        const int some = count - from < JOBS_AT_ONCE ? count - from : JOBS_AT_ONCE;
        char selector[64 + JOBS_AT_ONCE * 64];
        int used = snprintf(selector, sizeof selector, SB_KUBE_JOB " in (");
        for (int i = 0; i < some; ++i) {
            used += snprintf(selector + used, sizeof selector - (size_t)used, "%s%.60s",
                             i ? "," : "", sb_kubectl_name(jobs[from + i].id));
        }
        snprintf(selector + used, sizeof selector - (size_t)used, ")");
        json_t *list = NULL;
        code = ask(&list, place, selector, err);
        if (code == 0) {
            judge_all(jobs + from, some, list, place);
        }
        json_decref(list);
    }
    /* what refuses us now may not later: an expired token, a role that is being changed */
    return code == 0 || code == SB_EABSENT ? code : SB_EINFRA;
}

static int add_found(struct sb_placed *out, const json_t *item, const struct sb_place *place)
{
    const json_t *notes = sb_json_at(item, "metadata.annotations");
    const char *space = place->partition;
    *out = (struct sb_placed){.exit_code = -1};
    snprintf(out->id, sizeof out->id, "%s%s%s", space ? space : "", space ? "/" : "",
             sb_json_text_or(item, "metadata.name", ""));
    snprintf(out->tag, sizeof out->tag, "%s",
             sb_json_text_or(json_object_get(notes, SB_KUBE_TAG), "", ""));
    return out->tag[0] != '\0';
}

static int find(struct sb_placed **out, int *count, const struct sb_place *place,
                const char *campaign, struct sb_error *err)
{
    char digits[17];
    char selector[64];
    json_t *list = NULL;
    sb_kubectl_campaign(digits, campaign);
    snprintf(selector, sizeof selector, SB_KUBE_CAMPAIGN "=%s", digits);
    int code = ask(&list, place, selector, err);
    const json_t *items = json_object_get(list, "items");
    *count = 0;
    *out = code == 0 ? calloc(json_array_size(items) + 1, sizeof **out) : NULL;
    if (code == 0 && !*out) {
        code = sb_fail(err, SB_ENOMEM, "out of memory");
    }
    size_t i = 0;
    const json_t *item = NULL;
    json_array_foreach (items, i, item) {
        if (code == 0 && strcmp(sb_json_text_or(item, "kind", ""), "Job") == 0) {
            *count += add_found(&(*out)[*count], item, place);
        }
    }
    if (code == 0) {
        judge_all(*out, *count, list, place);
    }
    json_decref(list);
    return code;
}

static int delete_jobs(const struct sb_placed *jobs, int count, const struct sb_place *place,
                       const char *const last[], struct sb_error *err)
{
    int code = 0;
    for (int from = 0; code == 0 && from < count; from += 40) {
        char name[40][80];
        const char *words[48] = {"delete", "job"};
        int used = 2;
        for (int i = from; i < count && i < from + 40; ++i) {
            snprintf(name[i - from], sizeof name[0], "%.79s", sb_kubectl_name(jobs[i].id));
            words[used++] = name[i - from];
        }
        for (int i = 0; last[i]; ++i) {
            words[used++] = last[i];
        }
        struct sb_process_result ran;
        code = sb_kubectl(&ran, place, words, NULL, NULL, err);
        if (code == 0) {
            sb_process_result_free(&ran);
        }
    }
    return code;
}

/* Foreground: the Job goes when its pods have gone. One whose node is lost never does: not waited for. */
static int cancel(const struct sb_placed *jobs, int count, const struct sb_place *place,
                  struct sb_error *err)
{
    static const char *const last[] = {"--ignore-not-found", "--cascade=foreground", "--wait=false",
                                       NULL};
    const int code = delete_jobs(jobs, count, place, last, err);
    return code == 0 || code == SB_EABSENT ? code : SB_EINFRA;
}

static void forget(const struct sb_placed *job, const struct sb_place *place)
{
    const char *const words[] = {
        "delete", LEFT, sb_kubectl_name(job->id), "--ignore-not-found", "--wait=false", NULL};
    static const char *const last[] = {"--ignore-not-found", "--cascade=background", "--wait=false",
                                       NULL};
    struct sb_process_result ran;
    delete_jobs(job, 1, place, last, NULL);
    if (sb_kubectl(&ran, place, words, NULL, NULL, NULL) == 0) {
        sb_process_result_free(&ran);
    }
}

static bool contains(const struct sb_place *place)
{
    (void)place;
    return true;
}

const struct sb_scheduler sb_scheduler_kubernetes = {
    .name = "kubernetes",
    .title = "Kubernetes: a batch/v1 Job per job, through kubectl",
    .contains = contains,
    .asks_by_place = true,
    .poll_s = 3,
    .detect = sb_kube_detect,
    .nodes = sb_kube_nodes,
    .show = show,
    .submit = submit,
    .find = find,
    .poll = poll_jobs,
    .collect = sb_kube_collect,
    .cancel = cancel,
    .forget = forget,
};
