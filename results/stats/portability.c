/* SPDX-License-Identifier: Apache-2.0 */
#include "results/stats/portability.h"

#include <math.h>
#include <stdbool.h>

static bool supported(double efficiency)
{
    return efficiency > 0 && isfinite(efficiency);
}

void sb_portability_add(struct sb_portability *p, double efficiency)
{
    p->platforms++;
    if (supported(efficiency)) {
        p->inverses += 1 / efficiency;
    } else {
        p->unsupported++;
    }
}

void sb_portability_remove(struct sb_portability *p, double efficiency)
{
    p->platforms--;
    if (supported(efficiency)) {
        p->inverses -= 1 / efficiency;
    } else {
        p->unsupported--;
    }
}

double sb_portability_value(const struct sb_portability *p)
{
    return p->platforms == 0 ? NAN : p->unsupported > 0 ? 0 : (double)p->platforms / p->inverses;
}
