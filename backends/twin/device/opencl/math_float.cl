/* SPDX-License-Identifier: Apache-2.0 */
#include "base.h"
#define T float
#define U uint
#define C(name) name##f
#define DIGITS 24
#define EXPONENT 0x7F800000U
#define AS_T(a) as_float(a)
#include "math.h"
#include "math_results.h"
#include "native.h"
