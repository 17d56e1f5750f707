/* SPDX-License-Identifier: Apache-2.0 */
/**
 * OpenCL C for the twin, in the order in which a source passes:
 *
 *   opencl_refuse    what the twin does not take, by construct and line
 *   opencl_compile   clang: the source → LLVM's assembler text, not optimised; all steps, cached by content
 *   opencl_rewrite   that text: __local variables and constant tables get pages of their own, wide vectors are watched
 *   opencl_kernels   the kernels that the text describes → a launcher in C
 *   opencl_library   the built-ins (device/opencl/), compiled once
 *
 * then clang optimises, instruments (-fsanitize=thread) and links.
 */
#ifndef SB_TWIN_OPENCL_H
#define SB_TWIN_OPENCL_H

#include "backends/backend.h"
#include "harness/build/compiler.h"
#include "harness/util/text.h"

#define SB_CL_KERNELS_MOST 256

/** Whether @p source is OpenCL C: a .cl file, or the portable source for target "opencl". */
bool sb_twin_is_opencl(const struct sb_source *source);
/** Compiles (backend.h). SB_EABSENT where there is no clang. */
int sb_twin_opencl_compile(struct sb_artifact *out, const struct sb_source *source,
                           struct sb_error *err);

/** SB_EABSENT, with construct, file and line, where @p text (of @p file) has what the twin does not take. */
int sb_cl_refuse(const char *text, const char *file, struct sb_error *err);
/**
 * The same for built-ins that the linker did not find: @p log is its output. SB_EABSENT, or SB_ECOMPILE where the log
 * speaks of something else.
 */
int sb_cl_refuse_unlinked(const char *log, const char *text, const char *file,
                          struct sb_error *err);

/** Rewrites LLVM's text @p ir as device/opencl/README.md says. The caller frees *out. SB_ENOMEM. */
int sb_cl_rewrite(char **out, const char *ir, struct sb_error *err);

struct sb_cl_parameter {
    char name[64], type[64]; /* type: "float*", "int", … without typedefs */
    int space;               /* 0 private: a value; 1 global, 2 constant, 3 local */
};
struct sb_cl_kernel {
    char name[64];
    int required[3]; /* reqd_work_group_size, or zeros */
    int count;
    struct sb_cl_parameter parameter[SB_MAX_ARGS];
};
/** The kernels defined in @p ir; returns how many there are, of which at most @p room are told. */
int sb_cl_kernels(struct sb_cl_kernel *out, int room, const char *ir);
/**
 * The launchers in C: void sb_twin_run_<number of the first launch of that function>(const struct sb_twin_arg *), and
 * memory for __local parameters. Without any launch: every kernel, by its place in @p kernels, arguments unchecked. The caller frees *out. SB_ECOMPILE where a launch does not fit.
 */
int sb_cl_launcher(char **out, const struct sb_cl_kernel *kernels, int count,
                   const struct sb_launches *launches, const char *what, struct sb_error *err);

#define SB_CL_OBJECTS_MOST 64
/** Paths of the objects that the built-ins, and the watched accesses, are in. */
struct sb_cl_library {
    int count;
    char path[SB_CL_OBJECTS_MOST][1024];
};
/** Compiles what @p cache does not have. @p device: folder of abi.h; @p counted: accesses are written down, too; @p ir:
 *  the kernel's code. SB_ECOMPILE, SB_EIO. */
int sb_cl_library(struct sb_cl_library *out, const struct sb_compiler *clang, const char *device,
                  bool counted, const char *ir, const char *cache, struct sb_error *err);
/** Adds all that the library depends on, but the compiler. SB_EIO. */
int sb_cl_library_hash(struct sb_hash *hash, const char *device, struct sb_error *err);

#endif
