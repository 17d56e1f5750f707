/* SPDX-License-Identifier: Apache-2.0 */
/* The scheduler for Kubernetes without a cluster: manifests, logs, and every state as a real one told it (tests/places/recorded/kubernetes/record). */
#include "harness/place/kubernetes/kubectl.h"
#include "harness/place/kubernetes/logs.h"
#include "harness/place/kubernetes/manifest.h"
#include "harness/place/kubernetes/nodes.h"
#include "harness/place/kubernetes/settings.h"
#include "harness/place/kubernetes/state.h"
#include "harness/run/pieces.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define RECORDED SB_SOURCE_DIR "/tests/places/recorded/kubernetes/"

static json_t *recorded(const char *file)
{
    char path[512];
    json_error_t fault;
    snprintf(path, sizeof path, RECORDED "%s.json", file);
    json_t *json = json_load_file(path, 0, &fault);
    if (!json) {
        fail_msg("%s: %s", path, fault.text);
    }
    return json;
}

static const struct said {
    const char *file, *name;
    enum sb_job_state state;
    int exit_code; /* −1: none */
    const char *words, *node;
    bool events_wanted; /* without them */
} said[] = {
    {"nosuch", "nosuch", SB_JOB_UNKNOWN, -1, "NotFound", "", false},
    {"failed", "failed", SB_JOB_FAILED, 7, "Error: exit code 7", "kube", false},
    {"signalled", "signalled", SB_JOB_FAILED, 139, "signal 11", "kube", false},
    {"start-error", "start-error", SB_JOB_FAILED, 128, "StartError: failed to create", "kube",
     false},
    {"out-of-memory", "out-of-memory", SB_JOB_OUT_OF_MEMORY, 137, "OOMKilled: signal 9", "kube",
     false},
    {"oom-survived", "oom-survived", SB_JOB_DONE, 0, "OOMKilled", "kube", false},
    {"timed-out", "timed-out", SB_JOB_TIMED_OUT, 137, "DeadlineExceeded: Pod was active", "kube",
     false},
    {"evicted", "evicted", SB_JOB_EVICTED, 137, "Evicted: ", "kube0", false},
    {"draining", "drained", SB_JOB_RUNNING, -1, "", "kube1", false},
    {"drained", "drained", SB_JOB_EVICTED, -1, "DisruptionTarget", "", true},
    {"preempted", "filling0", SB_JOB_PREEMPTED, -1, "Preempted: Preempted by pod", "", true},
    {"silent", "lost", SB_JOB_RUNNING, -1, "its node does not answer", "kube1", false},
    {"lost", "lost", SB_JOB_NODE_FAILED, -1, "DeletionByTaintManager: Taint manager", "kube1",
     false},
    {"lost-and-back", "lost", SB_JOB_NODE_FAILED, -1, "TaintManagerEviction", "", true},
    {"pod-deleted", "pod-deleted", SB_JOB_EVICTED, -1, "its pod was deleted", "", true},
    {"deleting", "deleting", SB_JOB_CANCELLED, -1, "the Job is being deleted", "kube", false},
    {"too-big", "too-big", SB_JOB_HELD, -1,
     "Unschedulable: 0/2 nodes are available: 2 Insufficient cpu", "", false},
    {"no-label", "no-label", SB_JOB_HELD, -1, "didn't match Pod's node affinity/selector", "",
     false},
    {"no-claim", "no-claim", SB_JOB_HELD, -1, "persistentvolumeclaim \"none\" not found", "",
     false},
    {"full", "full", SB_JOB_QUEUED, -1,
     "Unschedulable: 0/2 nodes are available: 2 Insufficient cpu", "", false},
    {"image", "image", SB_JOB_HELD, -1, "ImagePullBackOff: Back-off pulling image", "kube", false},
    {"image-never", "image-never", SB_JOB_HELD, -1, "ErrImageNeverPull", "kube", false},
    {"image-name", "image-name", SB_JOB_HELD, -1, "InvalidImageName", "kube", false},
    {"settings", "settings", SB_JOB_HELD, -1,
     "CreateContainerConfigError: container has runAsNonRoot", "kube", false},
    {"forbidden", "forbidden", SB_JOB_HELD, -1, "FailedCreate: Error creating: pods \"sb-forbidden",
     "", true},
    {"quota", "quota", SB_JOB_QUEUED, -1, "exceeded quota", "", true},
    {"suspended", "suspended", SB_JOB_QUEUED, -1, "Suspended", "", false},
    {"running", "running", SB_JOB_RUNNING, -1, "", "kube", false},
    {"done", "done", SB_JOB_DONE, 0, "", "kube", false},
};

static void test_kubernetes__states_as_a_real_cluster_told_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof said / sizeof *said; ++i) {
        const struct said *want = &said[i];
        struct sb_placed job = {0};
        char name[64];
        json_t *all = recorded(want->file);
        const json_t *list = json_object_get(all, "list");
        const json_t *events = json_object_get(all, "events");
        double now = sb_json_real_or(all, "now", 0);
        snprintf(name, sizeof name, "sb-%s", want->name);
        if (strcmp(want->file, "quota") == 0 || strcmp(want->file, "forbidden") == 0) {
            now += 5; /* they were recorded before they would be asked for */
        }
        const bool wanted = sb_kube_judge(&job, name, list, NULL, now);
        if (wanted) {
            assert_false(sb_kube_judge(&job, name, list, events, now));
        }
        if (job.state != want->state || wanted != want->events_wanted ||
            job.exit_code != want->exit_code || !strstr(job.words, want->words) ||
            (want->words[0] == '\0') != (job.words[0] == '\0') ||
            strncmp(job.node, want->node, strlen(want->node)) != 0) {
            fail_msg("%s: %s, code %d, '%s' on '%s'%s", want->file, sb_job_state_text(job.state),
                     job.exit_code, job.words, job.node, wanted ? ", events were wanted" : "");
        }
        assert_null(strchr(job.words, '\n'));
        json_decref(all);
    }
}

static void test_kubernetes__a_pod_that_does_not_go_is_on_a_lost_node(void **state)
{
    (void)state;
    json_t *all = recorded("draining");
    struct sb_placed job = {0};
    const double now = sb_json_real_or(all, "now", 0);
    sb_kube_judge(&job, "sb-drained", json_object_get(all, "list"), NULL, now + 300);
    assert_int_equal(job.state, SB_JOB_NODE_FAILED);
    assert_string_equal(job.node, "kube1");
    json_decref(all);
}

static void test_kubernetes__without_events_the_trace_in_the_job_is_enough(void **state)
{
    (void)state;
    json_t *all = recorded("preempted");
    struct sb_placed job = {0};
    assert_true(sb_kube_judge(&job, "sb-filling0", json_object_get(all, "list"), NULL, 0));
    assert_int_equal(job.state, SB_JOB_EVICTED);
    json_decref(all);
}

static void test_kubernetes__answers_of_another_form_are_no_state(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "{}",
        "{\"items\":null}",
        "{\"items\":[1,\"x\",null,[]]}",
        "{\"items\":[{\"kind\":\"Job\"}]}",
        "{\"items\":[{\"kind\":\"Job\",\"metadata\":{\"name\":\"sb-a\",\"labels\":[]},"
        "\"status\":{\"conditions\":{}}}]}",
        "{\"items\":[{\"kind\":\"Job\",\"metadata\":{\"name\":\"sb-a\"}},{\"kind\":\"Pod\","
        "\"metadata\":{\"labels\":{\"switchbench/"
        "job\":\"sb-a\"}},\"status\":{\"containerStatuses\":7}}]}"};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; ++i) {
        json_t *list = json_loads(answers[i], 0, NULL);
        struct sb_placed job = {0};
        assert_non_null(list);
        sb_kube_judge(&job, "sb-a", list, NULL, 0);
        assert_true(job.state == SB_JOB_UNKNOWN || job.state == SB_JOB_QUEUED);
        json_decref(list);
    }
}

/** A campaign's folder with one job, and a ticket for it. */
struct bench {
    char folder[64], job[160], records[160], events[160], log[160];
    struct sb_place place;
    struct sb_ticket ticket;
    const char *argv[16];
};

static void write_text(const char *path, const char *text)
{
    assert_int_equal(sb_fs_write(path, text, strlen(text), NULL), 0);
}

static void set_up(struct bench *b)
{
    memset(b, 0, sizeof *b);
    snprintf(b->folder, sizeof b->folder, "/tmp/sb-kubernetes-XXXXXX");
    assert_non_null(mkdtemp(b->folder));
    snprintf(b->job, sizeof b->job, "%s/jobs/job-1.json", b->folder);
    snprintf(b->records, sizeof b->records, "%s/records/job-1.jsonl", b->folder);
    snprintf(b->events, sizeof b->events, "%s/jobs/job-1.events", b->folder);
    snprintf(b->log, sizeof b->log, "%s/jobs/job-1.log", b->folder);
    char path[160];
    snprintf(path, sizeof path, "%s/jobs", b->folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/records", b->folder);
    mkdir(path, 0700);
    write_text(b->job, "{\"cells\":[]}");
    const char *const argv[] = {"/opt/runner", "--records", b->records, "--events", b->events,
                                "--owner",     "o",         b->job,     NULL};
    memcpy(b->argv, argv, sizeof argv);
    b->place = (struct sb_place){.name = "kube", .scheduler = "kubernetes", .engine = "none"};
    b->ticket = (struct sb_ticket){.place = &b->place,
                                   .tag = "campaign.job-1",
                                   .short_tag = "sb-0123456789ab",
                                   .campaign = "campaign",
                                   .folder = b->folder,
                                   .job = b->job,
                                   .records = b->records,
                                   .events = b->events,
                                   .log = b->log,
                                   .argv = b->argv,
                                   .image = "registry/image@sha256:00",
                                   .ranks = 1,
                                   .ranks_per_node = 1,
                                   .time_limit_s = 90};
}

static void tear_down(struct bench *b)
{
    char *const argv[] = {"rm", "-rf", b->folder, NULL};
    struct sb_process_result ran;
    assert_int_equal(sb_process_run(&ran, (const char *const *)argv, 10, NULL), 0);
    sb_process_result_free(&ran);
    sb_strings_free(&b->place.options);
    sb_strings_free(&b->place.environment);
    sb_strings_free(&b->place.select);
    sb_strings_free(&b->place.mounts);
    sb_strings_free(&b->place.modules);
}

/* The last item of the manifest, the Job; the caller frees *@p whole. */
static json_t *job_of(struct bench *b, json_t **whole)
{
    struct sb_error err = {0};
    if (sb_kube_manifest(whole, &b->ticket, &err) != 0) {
        fail_msg("%s", err.text);
    }
    const json_t *items = json_object_get(*whole, "items");
    return json_array_get(items, json_array_size(items) - 1);
}

static json_t *pod_of(const json_t *job)
{
    return sb_json_at(job, "spec.template.spec");
}

static json_t *container_of(const json_t *job)
{
    return json_array_get(json_object_get(pod_of(job), "containers"), 0);
}

static void test_kubernetes__a_pod_has_no_rights(void **state)
{
    (void)state;
    struct bench b;
    json_t *whole = NULL;
    set_up(&b);
    const json_t *job = job_of(&b, &whole);
    const json_t *pod = pod_of(job);
    const json_t *main_container = container_of(job);
    assert_true(json_is_false(json_object_get(pod, "automountServiceAccountToken")));
    assert_true(json_is_true(sb_json_at(pod, "securityContext.runAsNonRoot")));
    assert_true(sb_json_integer_or(pod, "securityContext.runAsUser", 0) > 0);
    assert_string_equal(sb_json_text_or(pod, "securityContext.seccompProfile.type", ""),
                        "RuntimeDefault");
    assert_true(
        json_is_false(sb_json_at(main_container, "securityContext.allowPrivilegeEscalation")));
    assert_true(json_is_true(sb_json_at(main_container, "securityContext.readOnlyRootFilesystem")));
    assert_string_equal(json_string_value(json_array_get(
                            sb_json_at(main_container, "securityContext.capabilities.drop"), 0)),
                        "ALL");
    assert_null(json_object_get(pod, "hostNetwork"));
    assert_int_equal(sb_json_integer_or(job, "spec.backoffLimit", 9), 0);
    assert_int_equal(sb_json_integer_or(pod, "activeDeadlineSeconds", 0), 90);
    json_decref(whole);
    tear_down(&b);
}

static void test_kubernetes__words_of_people_stay_what_they_are(void **state)
{
    (void)state;
    static const char *const nasty[] = {"; rm -rf ~", "$(HOME)", "a$$b",
                                        "\"\n'",      "`id`",    "$(SWITCHBENCH_NODE)"};
    static const char *const sent[] = {"; rm -rf ~", "$$(HOME)", "a$$$$b",
                                       "\"\n'",      "`id`",     "$$(SWITCHBENCH_NODE)"};
    struct bench b;
    json_t *whole = NULL;
    set_up(&b);
    for (int i = 0; i < 6; ++i) {
        char variable[64];
        b.argv[i] = nasty[i];
        b.argv[i + 1] = NULL;
        snprintf(variable, sizeof variable, "V%d=%s", i, nasty[i]);
        sb_strings_add(&b.place.environment, variable);
    }
    const json_t *main_container = container_of(job_of(&b, &whole));
    const json_t *command = json_object_get(main_container, "command");
    const json_t *variables = json_object_get(main_container, "env");
    assert_int_equal(json_array_size(command), 6);
    for (size_t i = 0; i < 6; ++i) {
        const json_t *variable = json_array_get(variables, json_array_size(variables) - 6 + i);
        assert_string_equal(json_string_value(json_array_get(command, i)), sent[i]);
        assert_string_equal(sb_json_text_or(variable, "value", ""), sent[i]);
    }
    json_decref(whole);
    tear_down(&b);
}

static void test_kubernetes__records_come_through_the_log_or_a_claim(void **state)
{
    (void)state;
    struct bench b;
    json_t *whole = NULL;
    set_up(&b);
    const json_t *job = job_of(&b, &whole);
    const json_t *command = json_object_get(container_of(job), "command");
    assert_int_equal(json_array_size(command), 2); /* runner, job file */
    assert_string_equal(json_string_value(json_array_get(command, 1)), b.job);
    const json_t *map = json_array_get(json_object_get(whole, "items"), 0);
    assert_string_equal(sb_json_text_or(map, "kind", ""), "ConfigMap");
    assert_string_equal(sb_json_text_or(map, "data.f0", ""), "{\"cells\":[]}");
    json_decref(whole);
    b.place.claim = "campaigns";
    job = job_of(&b, &whole);
    assert_int_equal(json_array_size(json_object_get(whole, "items")), 1);
    assert_int_equal(json_array_size(json_object_get(container_of(job), "command")), 8);
    const json_t *volumes = json_object_get(pod_of(job), "volumes");
    assert_string_equal(
        sb_json_text_or(json_array_get(volumes, 1), "persistentVolumeClaim.claimName", ""),
        "campaigns");
    json_decref(whole);
    struct sb_error err = {0};
    b.place.scratch = "/elsewhere";
    assert_int_equal(sb_kube_manifest(&whole, &b.ticket, &err), SB_EINVAL);
    assert_non_null(strstr(err.text, "is not in there"));
    tear_down(&b);
}

static void test_kubernetes__kernel_folders_travel_with_the_job(void **state)
{
    (void)state;
    struct bench b;
    json_t *whole = NULL;
    char folder[128];
    char path[256];
    set_up(&b);
    snprintf(folder, sizeof folder, "%s/my kernel", b.folder);
    snprintf(path, sizeof path, "%s/deep", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/deep/a.c", folder);
    write_text(path, "int a;\n");
    snprintf(path, sizeof path, "%s/.hidden", folder);
    write_text(path, "secret");
    snprintf(path, sizeof path, "%s/data", folder);
    assert_int_equal(sb_fs_write(path, "\xff\0\x01", 3, NULL), 0);
    const char *const folders[] = {folder, NULL};
    b.ticket.kernel_folders = folders;
    const json_t *job = job_of(&b, &whole);
    const json_t *map = json_array_get(json_object_get(whole, "items"), 0);
    assert_int_equal(json_object_size(json_object_get(map, "data")), 2);
    assert_int_equal(json_object_size(json_object_get(map, "binaryData")), 1);
    const json_t *mounts = json_object_get(container_of(job), "volumeMounts");
    assert_string_equal(sb_json_text_or(json_array_get(mounts, 2), "mountPath", ""), folder);
    char *text = json_dumps(whole, 0);
    assert_non_null(strstr(text, "\"deep/a.c\""));
    assert_non_null(strstr(text, "\"/wAB\"")); /* base64 */
    assert_null(strstr(text, "secret"));
    free(text);
    json_decref(whole);
    snprintf(path, sizeof path, "%s/big", folder);
    char *big = calloc(1, 1100000);
    assert_int_equal(sb_fs_write(path, big, 1100000, NULL), 0);
    free(big);
    struct sb_error err = {0};
    assert_int_equal(sb_kube_manifest(&whole, &b.ticket, &err), SB_ELIMIT);
    assert_non_null(strstr(err.text, "a ConfigMap holds 1 MiB"));
    tear_down(&b);
}

static void test_kubernetes__resources_nodes_and_settings(void **state)
{
    (void)state;
    struct bench b;
    json_t *whole = NULL;
    set_up(&b);
    b.place.cores = 3;
    b.place.memory_bytes = 1073741824.0;
    b.place.gpus = 2;
    b.place.exclusive = true;
    b.ticket.node = "n1,n2";
    sb_strings_add(&b.place.select, "example.com/type=large");
    sb_strings_add(&b.place.options, "--toleration=dedicated=bench:NoSchedule");
    sb_strings_add(&b.place.options, "--run-as=1234:99");
    sb_strings_add(&b.place.options, "--context=prod");
    sb_strings_add(&b.place.mounts, "/data");
    const json_t *job = job_of(&b, &whole);
    const json_t *pod = pod_of(job);
    const json_t *limits = sb_json_at(container_of(job), "resources.limits");
    assert_string_equal(sb_json_text_or(limits, "cpu", ""), "3");
    assert_string_equal(sb_json_text_or(limits, "memory", ""), "1073741824");
    assert_string_equal(sb_json_text_or(json_object_get(limits, "nvidia.com/gpu"), "", ""), "2");
    assert_int_equal(sb_json_integer_or(pod, "securityContext.runAsUser", 0), 1234);
    assert_int_equal(sb_json_integer_or(pod, "securityContext.fsGroup", 0), 99);
    assert_int_equal(json_array_size(json_object_get(pod, "tolerations")), 2);
    assert_string_equal(
        sb_json_text_or(json_object_get(sb_json_at(pod, "nodeSelector"), "example.com/type"), "",
                        ""),
        "large");
    const json_t *terms = sb_json_at(pod, "affinity.nodeAffinity."
                                          "requiredDuringSchedulingIgnoredDuringExecution."
                                          "nodeSelectorTerms");
    assert_int_equal(json_array_size(terms), 2);
    assert_non_null(sb_json_at(pod, "affinity.podAntiAffinity"));
    json_decref(whole);
    struct sb_kubectl_words line;
    static const char *const words[] = {"get", NULL};
    assert_int_equal(sb_kubectl_line(&line, &b.place, words, NULL), 0);
    assert_int_equal(line.count, 3); /* kubectl --context=prod get */
    tear_down(&b);
}

static void test_kubernetes__ranks_on_several_nodes_are_an_indexed_job(void **state)
{
    (void)state;
    struct bench b;
    json_t *whole = NULL;
    set_up(&b);
    b.ticket.ranks = 3;
    b.ticket.ranks_per_node = 2;
    const json_t *job = job_of(&b, &whole);
    const json_t *items = json_object_get(whole, "items");
    assert_int_equal(json_array_size(items), 4);
    assert_string_equal(sb_json_text_or(json_array_get(items, 1), "kind", ""), "Service");
    const json_t *secret = json_array_get(items, 2);
    assert_string_equal(sb_json_text_or(secret, "kind", ""), "Secret");
    assert_int_equal(strlen(sb_json_text_or(secret, "stringData.token", "")), 48);
    assert_string_equal(sb_json_text_or(job, "spec.completionMode", ""), "Indexed");
    assert_int_equal(sb_json_integer_or(job, "spec.completions", 0), 2);
    assert_int_equal(sb_json_integer_or(job, "spec.parallelism", 0), 2);
    assert_string_equal(sb_json_text_or(pod_of(job), "subdomain", ""), b.ticket.short_tag);
    assert_non_null(sb_json_at(pod_of(job), "affinity.podAntiAffinity"));
    char *text = json_dumps(job, 0);
    assert_non_null(
        strstr(text, "sb-0123456789ab-0.sb-0123456789ab,sb-0123456789ab-1.sb-0123456789ab"));
    assert_null(strstr(text, sb_json_text_or(secret, "stringData.token", "")));
    free(text);
    json_decref(whole);
    b.ticket.ranks_per_node = 3; /* all in one pod: its runner starts mpirun */
    job = job_of(&b, &whole);
    assert_int_equal(json_array_size(json_object_get(whole, "items")), 2);
    assert_null(json_object_get(sb_json_at(job, "spec"), "completionMode"));
    json_decref(whole);
    tear_down(&b);
}

static void test_kubernetes__what_it_cannot_do_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *option, *says;
    } wrong[] = {{"--run-as=0", "cannot read option"},
                 {"--run-as=me", "cannot read option"},
                 {"--toleration=", "cannot read option"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        struct bench b;
        struct sb_error err = {0};
        json_t *whole = NULL;
        set_up(&b);
        sb_strings_add(&b.place.options, wrong[i].option);
        assert_int_equal(sb_kube_manifest(&whole, &b.ticket, &err), SB_EINVAL);
        assert_non_null(strstr(err.text, wrong[i].says));
        tear_down(&b);
    }
    struct bench b;
    struct sb_error err = {0};
    json_t *whole = NULL;
    set_up(&b);
    sb_strings_add(&b.place.modules, "gcc");
    assert_int_equal(sb_kube_manifest(&whole, &b.ticket, &err), SB_EINVAL);
    assert_non_null(strstr(err.text, "no modules"));
    sb_strings_free(&b.place.modules);
    b.ticket.image = NULL;
    assert_int_equal(sb_kube_manifest(&whole, &b.ticket, &err), SB_EINVAL);
    assert_non_null(strstr(err.text, "name the image"));
    tear_down(&b);
}

static void test_kubernetes__no_credential_in_a_command_line(void **state)
{
    (void)state;
    static const char *const options[] = {"--token=sesame", "--token", "--password=sesame",
                                          "--client-key=/k", NULL};
    static const char *const words[] = {"get", NULL};
    for (int i = 0; options[i]; ++i) {
        struct sb_place place = {.name = "kube"};
        struct sb_kubectl_words line;
        struct sb_error err = {0};
        sb_strings_add(&place.options, options[i]);
        assert_int_equal(sb_kubectl_line(&line, &place, words, &err), SB_EINVAL);
        assert_non_null(strstr(err.text, "kubeconfig"));
        assert_null(strstr(err.text, "sesame"));
        sb_strings_free(&place.options);
    }
}

#define T "2026-11-26T01:38:42.069513465Z "

static void test_kubernetes__a_log_is_whole_lines_with_times(void **state)
{
    (void)state;
    static const struct {
        const char *log, *kept;
    } logs[] = {
        {"", ""},
        {"unable to retrieve container logs for containerd://4d2b", ""},
        {"unable to retrieve container logs\n", ""},
        {"2026-11-26T01:38:42.069513465Z {\"cell\":1}\n", "{\"cell\":1}\n"},
        {"2026-11-26T01:38:42.069513465+01:00 {\"cell\":1}\n", "{\"cell\":1}\n"},
        {"2026-11-26T01:38:42.069513465Z {\"cell\":1}\n2026-11-26T01:38:42.1Z {\"ce",
         "{\"cell\":1}\n"},
        {"2026-11-26T01:38:42.069513465Z hello\n2026-11-26T01:38:42.1Z \n",
         "2026-11-26T01:38:42.069513465Z hello\n2026-11-26T01:38:42.1Z \n"},
        {T "#piece 7 0 2 {\"ce\n" T "err\n" T "#piece 7 1 2 ll\":1}\n", T "err\n{\"cell\":1}\n"},
        {T "#piece 7 1 2 ll\":1}\n" T "#piece 8 0 1 {}\n", "{}\n"}, /* begins within a line */
        {T "#piece 7 0 3 {\n" T "#piece 7 2 3 }\n" T "#piece 7 1 3 x\n", ""},
        {T "#piece 7 0 2 {\n" T "#piece 8 0 2 {\n" T "#piece 8 1 2 }\n" T "#piece 7 1 2 }\n",
         "{}\n"},
        {T "#piece x\n" T "#piece 1 0 99999999999999999999 x\n", ""},
        {"{\"cell\":1}\n", ""}, /* not from the runner's streams: those have times */
    };
    for (size_t i = 0; i < sizeof logs / sizeof *logs; ++i) {
        char text[256];
        snprintf(text, sizeof text, "%s", logs[i].log);
        assert_int_equal(sb_kube_log_lines(text, strlen(text)), strlen(logs[i].kept));
        assert_string_equal(text, logs[i].kept);
    }
}

/* What the runner prints in pieces is what it meant, with others' lines in between. */
static void test_kubernetes__long_lines_survive_in_pieces(void **state)
{
    (void)state;
    static const char *const limits[] = {"", "200", "8000"};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; ++i) {
        char *meant = calloc(1, 30001);
        for (int c = 0; c < 30000; ++c) {
            meant[c] = c % 7 == 0 ? '"' : (char)('a' + c % 26);
        }
        memcpy(meant + 77, "\xc3\xa4\xc3\xb6", 4);
        json_t *line = json_pack("{s:s, s:s}", "cell", "x", "text", meant);
        char path[] = "/tmp/sb-pieces-XXXXXX";
        const int fd = mkstemp(path);
        setenv("SWITCHBENCH_PIECES", limits[i], 1);
        assert_int_equal(sb_pieces_write_line(fd, line, NULL), 0);
        unsetenv("SWITCHBENCH_PIECES");
        char *printed = NULL;
        size_t length = 0;
        assert_int_equal(sb_fs_read(&printed, &length, path, NULL), 0);
        char *log = calloc(1, 2 * length + 120000);
        char *to = log;
        for (const char *from = printed; *from; from += strcspn(from, "\n") + 1) {
            const int size = (int)strcspn(from, "\n");
            assert_true(i == 0 || size < atol(limits[i]));
            to += snprintf(to, (size_t)(log + 2 * length + 120000 - to), T "%.*s\n" T "between\n",
                           size, from);
        }
        log[sb_kube_log_lines(log, strlen(log))] = '\0';
        char *record = strchr(log, '{');
        assert_non_null(record);
        json_t *got = json_loads(record, JSON_DISABLE_EOF_CHECK, NULL);
        assert_true(json_equal(line, got));
        json_decref(got);
        json_decref(line);
        close(fd);
        unlink(path);
        free(log);
        free(printed);
        free(meant);
    }
}

static void test_kubernetes__nodes_and_places(void **state)
{
    (void)state;
    struct sb_place place = {.name = "kube"};
    json_t *nodes = recorded("nodes");
    json_t *config = recorded("config");
    json_t *found = sb_kube_nodes_of(nodes, &place);
    assert_int_equal(json_array_size(found), 2);
    assert_string_equal(sb_json_text_or(json_array_get(found, 1), "name", ""), "kube1");
    assert_true(json_is_true(json_object_get(json_array_get(found, 1), "usable")));
    json_decref(found);
    sb_strings_add(&place.select, "switchbench.test/type=large");
    found = sb_kube_nodes_of(nodes, &place);
    assert_int_equal(json_array_size(found), 1);
    json_decref(found);
    sb_strings_free(&place.select);
    found = sb_kube_places_of(config, nodes);
    assert_int_equal(json_array_size(found), 2); /* with and without the GPUs */
    assert_string_equal(sb_json_text_or(json_array_get(found, 0), "partition", ""), "recording");
    assert_string_equal(sb_json_text_or(json_array_get(found, 1), "gpu", ""),
                        "switchbench.test/gpu");
    json_decref(found);
    json_decref(nodes);
    json_decref(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kubernetes__states_as_a_real_cluster_told_them),
        cmocka_unit_test(test_kubernetes__a_pod_that_does_not_go_is_on_a_lost_node),
        cmocka_unit_test(test_kubernetes__without_events_the_trace_in_the_job_is_enough),
        cmocka_unit_test(test_kubernetes__answers_of_another_form_are_no_state),
        cmocka_unit_test(test_kubernetes__a_pod_has_no_rights),
        cmocka_unit_test(test_kubernetes__words_of_people_stay_what_they_are),
        cmocka_unit_test(test_kubernetes__records_come_through_the_log_or_a_claim),
        cmocka_unit_test(test_kubernetes__kernel_folders_travel_with_the_job),
        cmocka_unit_test(test_kubernetes__resources_nodes_and_settings),
        cmocka_unit_test(test_kubernetes__ranks_on_several_nodes_are_an_indexed_job),
        cmocka_unit_test(test_kubernetes__what_it_cannot_do_is_refused),
        cmocka_unit_test(test_kubernetes__no_credential_in_a_command_line),
        cmocka_unit_test(test_kubernetes__a_log_is_whole_lines_with_times),
        cmocka_unit_test(test_kubernetes__long_lines_survive_in_pieces),
        cmocka_unit_test(test_kubernetes__nodes_and_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
