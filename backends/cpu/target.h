/* SPDX-License-Identifier: Apache-2.0 */
/** Architectures of processors: which compiler makes code for one, and what runs it here. */
#ifndef SB_CPU_TARGET_H
#define SB_CPU_TARGET_H

#include "backends/backend.h"
#include "harness/build/compiler.h"

/** What the targets of one instruction set have in common. */
struct sb_cpu_family {
    const char *machine;  /* as uname(1) says: "aarch64" */
    const char *triple;   /* of the cross compiler and of its libraries' folder /usr/<triple> */
    const char *emulator; /* "qemu-aarch64" */
    const char *package;  /* Debian's cross compiler with its C library */
    const char *extra;    /* further flags, with a space behind, or "" */
    const char *scalable; /* what scalable vectors are called: "SVE"; NULL where there are none */
};

struct sb_cpu_target {
    const struct sb_cpu_family *family;
    char march[64];  /* of -march: "native", "armv8.2-a+sve" */
    bool scalable;   /* its code may use vectors of the processor's length */
    int vector_bits; /* of "@BITS": how long the emulator makes them; 0 where not asked */
    int simd_bytes;  /* of fixed-length vectors; 0 where scalable or none */
    bool emulated;   /* an emulator runs it here */
    char needs[200]; /* why neither this processor nor an emulator can; "" where one can */
};

/** What -march is for "native": that, or in an emulator, where the compiler would look at the machine around it, the
 *  best that the emulated processor has. */
const char *sb_cpu_native_march(void);
/** The names of sb_backend.targets. */
extern const char *const sb_cpu_targets[];
/** What @p name means here ("@qemu": emulated whatever this processor is); false where it is no processor's architecture. Starts no program. */
bool sb_cpu_target_parse(struct sb_cpu_target *out, const char *name);
/** sb_backend.target and .typical. */
enum sb_target_state sb_cpu_target_state(const char *name, char *reason, size_t room);
void sb_cpu_typical(struct sb_machine *out, const char *name);
/** The compiler for @p target; SB_EABSENT names the package. */
int sb_cpu_compiler(struct sb_compiler *out, const struct sb_cpu_target *target,
                    struct sb_error *err);

#endif
