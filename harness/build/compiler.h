/* SPDX-License-Identifier: Apache-2.0 */
/** The machine's C compilers, and a content-addressed cache of what they make. */
#ifndef SB_COMPILER_H
#define SB_COMPILER_H

#include "harness/util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sb_compiler {
    char path[512];
    char identity[256]; /* first line of --version, without the path it was called by */
    bool clang;
    char flags[128]; /* that a job's flags must begin with ("--target=riscv64-linux-gnu "), or "" */
};

/** $SWITCHBENCH_CC, else gcc, cc, clang; found once per process. SB_EABSENT names what to install. */
int sb_compiler_find(struct sb_compiler *out, struct sb_error *err);
/** The same for C++: $SWITCHBENCH_CXX, else g++, c++, clang++. */
int sb_compiler_find_cxx(struct sb_compiler *out, struct sb_error *err);
/** The same for OpenCL C: $SWITCHBENCH_CLANG, else clang-19, clang-18, clang. */
int sb_compiler_find_clang(struct sb_compiler *out, struct sb_error *err);

/**
 * A C compiler for another machine, with its libraries: $SWITCHBENCH_CC_<MACHINE> (of "aarch64-linux-gnu":
 * SWITCHBENCH_CC_AARCH64), else <triple>-gcc, or first a clang of version 17 or later where @p clang_first. SB_EABSENT
 * names @p package.
 */
int sb_compiler_find_cross(struct sb_compiler *out, const char *triple, const char *package,
                           bool clang_first, struct sb_error *err);

struct sb_compile_job {
    const struct sb_compiler *compiler;
    const char *flags; /* separated by spaces; no quoting */
    const char *text;  /* the translation unit */
    const char *const *
        depends; /* files and folders (their sources) whose contents belong to the key; ends with NULL */
    const char *but;    /* pattern of names in these folders that do not belong to it; NULL: none */
    const char *cache;  /* folder */
    const char *what;   /* for messages: "gemm/gemm.dev.c" */
    const char *suffix; /* of the unit's file; NULL: ".c" */
    bool program;       /* link an executable, not a shared object */
};

struct sb_compiled {
    char path[1024];
    char key[65];
    bool cached;
    uint64_t compile_ns;
};

/** The key of the cache: hex SHA-256 of compiler, flags, text, and the files that the job depends on. */
void sb_compiler_key(char out[65], const struct sb_compile_job *job);
/** Compiles to a shared object (or a program) unless the key is there. SB_ECOMPILE with the compiler's messages, SB_EIO. */
int sb_compile_shared(struct sb_compiled *out, const struct sb_compile_job *job,
                      struct sb_error *err);

struct sb_hash;
/** Adds the contents of a file, or of a folder's sources (*.c, *.h, *.cl, *.cu, *.hip, …) in the order of their names. */
void sb_compile_hash_path(struct sb_hash *hash, const char *path);

#endif
