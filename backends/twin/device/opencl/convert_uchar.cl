/* SPDX-License-Identifier: Apache-2.0 */
/* words: convert_uchar */
#include "base.h"
#define TO uchar
#include "convert.h"
