/* SPDX-License-Identifier: Apache-2.0 */
/* Code objects: ELF, of NVIDIA's (cubin) and AMD's machines. */
#include "backends/gpu_driver/gpu_driver.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

/* e_machine of both is in no old elf.h. */
#define MACHINE_CUDA 190
#define MACHINE_AMDGPU 224
#define NOTE_AMD_METADATA 32 /* NT_AMDGPU_METADATA, LLVM's AMDGPUUsage, "Note records" */

struct elf {
    const unsigned char *base;
    size_t bytes;
    const Elf64_Ehdr *head;
    const Elf64_Shdr *section;
    int count;
    const char *names;
};

static bool inside(const struct elf *elf, uint64_t offset, uint64_t bytes)
{
    return offset <= elf->bytes && bytes <= elf->bytes - offset;
}

/* hiprtc of some versions puts the object into clang's offload bundle; it begins where ELF's magic is. */
static int open_elf(struct elf *out, const void *image, size_t bytes, struct sb_error *err)
{
    const unsigned char *at = memmem(image, bytes, ELFMAG, SELFMAG);
    *out = (struct elf){.base = at,
                        .bytes = at ? bytes - (size_t)(at - (const unsigned char *)image) : 0};
    if (!at || out->bytes < sizeof *out->head || ((uintptr_t)at & 7U) != 0) {
        return sb_fail(err, SB_EPARSE, "the compiled code is no ELF object");
    }
    out->head = (const Elf64_Ehdr *)(const void *)at;
    out->count = out->head->e_shnum;
    if ((out->head->e_machine != MACHINE_CUDA && out->head->e_machine != MACHINE_AMDGPU) ||
        out->head->e_ident[EI_CLASS] != ELFCLASS64 ||
        !inside(out, out->head->e_shoff, (uint64_t)out->count * sizeof *out->section) ||
        (out->head->e_shoff & 7U) != 0 || out->head->e_shstrndx >= out->count) {
        return sb_fail(err, SB_EPARSE, "the compiled code is no ELF object of a GPU");
    }
    out->section = (const Elf64_Shdr *)(const void *)(at + out->head->e_shoff);
    const Elf64_Shdr *names = &out->section[out->head->e_shstrndx];
    if (!inside(out, names->sh_offset, names->sh_size) || names->sh_size == 0 ||
        at[names->sh_offset + names->sh_size - 1] != '\0') {
        return sb_fail(err, SB_EPARSE, "the compiled code's section names are cut off");
    }
    out->names = (const char *)at + names->sh_offset;
    return 0;
}

/* NVIDIA: a section ".text.<function>" each. */
static int cuda_symbols(struct sb_gpu_symbol *out, int room, const struct elf *elf)
{
    int count = 0;
    const uint64_t limit = elf->section[elf->head->e_shstrndx].sh_size;
    for (int i = 0; i < elf->count && count < room; ++i) {
        const Elf64_Shdr *s = &elf->section[i];
        const char *name = s->sh_name < limit ? elf->names + s->sh_name : "";
        if (strncmp(name, ".text.", 6) == 0 && s->sh_size > 0) {
            snprintf(out[count].name, sizeof out[count].name, "%s", name + 6);
            out[count++].bytes = s->sh_size;
        }
    }
    return count;
}

static const Elf64_Shdr *find_section(const struct elf *elf, uint32_t type)
{
    for (int i = 0; i < elf->count; ++i) {
        const Elf64_Shdr *s = &elf->section[i];
        if (s->sh_type == type && inside(elf, s->sh_offset, s->sh_size)) {
            return s;
        }
    }
    return NULL;
}

/* AMD: a symbol "<function>" of type STT_FUNC, and "<function>.kd", its descriptor, for kernels alone. */
static int amd_symbols(struct sb_gpu_symbol *out, int room, const struct elf *elf)
{
    const Elf64_Shdr *table = find_section(elf, SHT_DYNSYM);
    table = table ? table : find_section(elf, SHT_SYMTAB);
    if (!table || table->sh_link >= (uint32_t)elf->count || (table->sh_offset & 7U) != 0) {
        return 0;
    }
    const Elf64_Shdr *text = &elf->section[table->sh_link];
    if (!inside(elf, text->sh_offset, text->sh_size)) {
        return 0;
    }
    const Elf64_Sym *symbol = (const Elf64_Sym *)(const void *)(elf->base + table->sh_offset);
    const size_t symbols = table->sh_size / sizeof *symbol;
    int count = 0;
    for (size_t i = 0; i < symbols && count < room; ++i) {
        if (ELF64_ST_TYPE(symbol[i].st_info) == STT_FUNC && symbol[i].st_name < text->sh_size &&
            symbol[i].st_size > 0) {
            const size_t left = text->sh_size - symbol[i].st_name;
            snprintf(out[count].name, sizeof out[count].name, "%.*s",
                     (int)(left < 191 ? left : 191),
                     (const char *)elf->base + text->sh_offset + symbol[i].st_name);
            out[count++].bytes = symbol[i].st_size;
        }
    }
    return count;
}

int sb_gpu_symbols(struct sb_gpu_symbol *out, int room, const void *image, size_t bytes,
                   struct sb_error *err)
{
    struct elf elf;
    const int code = open_elf(&elf, image, bytes, err);
    if (code != 0) {
        return code;
    }
    return elf.head->e_machine == MACHINE_CUDA ? cuda_symbols(out, room, &elf)
                                               : amd_symbols(out, room, &elf);
}

const unsigned char *sb_gpu_metadata(size_t *length, const void *image, size_t bytes)
{
    struct elf elf;
    const Elf64_Shdr *s =
        open_elf(&elf, image, bytes, NULL) == 0 ? find_section(&elf, SHT_NOTE) : NULL;
    for (uint64_t at = 0; s && at + sizeof(Elf64_Nhdr) <= s->sh_size;) {
        Elf64_Nhdr note;
        memcpy(&note, elf.base + s->sh_offset + at, sizeof note);
        const uint64_t text = at + sizeof note + ((note.n_namesz + 3ULL) & ~3ULL);
        if (text + note.n_descsz > s->sh_size) {
            return NULL;
        }
        if (note.n_type == NOTE_AMD_METADATA) {
            *length = note.n_descsz;
            return elf.base + s->sh_offset + text;
        }
        at = text + ((note.n_descsz + 3ULL) & ~3ULL);
    }
    return NULL;
}
