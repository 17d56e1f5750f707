/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/twin/counts/flop.h"

#include "backends/twin/counts/instruction.h"
#include "harness/util/process.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OBJDUMP_SECONDS 60
#define LINE 512
#define OUTPUT_MOST ((size_t)1 << 20) /* what sb_process_run() keeps */

const char *const sb_flop_names[SB_FLOP_KINDS] = {"add", "mul", "fma", "div", "sqrt", "special"};

double sb_flop_sum(const double *count)
{
    double flop = 0;
    for (int kind = 0; kind < SB_FLOP_KINDS; ++kind) {
        flop += count[kind] * (kind == SB_FLOP_FMA ? 2 : 1);
    }
    return flop;
}

struct reader {
    struct sb_flop_table *table;
    struct sb_step *step; /* every instruction */
    size_t steps, step_room;
    uint32_t function;
    bool open;   /* within a block */
    bool begins; /* the next instruction is a block's first */
};

/* Room for one more element of @p bytes; the new place of the array, or NULL. */
static void *grow(void *array, size_t count, size_t *room, size_t bytes)
{
    if (count < *room) {
        return array;
    }
    const size_t wanted = *room ? 2 * *room : 64;
    void *grown = realloc(array, wanted * bytes);
    *room = grown ? wanted : *room;
    return grown;
}

static int begin_block(struct reader *r, uint32_t site, struct sb_error *err)
{
    struct sb_flop_table *table = r->table;
    void *grown = grow(table->block, table->count, &table->room, sizeof *table->block);
    if (!grown) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    table->block = grown;
    table->block[table->count++] =
        (struct sb_block_flop){.site = site, .first = (uint32_t)table->operations};
    r->open = true;
    r->begins = false;
    return SB_OK;
}

static int add_operation(struct reader *r, uint32_t site, const struct sb_instruction *what,
                         struct sb_error *err)
{
    struct sb_flop_table *table = r->table;
    void *grown =
        grow(table->operation, table->operations, &table->operation_room, sizeof *table->operation);
    if (!grown) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    table->operation = grown;
    table->operation[table->operations++] =
        (struct sb_flop_operation){.site = site,
                                   .kind = (uint8_t)what->kind,
                                   .lanes = (uint8_t)what->lanes,
                                   .single = what->single};
    table->block[table->count - 1].operations++;
    return SB_OK;
}

static int add_step(struct reader *r, uint32_t site, const struct sb_instruction *what,
                    struct sb_error *err)
{
    void *grown = grow(r->step, r->steps, &r->step_room, sizeof *r->step);
    if (!grown) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    r->step = grown;
    r->step[r->steps++] = (struct sb_step){.site = site,
                                           .target = what->target,
                                           .function = r->function,
                                           .flow = (uint8_t)what->flow,
                                           .head = r->begins};
    return SB_OK;
}

/* "  1f3a:<tab>addsd  %xmm0,%xmm1": the address, and the text after the tab; false for other lines. */
static bool split(const char *line, uint32_t *site, const char **text)
{
    char *end = NULL;
    while (*line == ' ') {
        ++line;
    }
    if (!isxdigit((unsigned char)*line)) {
        return false;
    }
    *site = (uint32_t)strtoul(line, &end, 16);
    if (end[0] != ':' || end[1] != '\t') {
        return false;
    }
    *text = end + 2;
    return true;
}

static int read_line(struct reader *r, const char *line, struct sb_error *err)
{
    uint32_t site = 0;
    const char *text = NULL;
    if (!split(line, &site, &text)) {
        const bool label = strstr(line, ">:") != NULL; /* begins another function */
        r->open = r->open && !label;
        r->function += label;
        return SB_OK;
    }
    const struct sb_instruction what = sb_instruction_read(text);
    int rc = add_step(r, site, &what, err);
    rc = rc == SB_OK && r->begins ? begin_block(r, site, err) : rc;
    if (rc == SB_OK && what.begins_block) {
        r->begins = true;
    } else if (rc == SB_OK && r->open) {
        struct sb_block_flop *block = &r->table->block[r->table->count - 1];
        block->branch = what.flow == SB_FLOW_BRANCH ? site : block->branch;
        if (what.lanes > 0) {
            rc = add_operation(r, site, &what, err);
        }
    }
    return rc;
}

/* Blocks were found in the order of the steps. */
static int rank_blocks(struct reader *r, struct sb_error *err)
{
    struct sb_flop_table *table = r->table;
    uint32_t *rank = calloc(table->count + 1, sizeof *rank);
    const int rc = rank ? sb_layout_ranks(rank, r->step, r->steps, err)
                        : sb_fail(err, SB_ENOMEM, "out of memory");
    for (size_t i = 0; rc == SB_OK && i < table->count; ++i) {
        table->block[i].rank = rank[i];
    }
    free(rank);
    return rc;
}

static int by_site(const void *a, const void *b)
{
    const struct sb_block_flop *x = a;
    const struct sb_block_flop *y = b;
    return x->site < y->site ? -1 : x->site > y->site;
}

int sb_flop_read(struct sb_flop_table *out, const char *disassembly, struct sb_error *err)
{
    *out = (struct sb_flop_table){.block = NULL};
    struct reader r = {.table = out};
    int rc = SB_OK;
    while (rc == SB_OK && *disassembly) {
        char line[LINE];
        const size_t length = strcspn(disassembly, "\n");
        snprintf(line, sizeof line, "%.*s", (int)(length < LINE ? length : LINE - 1), disassembly);
        rc = read_line(&r, line, err);
        disassembly += length + (disassembly[length] == '\n');
    }
    if (rc == SB_OK && out->count == 0) {
        rc = sb_fail(err, SB_EPARSE, "the disassembly holds no basic block of counted code");
    }
    rc = rc ? rc : rank_blocks(&r, err);
    free(r.step);
    if (rc == SB_OK) {
        qsort(out->block, out->count, sizeof *out->block, by_site);
    } else {
        sb_flop_free(out);
    }
    return rc;
}

int sb_flop_disassemble(struct sb_flop_table *out, const char *object, struct sb_error *err)
{
    const char *const argv[] = {"objdump", "-d", "--no-show-raw-insn", object, NULL};
    struct sb_process_result result = {0};
    int rc = sb_process_run(&result, argv, OBJDUMP_SECONDS, err);
    if (rc == SB_OK && result.length >= OUTPUT_MOST) {
        rc = sb_fail(err, SB_EPARSE, "the disassembly of %s is too long", object);
    } else if (rc == SB_OK && result.exit_status != 0) {
        rc = sb_fail(err, SB_EABSENT, "objdump cannot read %s: %s", object,
                     result.output ? result.output : "no output");
    }
    rc = rc ? rc : sb_flop_read(out, result.output ? result.output : "", err);
    sb_process_result_free(&result);
    return rc;
}

uint32_t sb_flop_behind(uint32_t instruction)
{
    return instruction + 1;
}

void sb_flop_add(double count[2][SB_FLOP_KINDS], const struct sb_flop_table *table,
                 const struct sb_block_flop *block, double times)
{
    for (uint32_t i = block->first; i < block->first + block->operations; ++i) {
        const struct sb_flop_operation *op = &table->operation[i];
        count[op->single][op->kind] += op->lanes * times;
    }
}

const struct sb_block_flop *sb_flop_find(const struct sb_flop_table *table, uint32_t site)
{
    const struct sb_block_flop key = {.site = site};
    return table->count == 0
               ? NULL
               : bsearch(&key, table->block, table->count, sizeof *table->block, by_site);
}

void sb_flop_free(struct sb_flop_table *table)
{
    free(table->block);
    free(table->operation);
    *table = (struct sb_flop_table){.block = NULL};
}
