/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Commands of kubectl for a place: its kubeconfig, namespace and options stand before the words. What the API refuses is told
 * apart from an API that does not answer.
 */
#ifndef SB_KUBECTL_H
#define SB_KUBECTL_H

#include "harness/place/place.h"
#include "harness/util/process.h"

#include <stdbool.h>

/** Labels and annotations of everything that is made: the job's short tag, 16 hex digits of the campaign; both tags whole. */
#define SB_KUBE_JOB "switchbench/job"
#define SB_KUBE_CAMPAIGN "switchbench/campaign"
#define SB_KUBE_TAG "switchbench/tag"
#define SB_KUBE_CONTAINER "main"

/** A command line; its words belong to the caller. */
struct sb_kubectl_words {
    const char *item[64];
    int count;
};

/**
 * Fills @p out with "kubectl", the place's own words, and @p words (NULL-terminated). SB_EINVAL where they are too many, or one
 * of the place's options holds a credential: those come from a kubeconfig file only.
 */
int sb_kubectl_line(struct sb_kubectl_words *out, const struct sb_place *place,
                    const char *const words[], struct sb_error *err);
/**
 * Runs it (30 s at most) with @p input (may be NULL) on stdin. What it printed into @p out, on success, to be freed with
 * sb_process_result_free(). Errors, in the API's own words: SB_EABSENT (no kubectl), SB_ENOTFOUND, SB_EINVAL (refused: invalid,
 * forbidden), SB_EINFRA (all else: does not answer, is overloaded, a quota is used up). @p exists (may be NULL): a part of what was
 * to be created was there already, which is no error then.
 */
int sb_kubectl(struct sb_process_result *out, const struct sb_place *place,
               const char *const words[], const char *input, bool *exists, struct sb_error *err);
/** The same for an answer in JSON; new reference. SB_EINFRA for one that is cut. */
int sb_kubectl_json(json_t **out, const struct sb_place *place, const char *const words[],
                    struct sb_error *err);
/** A Job's name from a job's id, "name" or "namespace/name". */
const char *sb_kubectl_name(const char *id);
/** Hex digits of a campaign's name, for a label's value. */
void sb_kubectl_campaign(char out[17], const char *campaign);
/** @p text as one line, cut where it does not fit. */
void sb_kubectl_one_line(char *out, size_t room, const char *text);

#endif
