/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what kernels are compiled with on a GPU: "<kernel> <backend> <double|float> -DNAME=value …", one line per
 * set of tunings that some preset asks for. Compiled sizes depend on the case, so every case of every preset counts. */
#include "harness/plan/kernels.h"

#include <stdio.h>
#include <string.h>

static void print_case(const struct sb_case *c, const char *backend)
{
    printf("%s %s %s", c->kernel->name, backend, c->precision == SB_FLOAT ? "float" : "double");
    const struct sb_tuning *tuning = c->kernel->tunings;
    for (int i = 0; tuning && tuning[i].name; ++i) {
        printf(" -D%s=%d", tuning[i].name, c->tuning[i]);
    }
    printf("\n");
}

int main(void)
{
    /* An H200 and an MI250X die, near enough for a choice of tile sizes. */
    static const struct sb_machine machines[] = {
        {.backend = "cuda", .cores = 132, .cache_bytes = 50e6},
        {.backend = "hip", .cores = 110, .cache_bytes = 8e6},
    };
    for (int k = 0; sb_kernels[k]; ++k) {
        const struct sb_kernel *kernel = sb_kernels[k];
        for (const struct sb_preset *preset = kernel->presets; preset->preset; ++preset) {
            for (size_t m = 0; m < sizeof machines / sizeof *machines; ++m) {
                for (int precision = SB_DOUBLE; precision <= SB_FLOAT; ++precision) {
                    struct sb_case c;
                    sb_case_init(&c, kernel, preset);
                    c.precision = (enum sb_precision)precision;
                    sb_case_tune(&c, &machines[m]);
                    if (kernel->precisions & (1U << precision)) {
                        print_case(&c, machines[m].backend);
                    }
                }
            }
        }
    }
    return 0;
}
