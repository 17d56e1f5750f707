/* SPDX-License-Identifier: Apache-2.0 */
/* words: convert_long */
#include "base.h"
#define TO long
#include "convert.h"
