/* SPDX-License-Identifier: Apache-2.0 */
/* The batch by FFTW 3 with a measured plan, made at the first call on memory of its own. The harness has loaded
 * libfftw3 and libfftw3f; the OpenMP halves, which bring plan_with_nthreads, are loaded here. */
#include "portable.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef _OPENMP
#include <omp.h>
#else /* compiled for one thread (-j 1) */
#define omp_get_max_threads() 1
#endif

#if SB_REAL_FLOAT
#define FFTW(name) fftwf_##name
#define THREADS_LIBRARY "libfftw3f_omp.so.3"
#define THREADS_SYMBOL(name) "fftwf_" name
#else
#define FFTW(name) fftw_##name
#define THREADS_LIBRARY "libfftw3_omp.so.3"
#define THREADS_SYMBOL(name) "fftw_" name
#endif
#define FORWARD (-1)
#define MEASURE 0U

void *FFTW(plan_many_dft)(int rank, const int *n, int howmany, real *in, const int *inembed,
                          int istride, int idist, real *out, const int *onembed, int ostride,
                          int odist, int sign, unsigned flags);
void FFTW(execute_dft)(const void *plan, real *in, real *out);
void FFTW(destroy_plan)(void *plan);
void FFTW(set_timelimit)(double seconds);
int FFTW(alignment_of)(real *p);

static void fail(const char *what)
{
    fprintf(stderr, "fft, vendor: %s\n", what);
    abort();
}

static void start_threads(void)
{
    void *library = dlopen(THREADS_LIBRARY, RTLD_NOW | RTLD_GLOBAL);
    if (!library) {
        fail(dlerror());
    }
    /* POSIX: a data pointer from dlsym may be read as a function pointer. */
    int (*init)(void);
    void (*threads)(int);
    *(void **)&init = dlsym(library, THREADS_SYMBOL("init_threads"));
    *(void **)&threads = dlsym(library, THREADS_SYMBOL("plan_with_nthreads"));
    if (!init || !threads || !init()) {
        fail(THREADS_LIBRARY " does not start its threads");
    }
    threads(omp_get_max_threads());
}

static void *make_plan(real *x, real *y, int n, int batch)
{
    const size_t bytes = 2 * sizeof(real) * (size_t)n * (size_t)batch;
    char *in = aligned_alloc(4096, (bytes + 8191) / 4096 * 4096);
    char *out = aligned_alloc(4096, (bytes + 8191) / 4096 * 4096);
    if (!in || !out) {
        fail("no memory for planning");
    }
    FFTW(set_timelimit)(10); /* n = 2^22 would plan for minutes */
    void *plan =
        FFTW(plan_many_dft)(1, &n, batch, (real *)(in + FFTW(alignment_of)(x)), NULL, 1, n,
                            (real *)(out + FFTW(alignment_of)(y)), NULL, 1, n, FORWARD, MEASURE);
    free(in);
    free(out);
    if (!plan) {
        fail("FFTW made no plan");
    }
    return plan;
}

KERNEL(fft_vendor)(GLOBAL real *restrict x, GLOBAL real *restrict y, index_t n, index_t batch)
{
    static void *plan;
    static index_t planned_n, planned_batch;
    static int planned_alignment = -1;
    const int alignment = FFTW(alignment_of)(x) * 4096 + FFTW(alignment_of)(y);
    if (planned_n != n || planned_batch != batch || planned_alignment != alignment) {
        if (plan) {
            FFTW(destroy_plan)(plan);
        } else {
            start_threads();
        }
        plan = make_plan(x, y, (int)n, (int)batch);
        planned_n = n;
        planned_batch = batch;
        planned_alignment = alignment;
    }
    FFTW(execute_dft)(plan, x, y);
}
