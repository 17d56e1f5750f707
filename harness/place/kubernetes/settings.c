/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/kubernetes/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** What a setting is written into. */
struct pod {
    json_t *spec, *container, *labels;
};

static int set_text(json_t *object, const char *key, const char *value)
{
    return json_object_set_new(object, key, json_string(value));
}

static int append(json_t *object, const char *key, json_t *item)
{
    json_t *list = json_object_get(object, key);
    if (!list) {
        list = json_array();
        json_object_set_new(object, key, list);
    }
    return json_array_append_new(list, item);
}

/* KEY[=VALUE][:EFFECT] */
static int toleration(const struct pod *pod, const char *value)
{
    char key[320];
    if ((size_t)snprintf(key, sizeof key, "%s", value) >= sizeof key || key[0] == '\0') {
        return -1;
    }
    char *effect = strrchr(key, ':');
    if (effect) {
        *effect++ = '\0';
    }
    char *equals = strchr(key, '=');
    if (equals) {
        *equals++ = '\0';
    }
    return append(pod->spec, "tolerations",
                  json_pack("{s:s, s:s, s:s*, s:s*}", "key", key, "operator",
                            equals ? "Equal" : "Exists", "value", equals, "effect", effect));
}

static int pull_secret(const struct pod *pod, const char *value)
{
    return append(pod->spec, "imagePullSecrets", json_pack("{s:s}", "name", value));
}

static int service_account(const struct pod *pod, const char *value)
{
    return set_text(pod->spec, "serviceAccountName", value);
}

static int priority_class(const struct pod *pod, const char *value)
{
    return set_text(pod->spec, "priorityClassName", value);
}

static int runtime_class(const struct pod *pod, const char *value)
{
    return set_text(pod->spec, "runtimeClassName", value);
}

static int scheduler(const struct pod *pod, const char *value)
{
    return set_text(pod->spec, "schedulerName", value);
}

static int queue(const struct pod *pod, const char *value)
{
    return set_text(pod->labels, "kueue.x-k8s.io/queue-name", value);
}

static int pull_policy(const struct pod *pod, const char *value)
{
    return set_text(pod->container, "imagePullPolicy", value);
}

static int user(const struct pod *pod, const char *value)
{
    char *end = NULL;
    const long uid = strtol(value, &end, 10);
    const long gid = *end == ':' ? strtol(end + 1, &end, 10) : uid;
    if (end == value || *end || uid <= 0 || gid < 0) {
        return -1;
    }
    json_t *security = json_object_get(pod->spec, "securityContext");
    json_object_set_new(security, "runAsUser", json_integer(uid));
    json_object_set_new(security, "runAsGroup", json_integer(gid));
    return json_object_set_new(security, "fsGroup", json_integer(gid));
}

static const struct setting {
    const char *name;
    int (*apply)(const struct pod *pod, const char *value);
} settings[] = {{"--toleration=", toleration},
                {"--pull-secret=", pull_secret},
                {"--service-account=", service_account},
                {"--priority-class=", priority_class},
                {"--runtime-class=", runtime_class},
                {"--scheduler=", scheduler},
                {"--queue=", queue},
                {"--pull-policy=", pull_policy},
                {"--run-as=", user}};

static const struct setting *find(const char *option)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; ++i) {
        if (strncmp(option, settings[i].name, strlen(settings[i].name)) == 0) {
            return &settings[i];
        }
    }
    return NULL;
}

bool sb_kube_setting_is(const char *option)
{
    return find(option) != NULL;
}

int sb_kube_settings_apply(json_t *spec, json_t *container, json_t *labels,
                           const struct sb_place *place, struct sb_error *err)
{
    const struct pod pod = {spec, container, labels};
    for (int i = 0; i < place->options.count; ++i) {
        const char *option = place->options.item[i];
        const struct setting *setting = find(option);
        if (setting && setting->apply(&pod, option + strlen(setting->name)) != 0) {
            return sb_fail(err, SB_EINVAL, "place '%s': kubernetes cannot read option '%s'",
                           place->name, option);
        }
    }
    return 0;
}
