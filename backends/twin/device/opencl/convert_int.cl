/* SPDX-License-Identifier: Apache-2.0 */
/* words: convert_int */
#include "base.h"
#define TO int
#include "convert.h"
