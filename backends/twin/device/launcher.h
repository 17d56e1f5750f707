/* SPDX-License-Identifier: Apache-2.0 */
/* How a launch reaches a kernel: arguments become what its parameters want. Included after the source. */
#ifndef SB_TWIN_LAUNCHER_H
#define SB_TWIN_LAUNCHER_H

template <class T> struct sb_twin_given {
    static __attribute__((no_sanitize("thread"), no_sanitize_coverage)) T from(const sb_twin_arg &a) { return (T)a.integer; }
};
template <class T> struct sb_twin_given<T *> {
    static __attribute__((no_sanitize("thread"), no_sanitize_coverage)) T *from(const sb_twin_arg &a) { return (T *)a.pointer; }
};
template <class T> struct sb_twin_given<T *__restrict> {
    static __attribute__((no_sanitize("thread"), no_sanitize_coverage)) T *from(const sb_twin_arg &a) { return (T *)a.pointer; }
};
template <> struct sb_twin_given<double> {
    static __attribute__((no_sanitize("thread"), no_sanitize_coverage)) double from(const sb_twin_arg &a) { return a.real; }
};
template <> struct sb_twin_given<float> {
    static __attribute__((no_sanitize("thread"), no_sanitize_coverage)) float from(const sb_twin_arg &a) { return (float)a.real; }
};
/* Braces evaluate from left to right, as parentheses need not. */
struct sb_twin_call_now {
    template <class... A> __attribute__((no_sanitize("thread"), no_sanitize_coverage)) sb_twin_call_now(void (*kernel)(A...), A... a)
    {
        kernel(a...);
    }
};
template <class... A>
static inline __attribute__((no_sanitize("thread"), no_sanitize_coverage)) void sb_twin_call(void (*kernel)(A...), const sb_twin_arg *a)
{
    int i = 0;
    (void)i;
    (void)a;
    sb_twin_call_now{kernel, sb_twin_given<A>::from(a[i++])...};
}
#define SB_TWIN_LAUNCHER(number, ...)                                                                                  \
    extern "C" __attribute__((visibility("default"), no_sanitize("thread"), no_sanitize_coverage)) void sb_twin_run_##number(                \
        const sb_twin_arg *a)                                                                                          \
    {                                                                                                                  \
        sb_twin_call(__VA_ARGS__, a);                                                                                  \
    }

#endif
