/* SPDX-License-Identifier: Apache-2.0 */
/* The plug-in of qemu-user: -plugin switchbench-qemu-plugin.so,out=FILE. Counts blocks, not instructions, where it can. */
#include "harness/run/counting/opcodes.h"
#include "harness/run/plugin/files.h"
#include "harness/run/plugin/qemu_api.h"
#include "harness/run/plugin/region.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

static char machine[32];

static void on_begin(unsigned vcpu, void *payload)
{
    (void)payload;
    sb_region_begin(vcpu);
}

static void on_end(unsigned vcpu, void *payload)
{
    (void)vcpu;
    (void)payload;
    sb_region_end();
}

static void on_block(unsigned vcpu, void *payload)
{
    if (__atomic_load_n(&sb_region_open, __ATOMIC_RELAXED)) {
        sb_region_block(vcpu, payload);
    }
}

static void on_access(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *payload)
{
    (void)address;
    if (__atomic_load_n(&sb_region_open, __ATOMIC_RELAXED)) {
        sb_region_access(vcpu, payload, qemu_plugin_mem_is_store(info),
                         1U << qemu_plugin_mem_size_shift(info));
    }
}

/* A part of @p block, or the whole of it. */
static void add(struct sb_block *block, enum sb_opcode opcode)
{
    block->instructions += opcode != SB_OPCODE_BEGIN && opcode != SB_OPCODE_END;
    block->branches += opcode == SB_OPCODE_BRANCH;
    block->scalable_loads += opcode == SB_OPCODE_SCALABLE_LOAD;
    block->scalable_stores += opcode == SB_OPCODE_SCALABLE_STORE;
}

/* Describes instruction @p i in @p blocks, [0] being the whole, and watches its accesses; true where it is a mark. */
static bool watch(struct sb_block *blocks, size_t i, struct qemu_plugin_insn *insn)
{
    const enum sb_opcode opcode =
        sb_opcode_of(machine, qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn));
    add(&blocks[0], opcode);
    add(&blocks[i + 1], opcode);
    blocks[i + 1].from = blocks[0].from;
    if (blocks[0].from != SB_CODE_WAITS) {
        qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_PLUGIN_CB_NO_REGS,
                                         QEMU_PLUGIN_MEM_RW, &blocks[i + 1]);
    }
    if (opcode == SB_OPCODE_BEGIN) {
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_begin, QEMU_PLUGIN_CB_NO_REGS, NULL);
    } else if (opcode == SB_OPCODE_END) {
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_end, QEMU_PLUGIN_CB_NO_REGS, NULL);
    }
    return opcode == SB_OPCODE_BEGIN || opcode == SB_OPCODE_END;
}

/* A block with a mark is counted instruction by instruction: only a part of it lies in the region. */
static void on_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    const size_t count = qemu_plugin_tb_n_insns(tb);
    /* They live as long as the emulator's translations: until the end. */
    struct sb_block *blocks = count > 0 ? calloc(count + 1, sizeof *blocks) : NULL;
    bool marked = false;
    if (!blocks) {
        return;
    }
    blocks[0].from = sb_code_from(qemu_plugin_insn_haddr(qemu_plugin_tb_get_insn(tb, 0)));
    for (size_t i = 0; i < count; ++i) {
        marked = watch(blocks, i, qemu_plugin_tb_get_insn(tb, i)) || marked;
    }
    for (size_t i = 0; marked && i < count; ++i) {
        qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_tb_get_insn(tb, i), on_block,
                                               QEMU_PLUGIN_CB_NO_REGS, &blocks[i + 1]);
    }
    if (!marked) {
        qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, blocks);
    }
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    const char *out = argc == 1 && strncmp(argv[0], "out=", 4) == 0 ? argv[0] + 4 : NULL;
    snprintf(machine, sizeof machine, "%s", info->target_name);
    if (!out || info->system_emulation || !sb_region_file(out, machine)) {
        fprintf(stderr, "switchbench's plug-in wants out=FILE, and a program, no system\n");
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated);
    return 0;
}
