/* SPDX-License-Identifier: Apache-2.0 */
/* words: convert_uint */
#include "base.h"
#define TO uint
#include "convert.h"
