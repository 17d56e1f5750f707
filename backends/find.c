/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/backend.h"

#include <string.h>

const struct sb_backend *sb_backend_find(const char *name)
{
    for (int i = 0; sb_backends[i]; ++i) {
        if (strcmp(sb_backends[i]->name, name) == 0) {
            return sb_backends[i];
        }
    }
    return NULL;
}
