/* SPDX-License-Identifier: Apache-2.0 */
/* How a launch reaches a kernel: arguments become what its parameters want. Included before the source, whose macros may be any. */
#ifndef SB_TWIN_LAUNCHER_H
#define SB_TWIN_LAUNCHER_H

/* Neither watched nor counted. */
#define SB_TWIN_PLAIN_CODE __attribute__((no_sanitize("thread"), no_sanitize_coverage))

template <class sb_twin_T> struct sb_twin_given {
    static SB_TWIN_PLAIN_CODE sb_twin_T from(const sb_twin_arg &a) { return (sb_twin_T)a.integer; }
};
template <class sb_twin_T> struct sb_twin_given<sb_twin_T *> {
    static SB_TWIN_PLAIN_CODE sb_twin_T *from(const sb_twin_arg &a) { return (sb_twin_T *)a.pointer; }
};
template <class sb_twin_T> struct sb_twin_given<sb_twin_T *__restrict> {
    static SB_TWIN_PLAIN_CODE sb_twin_T *from(const sb_twin_arg &a) { return (sb_twin_T *)a.pointer; }
};
template <> struct sb_twin_given<double> {
    static SB_TWIN_PLAIN_CODE double from(const sb_twin_arg &a) { return a.real; }
};
template <> struct sb_twin_given<float> {
    static SB_TWIN_PLAIN_CODE float from(const sb_twin_arg &a) { return (float)a.real; }
};
/* Braces evaluate from left to right, as parentheses need not. */
struct sb_twin_call_now {
    template <class... sb_twin_A> SB_TWIN_PLAIN_CODE sb_twin_call_now(void (*kernel)(sb_twin_A...), sb_twin_A... a)
    {
        kernel(a...);
    }
};
template <class... sb_twin_A>
static inline SB_TWIN_PLAIN_CODE void sb_twin_call(void (*kernel)(sb_twin_A...), const sb_twin_arg *a)
{
    int i = 0;
    (void)i;
    (void)a;
    sb_twin_call_now{kernel, sb_twin_given<sb_twin_A>::from(a[i++])...};
}
#define SB_TWIN_LAUNCHER(number, ...)                                                                                  \
    extern "C" __attribute__((visibility("default"))) SB_TWIN_PLAIN_CODE void sb_twin_run_##number(                \
        const sb_twin_arg *sb_twin_args)                                                                               \
    {                                                                                                                  \
        sb_twin_call(__VA_ARGS__, sb_twin_args);                                                                       \
    }

#endif
