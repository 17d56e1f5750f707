/* SPDX-License-Identifier: Apache-2.0 */
/**
 * site.yaml: the places of a site.
 *
 *     places:
 *       genoa:                       # the name, for --places
 *         scheduler: slurm           # the keys are the rows of sb_place_options
 *         partition: cpu
 *         engine: apptainer
 *         images: {cpu: /images/cpu.sif, opencl: /images/opencl.sif}
 */
#ifndef SB_SITE_H
#define SB_SITE_H

#include "harness/place/place.h"

struct sb_site {
    char path[1024]; /* "" where there is no site file */
    struct sb_place *place;
    int place_count;
};

/**
 * Reads @p path, or where it is NULL the first there is of ./site.yaml, $XDG_CONFIG_HOME/switchbench/site.yaml
 * (~/.config), /etc/switchbench/site.yaml; none is no error. SB_EPARSE "file:line: …", unknown keys with the closest.
 */
int sb_site_read(struct sb_site *out, const char *path, struct sb_error *err);
/** The same from memory. */
int sb_site_parse(struct sb_site *out, const char *text, size_t length, const char *path,
                  struct sb_error *err);
/** The place of that name; NULL. */
const struct sb_place *sb_site_find(const struct sb_site *site, const char *name);
void sb_site_free(struct sb_site *site);

#endif
