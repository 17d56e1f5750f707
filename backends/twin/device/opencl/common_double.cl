/* SPDX-License-Identifier: Apache-2.0 */
/* words: double */
#include "base.h"
#define T double
#define C(name) name
#include "common.h"
#include "geometric.h"
