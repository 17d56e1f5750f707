/* SPDX-License-Identifier: Apache-2.0 */
/* words: convert_short */
#include "base.h"
#define TO short
#include "convert.h"
