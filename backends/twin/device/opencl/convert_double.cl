/* SPDX-License-Identifier: Apache-2.0 */
/* words: convert_double */
#include "base.h"
#define TO double
#define C(name) name
#include "convert_real.h"
