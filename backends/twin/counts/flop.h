/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Floating-point operations of each basic block, read from the disassembly of the object that runs. A block begins
 * after a call of __sanitizer_cov_trace_pc, which gcc -fsanitize-coverage=trace-pc puts at the head of every block.
 */
#ifndef SB_TWIN_FLOP_H
#define SB_TWIN_FLOP_H

#include "harness/util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Additions count with subtractions. A fused multiply-add is one operation here and two flop. */
enum sb_flop_kind {
    SB_FLOP_ADD,
    SB_FLOP_MUL,
    SB_FLOP_FMA,
    SB_FLOP_DIV,
    SB_FLOP_SQRT,
    SB_FLOP_SPECIAL, /* calls of exp, sin, … */
    SB_FLOP_KINDS
};
extern const char *const sb_flop_names[SB_FLOP_KINDS];

/** One instruction that computes. */
struct sb_flop_operation {
    uint32_t site; /* its offset */
    uint8_t kind;  /* enum sb_flop_kind */
    uint8_t lanes; /* operations at once */
    bool single;   /* float */
};

/** What a thread that executes the block once computes. */
struct sb_block_flop {
    uint32_t site;              /* offset of the block's first instruction after the call */
    uint32_t first, operations; /* in the table's operation[] */
    uint32_t rank;              /* lower ones are taken first (layout.h) */
    uint32_t branch;            /* offset of its last conditional jump; 0: it has none */
};

struct sb_flop_table {
    struct sb_block_flop *block; /* sorted by site */
    size_t count, room;
    struct sb_flop_operation *operation;
    size_t operations, operation_room;
};

/** Reads what `objdump -d --no-show-raw-insn` printed of x86-64 or aarch64 code. SB_EPARSE where it holds no block. */
int sb_flop_read(struct sb_flop_table *out, const char *disassembly, struct sb_error *err);
/** Disassembles @p object with objdump. SB_EABSENT without objdump. */
int sb_flop_disassemble(struct sb_flop_table *out, const char *object, struct sb_error *err);
/** The block that begins at @p site, or NULL. */
const struct sb_block_flop *sb_flop_find(const struct sb_flop_table *table, uint32_t site);
void sb_flop_free(struct sb_flop_table *table);

/** A site behind the beginning of an instruction, as return addresses are: source lines are asked for by those. */
uint32_t sb_flop_behind(uint32_t instruction);
/** Adds what the block computes to count[0] (double) and count[1] (float), @p times times. */
void sb_flop_add(double count[2][SB_FLOP_KINDS], const struct sb_flop_table *table,
                 const struct sb_block_flop *block, double times);
/** Flop of @p count[SB_FLOP_KINDS]: an FMA two, all others one. */
double sb_flop_sum(const double *count);

#endif
