/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/kubernetes/manifest.h"

#include "harness/place/kubernetes/kubectl.h"
#include "harness/place/kubernetes/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEPT_S 604800 /* a week: what a driver that never came back leaves goes by itself */
#define NOBODY 65534
#define LINE_MOST                                                                                  \
    "8000" /* container runtimes cut lines of 16 KiB, some of 8, and put others between */

json_t *sb_kube_metadata(const struct sb_ticket *ticket)
{
    char campaign[17];
    sb_kubectl_campaign(campaign, ticket->campaign);
    return json_pack("{s:s, s:{s:s, s:s, s:s}, s:{s:s, s:s}}", "name", ticket->short_tag, "labels",
                     "app.kubernetes.io/managed-by", "switchbench", SB_KUBE_JOB, ticket->short_tag,
                     SB_KUBE_CAMPAIGN, campaign, "annotations", SB_KUBE_TAG, ticket->tag,
                     SB_KUBE_CAMPAIGN, ticket->campaign);
}

/* As it stands: Kubernetes puts variables for "$(NAME)", and '$' for "$$", into words and values. */
static json_t *literal(const char *text)
{
    char *twice = malloc(2 * strlen(text) + 1);
    size_t length = 0;
    for (; twice && *text; ++text) {
        twice[length++] = *text;
        if (*text == '$') {
            twice[length++] = '$';
        }
    }
    json_t *string = twice ? json_stringn(twice, length) : NULL;
    free(twice);
    return string;
}

/* The runner's files are on no node where no claim shows them: then it prints, and collect() brings what it printed. */
static json_t *command(const struct sb_ticket *ticket)
{
    static const char *const files[] = {"--records", "--events", "--owner"};
    json_t *words = json_array();
    for (int i = 0; ticket->argv[i]; ++i) {
        bool file = false;
        for (size_t f = 0; !ticket->place->claim && f < sizeof files / sizeof *files; ++f) {
            file = file || strcmp(ticket->argv[i], files[f]) == 0;
        }
        if (file && ticket->argv[i + 1]) {
            ++i;
        } else {
            json_array_append_new(words, literal(ticket->argv[i]));
        }
    }
    return words;
}

static int add_variable(json_t *list, const char *name, const char *value)
{
    return json_array_append_new(list, json_pack("{s:s, s:s}", "name", name, "value", value));
}

/* The place's own come last: of two with one name, the last holds. */
static json_t *environment(const struct sb_place *place)
{
    json_t *list = json_array();
    add_variable(list, "HOME", "/tmp");
    add_variable(list, "TMPDIR", "/tmp");
    add_variable(list, "SWITCHBENCH_CACHE", "/tmp/switchbench");
    add_variable(list, "SWITCHBENCH_PIECES", LINE_MOST);
    json_array_append_new(list, json_pack("{s:s, s:{s:{s:s}}}", "name", "SWITCHBENCH_NODE",
                                          "valueFrom", "fieldRef", "fieldPath", "spec.nodeName"));
    for (int i = 0; i < place->environment.count; ++i) {
        const char *item = place->environment.item[i];
        const char *value = strchr(item, '=');
        if (value) {
            json_array_append_new(list,
                                  json_pack("{s:s%, s:o}", "name", item, (size_t)(value - item),
                                            "value", literal(value + 1)));
        }
    }
    return list;
}

/* Requested and limited alike: its own, and no more. */
static json_t *resources(const struct sb_place *place)
{
    json_t *wanted = json_object();
    char bytes[32];
    if (place->cores > 0) {
        json_object_set_new(wanted, "cpu", json_sprintf("%d", place->cores));
    }
    if (place->memory_bytes > 0) {
        snprintf(bytes, sizeof bytes, "%.0f", place->memory_bytes);
        json_object_set_new(wanted, "memory", json_string(bytes));
    }
    if (place->gpus > 0) {
        const bool amd = place->devices && strcmp(place->devices, "amd") == 0;
        json_object_set_new(wanted,
                            place->gpu ? place->gpu
                            : amd      ? "amd.com/gpu"
                                       : "nvidia.com/gpu",
                            json_sprintf("%d", place->gpus));
    }
    return json_pack("{s:O, s:o}", "requests", wanted, "limits", wanted);
}

static json_t *container(const struct sb_ticket *ticket)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:[], s:{s:b, s:b, s:{s:[s]}}}", "name",
                     SB_KUBE_CONTAINER, "image", ticket->image, "imagePullPolicy", "IfNotPresent",
                     "command", command(ticket), "env", environment(ticket->place), "resources",
                     resources(ticket->place), "volumeMounts", "securityContext",
                     "allowPrivilegeEscalation", 0, "readOnlyRootFilesystem", 1, "capabilities",
                     "drop", "ALL");
}

static json_t *pod_spec(const struct sb_ticket *ticket, json_t *main_container)
{
    const json_int_t user = geteuid() != 0 ? geteuid() : NOBODY;
    const json_int_t group = geteuid() != 0 ? getegid() : NOBODY;
    return json_pack(
        "{s:s, s:b, s:b, s:i, s:I, s:{s:b, s:I, s:I, s:I, s:{s:s}}, s:[], s:[O]}", "restartPolicy",
        "Never", "automountServiceAccountToken", 0, "enableServiceLinks", 0,
        "terminationGracePeriodSeconds", 2, "activeDeadlineSeconds",
        (json_int_t)(ticket->time_limit_s < 1 ? 1 : ticket->time_limit_s + 0.999),
        "securityContext", "runAsNonRoot", 1, "runAsUser", user, "runAsGroup", group, "fsGroup",
        group, "seccompProfile", "type", "RuntimeDefault", "volumes", "containers", main_container);
}

/* Tried once. A disruption is written into the Job's own end, since its pod, which would tell, may be gone by then; and
 * nothing takes the place of a pod that may still be running. */
static json_t *job_spec(json_t *metadata, json_t *spec)
{
    return json_pack("{s:i, s:i, s:s, s:{s:[{s:s, s:[{s:s, s:s}]}]}, s:{s:{s:O, s:O}, s:O}}",
                     "backoffLimit", 0, "ttlSecondsAfterFinished", KEPT_S, "podReplacementPolicy",
                     "Failed", "podFailurePolicy", "rules", "action", "FailJob", "onPodConditions",
                     "type", "DisruptionTarget", "status", "True", "template", "metadata", "labels",
                     json_object_get(metadata, "labels"), "annotations",
                     json_object_get(metadata, "annotations"), "spec", spec);
}

static int check(const struct sb_ticket *ticket, struct sb_error *err)
{
    const struct sb_place *place = ticket->place;
    if (!ticket->image) {
        return sb_fail(err, SB_EINVAL,
                       "place '%s': kubernetes runs containers: name the image under 'images'",
                       place->name);
    }
    const char *without = place->account                ? "account"
                          : place->constraint           ? "constraint (labels: 'select')"
                          : place->modules.count        ? "modules"
                          : place->engine_options.count ? "engine_options"
                                                        : NULL;
    return without
               ? sb_fail(err, SB_EINVAL, "place '%s': kubernetes has no %s", place->name, without)
               : 0;
}

int sb_kube_manifest(json_t **out, const struct sb_ticket *ticket, struct sb_error *err)
{
    int code = check(ticket, err);
    if (code != 0) {
        return code;
    }
    json_t *items = json_array();
    json_t *metadata = sb_kube_metadata(ticket);
    json_t *main_container = container(ticket);
    json_t *spec = pod_spec(ticket, main_container);
    json_t *job = job_spec(metadata, spec);
    if (!items || !metadata || !job) {
        code = sb_fail(err, SB_EINVAL, "place '%s': names that are no UTF-8 text, or no memory",
                       ticket->place->name);
    }
    code = code ? code : sb_kube_manifest_files(items, spec, main_container, ticket, err);
    code = code ? code : sb_kube_manifest_nodes(items, job, spec, main_container, ticket, err);
    code = code ? code
                : sb_kube_settings_apply(spec, main_container, json_object_get(metadata, "labels"),
                                         ticket->place, err);
    if (code == 0) {
        json_array_append_new(items, json_pack("{s:s, s:s, s:O, s:O}", "apiVersion", "batch/v1",
                                               "kind", "Job", "metadata", metadata, "spec", job));
        *out = json_pack("{s:s, s:s, s:O}", "apiVersion", "v1", "kind", "List", "items", items);
        code = *out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
    }
    json_decref(items);
    json_decref(metadata);
    json_decref(main_container);
    json_decref(spec);
    json_decref(job);
    return code;
}
