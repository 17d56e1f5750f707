/* SPDX-License-Identifier: Apache-2.0 */
/* The loaded object and its variables. A static of a function is a block's shared memory: C++ mangles it as _ZZ…,
 * OpenCL's come in the section sb_shared as function.variable; others are __device__, or __constant__ by their section. */
#include "backends/twin/twin.h"

#include "harness/util/fs.h"

#include <ctype.h>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

/* The last part of a mangled name: "_ZL3sum" and "_ZN12_GLOBAL__N_13sumE" → "sum". */
static const char *last_part(const char *symbol, int *out_length)
{
    const char *found = NULL;
    for (const char *at = symbol + 3; isdigit((unsigned char)*at);) {
        char *after = NULL;
        const unsigned long length = strtoul(at, &after, 10);
        if (length > strlen(after)) {
            break;
        }
        found = after;
        *out_length = (int)length;
        at = after + length;
    }
    return found;
}

/* "_ZZ2mmE2sa" and "_ZZ6reduceILi256EEvPfE1s_0" → "sa", "s"; "mm.sa" → "sa". */
static void plain_name(char *out, size_t room, const char *symbol)
{
    const char *name = symbol;
    int length = (int)strlen(symbol);
    const char *last = strrchr(symbol, 'E');
    const char *dot = strchr(symbol, '.');
    if (strncmp(symbol, "_ZZ", 3) == 0 && last) {
        char *after = NULL;
        const long counted = strtol(last + 1, &after, 10);
        if (counted > 0 && (size_t)counted <= strlen(after)) {
            name = after;
            length = (int)counted;
        }
    } else if (strncmp(symbol, "_ZL", 3) == 0 || strncmp(symbol, "_ZN", 3) == 0) {
        const char *part = last_part(symbol, &length);
        name = part ? part : symbol;
    } else if (dot) {
        name = dot + 1;
        length = (int)strlen(name);
    }
    snprintf(out, room, "%.*s", length, name);
}

static bool ours(const char *name)
{
    return strncmp(name, "sb_twin", 7) == 0 && strcmp(name, "sb_twin_dynamic") != 0;
}

/* Sections that device/object.ld makes of C++'s variables, and those that OpenCL's are put into. */
static bool of_variables(const char *section)
{
    return strncmp(section, ".sb_twin_", 9) == 0 || strcmp(section, "sb_shared") == 0 ||
           strcmp(section, "sb_constant") == 0;
}

/* Collects from the symbol table; returns how many, or −1 where the file is no ELF object that we know. */
static int collect(struct sb_twin_object *out, const char *file, size_t length, const char *base)
{
    const Elf64_Ehdr *header = (const void *)file;
    if (length < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_shoff + (size_t)header->e_shnum * sizeof(Elf64_Shdr) > length) {
        return -1;
    }
    const Elf64_Shdr *section = (const void *)(file + header->e_shoff);
    const char *section_names = file + section[header->e_shstrndx].sh_offset;
    for (int i = 0; i < header->e_shnum; ++i) {
        if (section[i].sh_type != SHT_SYMTAB) {
            continue;
        }
        const Elf64_Sym *symbol = (const void *)(file + section[i].sh_offset);
        const char *names = file + section[section[i].sh_link].sh_offset;
        const size_t count = section[i].sh_size / sizeof *symbol;
        out->variable = calloc(count, sizeof *out->variable);
        for (size_t k = 0; out->variable && k < count; ++k) {
            const char *name = names + symbol[k].st_name;
            const int at = symbol[k].st_shndx;
            if (ELF64_ST_TYPE(symbol[k].st_info) != STT_OBJECT || symbol[k].st_size == 0 ||
                at == SHN_UNDEF || at >= header->e_shnum ||
                !of_variables(section_names + section[at].sh_name) || ours(name)) {
                continue;
            }
            struct sb_twin_variable *v = &out->variable[out->variable_count++];
            plain_name(v->name, sizeof v->name, name);
            v->address = (unsigned char *)base + symbol[k].st_value;
            v->bytes = symbol[k].st_size;
            const bool constant = strstr(section_names + section[at].sh_name, "constant") != NULL;
            const bool shared = strncmp(name, "_ZZ", 3) == 0 ||
                                strcmp(name, "sb_twin_dynamic") == 0 ||
                                strstr(section_names + section[at].sh_name, "shared") != NULL;
            v->kind = constant ? SB_TWIN_CONSTANT_VARIABLE
                      : shared ? SB_TWIN_SHARED_VARIABLE
                               : SB_TWIN_DEVICE_VARIABLE;
        }
    }
    return out->variable_count;
}

int sb_twin_object_open(struct sb_twin_object *out, const char *path, struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    snprintf(out->path, sizeof out->path, "%s", path);
    out->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!out->handle) {
        return sb_fail(err, SB_EIO, "twin: cannot load %s", dlerror());
    }
    out->twin = dlsym(out->handle, "sb_twin");
    struct link_map *map = NULL;
    char *file = NULL;
    size_t length = 0;
    if (!out->twin || dlinfo(out->handle, RTLD_DI_LINKMAP, &map) != 0) {
        return sb_fail(err, SB_EPARSE, "twin: %s is no kernel compiled for the twin", path);
    }
    int code = sb_fs_read(&file, &length, path, err);
    if (code == 0 && collect(out, file, length, (const char *)map->l_addr) < 0) {
        code = sb_fail(err, SB_EPARSE, "twin: %s is no 64-bit ELF object", path);
    }
    free(file);
    out->twin->code_begin = (uintptr_t)map->l_addr;
    return code;
}

struct wanted {
    uintptr_t address;
    bool found;
};

static int holds(struct dl_phdr_info *info, size_t size, void *payload)
{
    struct wanted *wanted = payload;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        wanted->found =
            wanted->found || (part->p_type == PT_LOAD &&
                              wanted->address - (info->dlpi_addr + part->p_vaddr) < part->p_memsz);
    }
    return wanted->found;
}

bool sb_twin_object_owns(uintptr_t address)
{
    struct wanted wanted = {.address = address};
    dl_iterate_phdr(holds, &wanted);
    return wanted.found;
}

void sb_twin_object_close(struct sb_twin_object *object)
{
    free(object->variable);
    object->variable = NULL;
    object->variable_count = 0;
    /* stays loaded: fibers that were given up may still be in it */
}
