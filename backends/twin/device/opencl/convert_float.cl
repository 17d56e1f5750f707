/* SPDX-License-Identifier: Apache-2.0 */
/* words: convert_float */
#include "base.h"
#define TO float
#define C(name) name##f
#include "convert_real.h"
