/* SPDX-License-Identifier: Apache-2.0 */
/** From the names of places to places with images by digest, and to the spots where every cell is to run. */
#ifndef SB_RESOLVE_H
#define SB_RESOLVE_H

#include "harness/plan/campaign.h"

/**
 * Fills campaign->place and ->spots from ->places, ->site, and what replaces parts of them. Asks engines for digests, and
 * schedulers for nodes where the policy names some. SB_ENOTFOUND (closest name), SB_EINVAL, SB_EABSENT, SB_EINFRA.
 */
int sb_places_resolve(struct sb_campaign *campaign, struct sb_error *err);

#endif
