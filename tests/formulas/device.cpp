/* SPDX-License-Identifier: Apache-2.0 */
/* One kernel source, compiled for counting, behind one function that calls any of its entries. Given by the test:
 * SB_SOURCE, the file; SB_ENTRIES, ENTRY(name) for each function that is launched; and the case's tunings. */
#include <stdint.h>
#include <string.h>
#include <utility>

extern "C" {
#include "backends/backend.h"
}

/* The kernel's own macros (N, S, …) come last. */
#include SB_SOURCE

namespace
{

/* An argument of the kernel's own type, from what the launch says. */
template <class T> struct given {
    static T from(void *const *, const struct sb_arg &arg)
    {
        return (T)arg.integer;
    }
};
template <> struct given<real> {
    static real from(void *const *, const struct sb_arg &arg)
    {
        return real(arg.real);
    }
};
template <class T> struct given<T *__restrict__> {
    static T *from(void *const *arrays, const struct sb_arg &arg)
    {
        return (T *)arrays[arg.integer];
    }
};
template <class T> struct given<T *> {
    static T *from(void *const *arrays, const struct sb_arg &arg)
    {
        return (T *)arrays[arg.integer];
    }
};

template <class... A, size_t... I>
void call_with(void (*function)(A...), void *const *arrays, const struct sb_arg *args, std::index_sequence<I...>)
{
    function(given<A>::from(arrays, args[I])...);
}

template <class... A> void call(void (*function)(A...), void *const *arrays, const struct sb_launch_spec *launch)
{
    const struct sb_shape *shape = &launch->shape;
    if (shape->spread == SB_SPREAD_EACH) {
        call_with(function, arrays, launch->args, std::index_sequence_for<A...>());
        return;
    }
    for (int d = 0; d < 3; ++d) {
        sb_blocks[d] = (index_t)shape->extent[d];
    }
    for (sb_block[2] = 0; sb_block[2] < sb_blocks[2]; ++sb_block[2]) {
        for (sb_block[1] = 0; sb_block[1] < sb_blocks[1]; ++sb_block[1]) {
            for (sb_block[0] = 0; sb_block[0] < sb_blocks[0]; ++sb_block[0]) {
                call_with(function, arrays, launch->args, std::index_sequence_for<A...>());
            }
        }
    }
}

} // namespace

/** Runs a launch; −1 where it names an unknown function. */
extern "C" int sb_formulas_call(void *const *arrays, const struct sb_launch_spec *launch)
{
#define ENTRY(name)                                                                                \
    if (strcmp(launch->function, #name) == 0) {                                                    \
        call(name, arrays, launch);                                                                \
        return 0;                                                                                  \
    }
    SB_ENTRIES
    return -1;
}
