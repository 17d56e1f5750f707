/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/plugin/region.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define VCPUS 1024 /* threads of a program; a power of two */

/* Each thread counts for itself: sums of atomic adds would cost more than the emulation. */
static struct count {
    uint64_t instructions, branches, loads, stores, read_bytes, write_bytes;
    uint64_t scalable, scalable_seen;
    uint64_t executed; /* blocks: an instruction is executed once in each */
    bool away;         /* in OpenMP's library, or called from there */
    const void *last[2];
    uint64_t last_executed[2]; /* of the last load and store */
} __attribute__((aligned(128))) counts[VCPUS];

bool sb_region_open;
static const char *machine;
static FILE *file;

bool sb_region_file(const char *path, const char *of)
{
    machine = of;
    file = fopen(path, "we");
    return file != NULL;
}

void sb_region_begin(unsigned vcpu)
{
    memset(counts, 0, sizeof counts);
    for (unsigned i = 0; i < VCPUS; ++i) {
        counts[i].away = i != vcpu % VCPUS;
    }
    __atomic_store_n(&sb_region_open, true, __ATOMIC_SEQ_CST);
}

void sb_region_end(void)
{
    struct count sum = {0};
    if (!sb_region_open) {
        return;
    }
    __atomic_store_n(&sb_region_open, false, __ATOMIC_SEQ_CST);
    for (int i = 0; i < VCPUS; ++i) {
        sum.instructions += counts[i].instructions;
        sum.branches += counts[i].branches;
        sum.loads += counts[i].loads;
        sum.stores += counts[i].stores;
        sum.read_bytes += counts[i].read_bytes;
        sum.write_bytes += counts[i].write_bytes;
        sum.scalable += counts[i].scalable;
        sum.scalable_seen += counts[i].scalable_seen;
    }
    fprintf(file,
            "{\"machine\": \"%s\", \"instructions\": %" PRIu64 ", \"branches\": %" PRIu64
            ", \"loads\": %" PRIu64 ", \"stores\": %" PRIu64 ", \"read_bytes\": %" PRIu64
            ", \"write_bytes\": %" PRIu64 ", \"scalable\": %" PRIu64 ", \"scalable_seen\": %" PRIu64
            "}\n",
            machine, sum.instructions, sum.branches, sum.loads, sum.stores, sum.read_bytes,
            sum.write_bytes, sum.scalable, sum.scalable_seen);
    fflush(file);
}

void sb_region_block(unsigned vcpu, const struct sb_block *block)
{
    struct count *c = &counts[vcpu % VCPUS];
    c->away = block->from == SB_CODE_WAITS || (block->from == SB_CODE_LIBRARY && c->away);
    if (c->away) {
        return;
    }
    c->instructions += block->instructions;
    c->branches += block->branches;
    c->loads += block->scalable_loads;
    c->stores += block->scalable_stores;
    c->scalable += block->scalable_loads + block->scalable_stores;
    c->executed++;
}

/* A wide access comes in pieces: those of one execution of one instruction are one load. */
void sb_region_access(unsigned vcpu, const struct sb_block *instruction, bool store, uint32_t bytes)
{
    const bool scalable = instruction->scalable_loads + instruction->scalable_stores > 0;
    struct count *c = &counts[vcpu % VCPUS];
    if (c->away) {
        return;
    }
    const bool first = c->last[store] != instruction || c->last_executed[store] != c->executed;
    c->last[store] = instruction;
    c->last_executed[store] = c->executed;
    c->loads += first && !store && !scalable;
    c->stores += first && store && !scalable;
    c->read_bytes += store ? 0 : bytes;
    c->write_bytes += store ? bytes : 0;
    c->scalable_seen += scalable;
}
