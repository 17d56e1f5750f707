/* SPDX-License-Identifier: Apache-2.0 */
/* words: double */
#include "base.h"
#define T double
#define U ulong
#define C(name) name
#define DIGITS 53
#define EXPONENT 0x7FF0000000000000UL
#define AS_T(a) as_double(a)
#include "math.h"
#include "math_results.h"
