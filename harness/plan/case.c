/* SPDX-License-Identifier: Apache-2.0 */
/* Resolving a case: parameters, tuning, index width, memory. */
#include "harness/plan/kernels.h"

#include "harness/util/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIT_SHARE                                                                                  \
    (1.0 / 12) /* of the allowed memory: verification holds several copies as double */
#define FIT_MOST 4294967296.0

static int param_index(const struct sb_kernel *kernel, const char *name)
{
    for (int i = 0; kernel->params[i].name; ++i) {
        if (strcmp(kernel->params[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

void sb_case_init(struct sb_case *out, const struct sb_kernel *kernel,
                  const struct sb_preset *preset)
{
    memset(out, 0, sizeof *out);
    out->kernel = kernel;
    out->label = preset->label ? preset->label : "";
    out->variant = "portable";
    out->precision = preset->precision;
    out->index_bits = 32;
    out->ranks = 1;
    for (int i = 0; kernel->params[i].name; ++i) {
        out->p[i] = kernel->params[i].usual;
    }
    for (int i = 0; i < SB_MAX_PARAMS && preset->settings[i].name; ++i) {
        const int at = param_index(kernel, preset->settings[i].name);
        if (at >= 0) {
            out->p[at] = preset->settings[i].value;
        }
    }
    if (preset->fit && kernel->fit) {
        static double allowed;
        allowed = allowed > 0 ? allowed : sb_memory_allowed();
        const double share = allowed * FIT_SHARE;
        kernel->fit(out->p, out->precision, share < FIT_MOST ? share : FIT_MOST);
    }
}

static const char *param_name(int i, const void *payload)
{
    return ((const struct sb_kernel *)payload)->params[i].name;
}

static const char *choice_name(int i, const void *payload)
{
    return ((const struct sb_param *)payload)->choices[i];
}

static int set_choice(double *out, const struct sb_kernel *kernel, const struct sb_param *param,
                      const char *value, struct sb_error *err)
{
    int count = 0;
    for (; param->choices[count]; ++count) {
        if (strcmp(param->choices[count], value) == 0) {
            *out = count;
            return 0;
        }
    }
    const char *closest = sb_text_closest(value, count, choice_name, param);
    return sb_fail(err, SB_ENOTFOUND,
                   closest ? "%s.%s has no choice '%s': did you mean '%s'?"
                           : "%s.%s has no choice '%s'",
                   kernel->name, param->name, value, closest);
}

int sb_case_set(struct sb_case *c, const char *name, const char *value, struct sb_error *err)
{
    const struct sb_kernel *kernel = c->kernel;
    const int at = param_index(kernel, name);
    if (at < 0) {
        int count = 0;
        while (kernel->params[count].name) {
            ++count;
        }
        const char *closest = sb_text_closest(name, count, param_name, kernel);
        return sb_fail(err, SB_ENOTFOUND,
                       closest ? "kernel %s has no parameter '%s': did you mean '%s'?"
                               : "kernel %s has no parameter '%s'",
                       kernel->name, name, closest);
    }
    const struct sb_param *param = &kernel->params[at];
    if (param->choices) {
        return set_choice(&c->p[at], kernel, param, value, err);
    }
    char *end = NULL;
    const double number = strtod(value, &end);
    if (end == value || *end != '\0' || !isfinite(number)) {
        return sb_fail(err, SB_EINVAL, "%s.%s: expected a number, not '%s'", kernel->name, name,
                       value);
    }
    if (number < param->least || number > param->most) {
        return sb_fail(err, SB_EINVAL, "%s.%s = %s is out of bounds: %.15g … %.15g %s",
                       kernel->name, name, value, param->least, param->most, param->unit);
    }
    if (param->whole && number != floor(number)) {
        return sb_fail(err, SB_EINVAL, "%s.%s = %s: expected a whole number", kernel->name, name,
                       value);
    }
    c->p[at] = number;
    return 0;
}

void sb_case_tune(struct sb_case *c, const struct sb_machine *machine)
{
    const struct sb_tuning *tunings = c->kernel->tunings;
    for (int i = 0; tunings && tunings[i].name; ++i) {
        c->tuning[i] = tunings[i].usual;
        for (int b = 0; b < 4 && tunings[i].backends[b].name; ++b) {
            if (strcmp(tunings[i].backends[b].name, machine->backend) == 0) {
                c->tuning[i] = (int)tunings[i].backends[b].value;
            }
        }
    }
    if (c->kernel->tune) {
        c->kernel->tune(c, machine);
    }
}

/* Visits every array; returns bytes on the device, or on the host as double. */
static double total_bytes(const struct sb_case *c, bool host, double *out_largest)
{
    struct sb_array arrays[SB_MAX_ARRAYS];
    const int count = c->kernel->arrays(arrays, c);
    double bytes = 0;
    double largest = 0;
    for (int i = 0; i < count; ++i) {
        double elements = 1; /* in double: 2^63 must not wrap before it is refused */
        for (int r = 0; r < arrays[i].rank; ++r) {
            elements *= (double)arrays[i].shape[r];
        }
        const enum sb_precision precision = host ? SB_DOUBLE : c->precision;
        const double size = elements * (double)sb_type_bytes(arrays[i].type, precision);
        bytes += size;
        largest = size > largest ? size : largest;
    }
    if (out_largest) {
        *out_largest = largest;
    }
    return bytes;
}

double sb_case_device_bytes(const struct sb_case *c)
{
    return total_bytes(c, false, NULL);
}

double sb_case_host_bytes(const struct sb_case *c)
{
    double largest = 0;
    const double copies = total_bytes(c, true, &largest);
    const double verify = c->kernel->verify_bytes ? c->kernel->verify_bytes(c) : 2 * copies;
    return 2 * copies + largest + verify;
}

static int check_arrays(const struct sb_case *c, struct sb_error *err)
{
    struct sb_array arrays[SB_MAX_ARRAYS] = {0};
    const int count = c->kernel->arrays(arrays, c);
    if (count < 1 || count > SB_MAX_ARRAYS) {
        return sb_fail(err, SB_EINVAL, "kernel %s: expected 1 to %d arrays, got %d",
                       c->kernel->name, SB_MAX_ARRAYS, count);
    }
    for (int i = 0; i < count; ++i) {
        if (!arrays[i].name || arrays[i].rank < 1 || arrays[i].rank > SB_MAX_RANK) {
            return sb_fail(err, SB_EINVAL,
                           "kernel %s: array %d: expected a name and rank 1 to %d, got rank %d",
                           c->kernel->name, i, SB_MAX_RANK, arrays[i].rank);
        }
        for (int r = 0; r < arrays[i].rank; ++r) {
            if (arrays[i].shape[r] < 1) {
                return sb_fail(err, SB_EINVAL,
                               "kernel %s: array '%s': expected a shape of 1 or more, got %lld",
                               c->kernel->name, arrays[i].name, (long long)arrays[i].shape[r]);
            }
        }
    }
    return 0;
}

static bool needs_64_bits(const struct sb_case *c)
{
    struct sb_array arrays[SB_MAX_ARRAYS];
    const int count = c->kernel->arrays(arrays, c);
    for (int i = 0; i < count; ++i) {
        double elements = 1;
        for (int r = 0; r < arrays[i].rank; ++r) {
            elements *= (double)arrays[i].shape[r];
        }
        if (elements >= 2147483648.0) {
            return true;
        }
    }
    return false;
}

int sb_case_finish(struct sb_case *c, const struct sb_machine *machine, int index_bits,
                   double memory_bytes, struct sb_error *err)
{
    const struct sb_kernel *kernel = c->kernel;
    if (!(kernel->precisions & (1U << c->precision))) {
        return sb_fail(err, SB_EINVAL, "kernel %s has no %s form", kernel->name,
                       c->precision == SB_FLOAT ? "float" : "double");
    }
    sb_case_tune(c, machine);
    const char *refused = kernel->refuse ? kernel->refuse(c) : NULL;
    if (refused) {
        return sb_fail(err, SB_EINVAL, "%s: %s", kernel->name, refused);
    }
    const int code = check_arrays(c, err);
    if (code != 0) {
        return code;
    }
    const bool wide = needs_64_bits(c);
    if (wide && index_bits == 32) {
        return sb_fail(err, SB_EINVAL,
                       "%s: an array has 2^31 elements or more, which 32-bit indices cannot reach",
                       kernel->name);
    }
    c->index_bits = wide || index_bits == 64 ? 64 : 32;
    const double device = sb_case_device_bytes(c);
    const double host = sb_case_host_bytes(c);
    if (device + host > memory_bytes) {
        char needed[32];
        char arrays[32];
        char allowed[32];
        sb_text_bytes(needed, sizeof needed, device + host);
        sb_text_bytes(arrays, sizeof arrays, device);
        sb_text_bytes(allowed, sizeof allowed, memory_bytes);
        return sb_fail(
            err, SB_ELIMIT,
            "%s%s%s does not fit: it needs %s (arrays %s, the rest to verify them), %s are allowed",
            kernel->name, *c->label ? "/" : "", c->label, needed, arrays, allowed);
    }
    return 0;
}
