/* SPDX-License-Identifier: Apache-2.0 */
/* What compiled code offers beside its launchers: first touch, threads as they are bound, subnormals. */
SB_EXPORT void sb_touch(unsigned char *p, size_t bytes)
{
    const long long pages = (long long)((bytes + 4095) / 4096);
    SB_PRAGMA(omp parallel for schedule(static))
    for (long long i = 0; i < pages; ++i) {
        p[i * 4096] = 0;
    }
}

static void sb_flush(int on)
{
#if defined(__x86_64__)
    const unsigned mask = 0x8040U; /* FTZ | DAZ */
    __builtin_ia32_ldmxcsr(on ? __builtin_ia32_stmxcsr() | mask : __builtin_ia32_stmxcsr() & ~mask);
#elif defined(__aarch64__)
    unsigned long r;
    __asm__ volatile("mrs %0, fpcr" : "=r"(r));
    r = on ? r | (1UL << 24) : r & ~(1UL << 24);
    __asm__ volatile("msr fpcr, %0" : : "r"(r));
#else
    (void)on; /* RISC-V has no such mode */
#endif
}

SB_EXPORT int sb_setup(int flush, int *cpus, int room)
{
    int threads = 1;
    SB_PRAGMA(omp parallel)
    {
        sb_flush(flush);
#ifdef _OPENMP
        const int me = omp_get_thread_num();
        if (me == 0) {
            threads = omp_get_num_threads();
        }
#else
        const int me = 0;
#endif
        if (me < room) {
            cpus[me] = sched_getcpu();
        }
    }
    return threads;
}

SB_EXPORT void sb_flush_here(int on)
{
    sb_flush(on);
}
