/* SPDX-License-Identifier: Apache-2.0 */
/** What one line of objdump's output means for counting: x86-64 (SSE, AVX, FMA) and aarch64 (scalar, NEON). */
#ifndef SB_TWIN_INSTRUCTION_H
#define SB_TWIN_INSTRUCTION_H

#include "backends/twin/counts/flop.h"
#include "backends/twin/counts/layout.h"

struct sb_instruction {
    bool begins_block;      /* calls __sanitizer_cov_trace_pc */
    enum sb_flow flow;      /* where it goes on */
    uint32_t target;        /* of a jump; 0 where it is not told */
    int lanes;              /* operations at once; 0: no floating-point arithmetic */
    bool single;            /* float */
    enum sb_flop_kind kind; /* where lanes > 0 */
};

/** @p text: mnemonic and operands as objdump prints them (AT&T syntax on x86). */
struct sb_instruction sb_instruction_read(const char *text);

#endif
