/* SPDX-License-Identifier: Apache-2.0 */
/* words: convert_ushort */
#include "base.h"
#define TO ushort
#include "convert.h"
