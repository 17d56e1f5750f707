/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Words in a place's `options` that are the pod's, not kubectl's:
 *
 *     options: ["--context=prod", "--toleration=dedicated=bench:NoSchedule", "--pull-secret=registry"]
 *
 * --toleration=KEY[=VALUE][:EFFECT], --pull-secret=NAME (both may be repeated), --service-account=, --priority-class=,
 * --runtime-class=, --scheduler=, --queue= (Kueue), --pull-policy=, --run-as=UID[:GID]. All else goes to kubectl as it is.
 */
#ifndef SB_KUBE_SETTINGS_H
#define SB_KUBE_SETTINGS_H

#include "harness/place/place.h"

#include <stdbool.h>

bool sb_kube_setting_is(const char *option);
/** Writes the settings of @p place into a pod's spec, its main @p container and the labels of its Job; SB_EINVAL says which is wrong. */
int sb_kube_settings_apply(json_t *spec, json_t *container, json_t *labels,
                           const struct sb_place *place, struct sb_error *err);

#endif
