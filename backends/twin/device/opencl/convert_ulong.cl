/* SPDX-License-Identifier: Apache-2.0 */
/* words: convert_ulong */
#include "base.h"
#define TO ulong
#include "convert.h"
