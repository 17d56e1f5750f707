/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formulas against counts: every kernel, every label of its preset tiny, at three sizes with the tunings of a CPU, and
 * at its own size with those of a GPU, whose mapping may be another. The kernel's source is
 * compiled with counting operators (counting.hpp) and thread-sanitizer calls (counts.c), its launches run serially,
 * and flop, distinct bytes read and written, and what a write-allocating cache reads more must equal work() exactly.
 *
 *     formulas_test ROOT FOLDER [KERNEL…]       ROOT: of the sources; FOLDER: for what is compiled
 */
#include "backends/backend.h"
#include "counts.h"
#include "harness/plan/kernels.h"
#include "harness/util/process.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_MOST 64e6
#define FLOP_MOST 5e7
#define TEXT 512

typedef int call_fn(void *const *arrays, const struct sb_launch_spec *launch);

static const char *root, *folder;
static int made; /* shared objects so far */

/* Everything that a case's source is compiled with; the same text is the same code. */
static void flags_of(char *out, size_t room, const struct sb_case *c,
                     const struct sb_launches *launches)
{
    size_t used = (size_t)snprintf(out, room, "-DSB_REAL_FLOAT=%d;-DSB_INDEX_64=%d;-DSB_ENTRIES=",
                                   c->precision == SB_FLOAT, c->index_bits == 64);
    for (int i = 0; i < launches->count && used < room; ++i) {
        char entry[80];
        snprintf(entry, sizeof entry, "ENTRY(%s)", launches->spec[i].function);
        if (strstr(out, entry) == NULL) {
            used += (size_t)snprintf(out + used, room - used, "%s", entry);
        }
    }
    const struct sb_tuning *tuning = c->kernel->tunings;
    for (int i = 0; tuning != NULL && tuning[i].name != NULL && used < room; ++i) {
        used += (size_t)snprintf(out + used, room - used, ";-D%s=%d", tuning[i].name, c->tuning[i]);
    }
}

/* Compiles in two steps: linking with -fsanitize=thread would bring libtsan. */
static int compile(const char *object, const char *flags, const struct sb_case *c)
{
    char source[TEXT], include[TEXT], include_kernels[TEXT], include_here[TEXT], from[TEXT],
        unlinked[TEXT + 8];
    char text[4 * TEXT];
    snprintf(source, sizeof source, "-DSB_SOURCE=\"%s/kernels/%s/%s.dev.c\"", root, c->kernel->name,
             c->kernel->name);
    snprintf(include, sizeof include, "-I%s", root);
    snprintf(include_kernels, sizeof include_kernels, "-I%s/kernels", root);
    snprintf(include_here, sizeof include_here, "-I%s/tests/formulas", root);
    snprintf(from, sizeof from, "%s/tests/formulas/device.cpp", root);
    snprintf(unlinked, sizeof unlinked, "%s.o", object);
    snprintf(text, sizeof text, "%s", flags);
    const char *argv[64] = {"g++",
                            "-std=c++17",
                            "-O0",
                            "-fsanitize=thread",
                            "-fPIC",
                            "-ffp-contract=off",
                            "-w",
                            "-DSB_DIALECT_HEADER=\"counting.hpp\"",
                            source,
                            include,
                            include_kernels,
                            include_here};
    int count = 12;
    char *rest = text;
    for (char *flag = strtok_r(rest, ";", &rest); flag != NULL && count < 58;
         flag = strtok_r(NULL, ";", &rest)) {
        argv[count++] = flag;
    }
    const char *const last[] = {"-c", from, "-o", unlinked, NULL};
    memcpy(&argv[count], last, sizeof last);
    const char *const link[] = {"g++", "-shared", unlinked, "-o", object, NULL};
    const char *const *const steps[] = {argv, link};
    for (int i = 0; i < 2; ++i) {
        struct sb_process_result result = {0};
        struct sb_error err = {0};
        if (sb_process_run(&result, steps[i], 120, &err) != 0 || result.exit_status != 0) {
            printf("%s does not compile for counting: %s\n", c->kernel->name,
                   result.output != NULL ? result.output : err.text);
            sb_process_result_free(&result);
            return -1;
        }
        sb_process_result_free(&result);
    }
    return 0;
}

/* The case's code, compiled unless a case before had the same. NULL where it does not compile. */
static call_fn *load(const struct sb_case *c, const struct sb_launches *launches)
{
    static struct {
        char flags[4 * TEXT];
        const struct sb_kernel *kernel;
        call_fn *call;
    } known[256];
    char flags[4 * TEXT], object[TEXT];
    flags_of(flags, sizeof flags, c, launches);
    for (int i = 0; i < made; ++i) {
        if (known[i].kernel == c->kernel && strcmp(known[i].flags, flags) == 0) {
            return known[i].call;
        }
    }
    snprintf(object, sizeof object, "%s/formulas_%s_%d.so", folder, c->kernel->name, made);
    if (made == (int)(sizeof known / sizeof *known) || compile(object, flags, c) != 0) {
        return NULL;
    }
    void *library = dlopen(object, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library != NULL ? dlsym(library, "sb_formulas_call") : NULL;
    if (symbol == NULL) {
        printf("%s\n", dlerror());
        return NULL;
    }
    snprintf(known[made].flags, sizeof known[made].flags, "%s", flags);
    known[made].kernel = c->kernel;
    memcpy(&known[made].call, &symbol, sizeof symbol);
    return known[made++].call;
}

/* The initial values on the "device": reals in the case's precision; what is written first holds zeros. */
static void upload(void *to, const struct sb_array *array, const void *from,
                   enum sb_precision precision)
{
    const int64_t count = sb_array_count(array);
    if (array->type != SB_REAL || precision == SB_DOUBLE) {
        memcpy(to, from, (size_t)count * sb_type_bytes(array->type, precision));
        return;
    }
    for (int64_t i = 0; i < count; ++i) {
        ((float *)to)[i] = (float)((const double *)from)[i];
    }
}

static int run(struct sb_counts *out, const struct sb_case *c, const struct sb_launches *launches)
{
    struct sb_host host = {0};
    void *device[SB_MAX_ARRAYS] = {NULL};
    size_t bytes[SB_MAX_ARRAYS], element[SB_MAX_ARRAYS];
    int status = -1;
    call_fn *call = load(c, launches);
    host.count = c->kernel->arrays(host.array, c);
    for (int i = 0; i < host.count; ++i) {
        const size_t count = (size_t)sb_array_count(&host.array[i]);
        element[i] = sb_type_bytes(host.array[i].type, c->precision);
        bytes[i] = count * element[i];
        host.data[i] = calloc(count + 1, 8);
        if (host.data[i] == NULL) {
            goto out;
        }
    }
    if (call == NULL || sb_counts_open(device, bytes, element, host.count) != 0) {
        goto out;
    }
    c->kernel->fill(c, &host);
    for (int i = 0; i < host.count; ++i) {
        upload(device[i], &host.array[i], host.data[i], c->precision);
    }
    sb_counted_flop = 0;
    for (int i = 0; i < launches->count; ++i) {
        sb_counts_launch();
        if (call(device, &launches->spec[i]) != 0) {
            printf("%s has no function %s\n", c->kernel->name, launches->spec[i].function);
            goto out;
        }
        sb_counts_add(out);
    }
    status = 0;
out:
    sb_counts_close();
    for (int i = 0; i < host.count; ++i) {
        free(host.data[i]);
    }
    return status;
}

/* "n 613, steps 2": the parameters that a case could have otherwise. */
static void describe(char *out, size_t room, const struct sb_case *c)
{
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; c->kernel->params[i].name != NULL && used < room; ++i) {
        const struct sb_param *param = &c->kernel->params[i];
        if (param->whole && param->choices == NULL) {
            used += (size_t)snprintf(out + used, room - used, "%s%s=%.0f", used > 0 ? " " : "",
                                     param->name, c->p[i]);
        }
    }
}

static int compare(const struct sb_case *c, const char *backend)
{
    struct sb_launches launches = {0};
    struct sb_counts counted = {0};
    struct sb_work work = {0};
    char size[TEXT];
    c->kernel->launches(&launches, c);
    c->kernel->work(&work, c);
    const int ran = run(&counted, c, &launches);
    const double flop = (double)sb_counted_flop;
    const bool equal = ran == 0 && work.flop == flop && work.read_bytes == counted.read_bytes &&
                       work.write_bytes == counted.write_bytes &&
                       work.write_allocate_bytes == counted.write_allocate_bytes;
    describe(size, sizeof size, c);
    printf("%-10s %-12s %-6s %-4s %-32s %11.0f %11.0f  %9.0f %9.0f  %9.0f %9.0f  %9.0f %9.0f  "
           "%10.0f %10.0f  %s\n",
           c->kernel->name, c->label, c->precision == SB_FLOAT ? "float" : "double", backend, size,
           work.flop, flop, work.read_bytes, counted.read_bytes, work.write_bytes,
           counted.write_bytes, work.write_allocate_bytes, counted.write_allocate_bytes,
           (double)counted.loads, (double)counted.stores, equal ? "equal" : "DIFFERENT");
    sb_launches_free(&launches);
    return equal ? 0 : 1;
}

static const struct sb_machine cpu = {
    .backend = "cpu", .cores = 2, .cache_bytes = 32e6, .simd_bytes = 32};
static const struct sb_machine gpu = {.backend = "cuda", .cores = 132, .cache_bytes = 50e6};

/* Finishes a case for counting; false where its kernel refuses it, or it would take long. */
static bool fits(struct sb_case *c, const struct sb_machine *machine)
{
    struct sb_work work = {0};
    for (int i = 0; c->kernel->params[i].name != NULL; ++i) {
        if (c->p[i] < c->kernel->params[i].least || c->p[i] > c->kernel->params[i].most) {
            return false;
        }
    }
    if (sb_case_finish(c, machine, 0, MEMORY_MOST, NULL) != 0) {
        return false;
    }
    c->kernel->work(&work, c);
    return work.flop <= FLOP_MOST;
}

/* Every parameter that changes the size of the arrays times `factor`, at least by one up or down. False where none. */
static bool resize(struct sb_case *c, double factor)
{
    const struct sb_case before = *c;
    bool changed = false;
    for (int i = 0; c->kernel->params[i].name != NULL; ++i) {
        const struct sb_param *param = &c->kernel->params[i];
        if (!param->whole || param->choices != NULL) {
            continue;
        }
        double value = (double)(int64_t)(before.p[i] * factor) + (factor > 1);
        value = value < param->least ? param->least : value > param->most ? param->most : value;
        struct sb_case alone = before;
        alone.p[i] = value;
        if (sb_case_device_bytes(&alone) != sb_case_device_bytes(&before)) {
            c->p[i] = value;
            changed = true;
        }
    }
    return changed && fits(c, &cpu);
}

/* Size one of a row is its own; then as many others as can be had of these factors, two at most. */
static int check_row(int *sizes, const struct sb_kernel *kernel, const struct sb_preset *row)
{
    static const double factors[] = {1.37, 0.5, 1.01, 0.3, 2.1, 0.8};
    struct sb_case c;
    int wrong = 0, more = 0;
    sb_case_init(&c, kernel, row);
    c.variant = "portable";
    c.seed = 20260101;
    const struct sb_case asked = c;
    if (!fits(&c, &cpu)) {
        printf("%s/%s@tiny is too large to be counted\n", kernel->name, c.label);
        return 1;
    }
    wrong += compare(&c, "cpu");
    for (size_t i = 0; i < sizeof factors / sizeof *factors && more < 2; ++i) {
        struct sb_case other = c;
        if (resize(&other, factors[i])) {
            wrong += compare(&other, "cpu");
            ++more;
        }
    }
    c = asked;
    if (fits(&c, &gpu)) {
        wrong += compare(&c, "cuda");
    }
    *sizes = 1 + more > *sizes ? 1 + more : *sizes;
    return wrong;
}

static bool wanted(const char *name, char **names)
{
    bool any = false, found = false;
    for (; *names != NULL; ++names) {
        any = true;
        found = found || strcmp(*names, name) == 0;
    }
    return found || !any;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s ROOT FOLDER [KERNEL…]\n", argv[0]);
        return 2;
    }
    root = argv[1];
    folder = argv[2];
    int wrong = 0, kernels = 0;
    printf("%-10s %-12s %-6s %-4s %-32s %11s %11s  %9s %9s  %9s %9s  %9s %9s  %10s %10s\n",
           "kernel", "label", "real", "tune", "size", "flop", "counted", "B read", "counted",
           "B written", "counted", "B alloc", "counted", "loads", "stores");
    for (int k = 0; sb_kernels[k] != NULL; ++k) {
        int sizes = 0;
        if (!wanted(sb_kernels[k]->name, argv + 3)) {
            continue;
        }
        for (const struct sb_preset *row = sb_kernels[k]->presets; row->preset != NULL; ++row) {
            wrong += strcmp(row->preset, "tiny") == 0 ? check_row(&sizes, sb_kernels[k], row) : 0;
        }
        if (sizes < 3) {
            printf("%s was counted at %d sizes only\n", sb_kernels[k]->name, sizes);
            ++wrong;
        }
        ++kernels;
    }
    printf("%d kernels, %d differences. B alloc: what a cache without streaming stores reads more; "
           "it is in no other "
           "column. loads and stores: elements, as executed.\n",
           kernels, wrong);
    return wrong > 0 || kernels == 0;
}
