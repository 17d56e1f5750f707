/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SB_CHECKER_H
#define SB_CHECKER_H
/*
 * The compiler's own checks (-fsanitize=kernel-address and undefined) without its runtime: that one must be in a program
 * from its start, and knows nothing of arrays that lie in pages of ours. Appended to the unit that is checked; serial.
 */
#define SB_PLAIN __attribute__((no_sanitize_address, no_sanitize_undefined, noinline))
#define SB_HIDDEN_CALL                                                                             \
    __attribute__((visibility("hidden"), no_sanitize_address, no_sanitize_undefined))

SB_EXPORT struct sb_checks sb_checks;
extern const char sb_object[] __asm__("__ehdr_start") __attribute__((visibility("hidden")));

SB_PLAIN static int sb_known(const char *file, unsigned line, unsigned column, unsigned long code)
{
    for (int i = 0; i < sb_checks.faults; ++i) {
        const struct sb_fault *f = &sb_checks.fault[i];
        if (f->code == code && f->line == line && f->column == column && f->file == file) {
            return 1;
        }
    }
    return sb_checks.faults == SB_FAULTS_MOST;
}

SB_PLAIN static void sb_look(const unsigned char *p, unsigned long bytes, int write, const void *pc)
{
    for (int i = 0; i < sb_checks.arrays; ++i) {
        const struct sb_checked *a = &sb_checks.array[i];
        if (p >= a->map && p < a->map_end) {
            const unsigned long code = (unsigned long)((const char *)pc - sb_object) - 1;
            if ((p < a->begin || p + bytes > a->end) && !sb_known(0, 0, 0, code)) {
                struct sb_fault *f = &sb_checks.fault[sb_checks.faults++];
                *f = (struct sb_fault){
                    .code = code, .at = p, .bytes = bytes, .array = i, .write = write};
            }
            return;
        }
    }
}

#define SB_ACCESS(n)                                                                               \
    SB_HIDDEN_CALL void __asan_load##n##_noabort(const void *p);                                   \
    SB_HIDDEN_CALL void __asan_store##n##_noabort(const void *p);                                  \
    void __asan_load##n##_noabort(const void *p)                                                   \
    {                                                                                              \
        sb_look(p, n, 0, __builtin_return_address(0));                                             \
    }                                                                                              \
    void __asan_store##n##_noabort(const void *p)                                                  \
    {                                                                                              \
        sb_look(p, n, 1, __builtin_return_address(0));                                             \
    }
SB_ACCESS(1)
SB_ACCESS(2)
SB_ACCESS(4)
SB_ACCESS(8)
SB_ACCESS(16)
SB_HIDDEN_CALL void __asan_loadN_noabort(const void *p, unsigned long bytes);
SB_HIDDEN_CALL void __asan_storeN_noabort(const void *p, unsigned long bytes);
SB_HIDDEN_CALL void __asan_handle_no_return(void);
void __asan_loadN_noabort(const void *p, unsigned long bytes)
{
    sb_look(p, bytes, 0, __builtin_return_address(0));
}
void __asan_storeN_noabort(const void *p, unsigned long bytes)
{
    sb_look(p, bytes, 1, __builtin_return_address(0));
}
void __asan_handle_no_return(void)
{
}

/* Every description that the compiler hands over begins with the place. */
struct sb_place {
    const char *file;
    unsigned line, column;
};
SB_PLAIN static void sb_undefined(const struct sb_place *place, const char *what)
{
    if (!sb_known(place->file, place->line, place->column, 0)) {
        sb_checks.fault[sb_checks.faults++] = (struct sb_fault){
            .what = what, .file = place->file, .line = place->line, .column = place->column};
    }
}
#define SB_UNDEFINED(name, what)                                                                   \
    SB_HIDDEN_CALL void __ubsan_handle_##name(const struct sb_place *place);                       \
    void __ubsan_handle_##name(const struct sb_place *place)                                       \
    {                                                                                              \
        sb_undefined(place, what);                                                                 \
    }
SB_UNDEFINED(add_overflow, "signed integer overflow in an addition")
SB_UNDEFINED(sub_overflow, "signed integer overflow in a subtraction")
SB_UNDEFINED(mul_overflow, "signed integer overflow in a multiplication")
SB_UNDEFINED(negate_overflow, "signed integer overflow in a negation")
SB_UNDEFINED(divrem_overflow, "integer division by zero, or of the least number by -1")
SB_UNDEFINED(shift_out_of_bounds, "a shift by as many bits as the type has, or by fewer than none")
SB_UNDEFINED(out_of_bounds, "an index beyond the bounds of its array")
SB_UNDEFINED(vla_bound_not_positive, "an array of no elements")
SB_UNDEFINED(builtin_unreachable, "a place that was said to be unreachable")
#endif
