/* SPDX-License-Identifier: Apache-2.0 */
#include "base.h"
#define T float
#define C(name) name##f
#include "common.h"
#include "geometric.h"
/* fast_ functions promise less (8192 ULP); float only. */
#define FAST(f)                                                                                    \
    float OVER fast_length(f a) { return length(a); }                                              \
    float OVER fast_distance(f a, f b) { return distance(a, b); }                                  \
    f OVER fast_normalize(f a) { return normalize(a); }
FAST(float) FAST(float2) FAST(float3) FAST(float4)
