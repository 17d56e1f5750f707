/* SPDX-License-Identifier: Apache-2.0 */
/* access.c for code whose counts are wanted: what it watches, it writes down, too (count.h). */
#define SB_TWIN_COUNTED 1
#include "access.c"
