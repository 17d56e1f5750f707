/* SPDX-License-Identifier: Apache-2.0 */
/* words: convert_char */
#include "base.h"
#define TO char
#include "convert.h"
