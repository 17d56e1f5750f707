/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/catalogue.h"

#include "harness/cli/probe.h"
#include "harness/plan/cells.h"
#include "harness/plan/kernels.h"
#include "harness/util/json.h"
#include "harness/util/text.h"

#include <math.h>
#include <string.h>

typedef int (*add_kernel)(struct sb_table *table, const struct sb_kernel *kernel,
                          const char *folder, struct sb_error *err);

static int each_kernel(struct sb_table *table, const struct sb_strings *kernels, add_kernel add,
                       struct sb_error *err)
{
    char folder[1024];
    for (int i = 0; kernels->count ? i < kernels->count : sb_kernels[i] != NULL; ++i) {
        const struct sb_kernel *kernel = NULL;
        const char *name = kernels->count ? kernels->item[i] : sb_kernels[i]->name;
        int rc = sb_kernel_find(&kernel, folder, sizeof folder, name, err);
        rc = rc ? rc : add(table, kernel, folder, err);
        if (rc) {
            return rc;
        }
    }
    return SB_OK;
}

/* Adds @p word to the list in @p out unless it is there already. */
static void list_add(char *out, size_t room, const char *word)
{
    const size_t length = strlen(word);
    if (length == 0) {
        return;
    }
    for (const char *at = strstr(out, word); at; at = strstr(at + 1, word)) {
        const bool begins = at == out || at[-1] == ' ';
        if (begins && (at[length] == ',' || at[length] == '\0')) {
            return;
        }
    }
    const size_t used = strlen(out);
    snprintf(out + used, room - used, "%s%s", used ? ", " : "", word);
}

static int add_kernel_row(struct sb_table *table, const struct sb_kernel *kernel,
                          const char *folder, struct sb_error *err)
{
    struct sb_variants variants;
    const int rc = sb_variants_find(&variants, kernel, folder, err);
    if (rc) {
        return rc;
    }
    char presets[128] = "";
    char labels[256] = "";
    char names[128] = "";
    for (const struct sb_preset *p = kernel->presets; p->preset; ++p) {
        list_add(presets, sizeof presets, p->preset);
        list_add(labels, sizeof labels, p->label ? p->label : "");
    }
    for (int i = 0; i < variants.count; ++i) {
        char text[72];
        const struct sb_variant *v = &variants.item[i];
        snprintf(text, sizeof text, "%s%s%s%s", v->name, v->backend[0] ? " (" : "", v->backend,
                 v->backend[0] ? ")" : "");
        list_add(names, sizeof names, text);
    }
    char ranks[24];
    snprintf(ranks, sizeof ranks, "%d", kernel->ranks_most > 1 ? kernel->ranks_most : 1);
    sb_table_text(table, kernel->name);
    sb_table_text(table, kernel->title);
    sb_table_text(table, labels);
    sb_table_text(table, names);
    sb_table_text(table, (kernel->precisions & 3U) == 3U         ? "double, float"
                         : kernel->precisions & (1U << SB_FLOAT) ? "float"
                                                                 : "double");
    sb_table_text(table, presets);
    sb_table_text(table, ranks);
    sb_table_text(table, kernel->source);
    sb_table_text(table, folder);
    return SB_OK;
}

int sb_catalogue_kernels(struct sb_table *table, const struct sb_strings *kernels,
                         struct sb_error *err)
{
    static const struct sb_column columns[] = {
        {"kernel", "kernel", false},    {"title", "what", false},
        {"labels", "cases", false},     {"variants", "variants", false},
        {"precisions", "reals", false}, {"presets", NULL, false},
        {"ranks_most", NULL, false},    {"source", NULL, false},
        {"folder", NULL, false},        {NULL, NULL, false},
    };
    sb_table_init(table, columns);
    return each_kernel(table, kernels, add_kernel_row, err);
}

static void show_value(char *out, size_t room, const struct sb_param *param, double value)
{
    if (param->choices) {
        snprintf(out, room, "%s", param->choices[(int)value]);
    } else {
        snprintf(out, room, "%.15g", value);
    }
}

static int add_preset_rows(struct sb_table *table, const struct sb_kernel *kernel,
                           const char *folder, struct sb_error *err)
{
    (void)folder;
    (void)err;
    struct sb_machine machine;
    sb_machine_here(&machine, "cpu");
    for (const struct sb_preset *p = kernel->presets; p->preset; ++p) {
        struct sb_case c;
        struct sb_error refused = {0};
        sb_case_init(&c, kernel, p);
        const int rc = sb_case_finish(&c, &machine, 0, sb_memory_allowed(), &refused);
        char text[512] = "";
        for (int i = 0; kernel->params[i].name; ++i) {
            char value[64];
            const size_t used = strlen(text);
            show_value(value, sizeof value, &kernel->params[i], c.p[i]);
            snprintf(text + used, sizeof text - used, "%s%s=%s", used ? " " : "",
                     kernel->params[i].name, value);
        }
        sb_table_text(table, kernel->name);
        sb_table_text(table, p->preset);
        sb_table_text(table, p->label);
        sb_table_text(table, p->precision == SB_FLOAT ? "float" : "double");
        sb_table_text(table, text);
        const double bytes = rc == SB_OK ? sb_case_device_bytes(&c) : NAN;
        sb_text_bytes(text, sizeof text, bytes);
        sb_table_number(table, bytes, text);
        sb_table_text(table, refused.text);
    }
    return SB_OK;
}

int sb_catalogue_presets(struct sb_table *table, const struct sb_strings *kernels,
                         struct sb_error *err)
{
    static const struct sb_column columns[] = {
        {"kernel", "kernel", false},
        {"preset", "preset", false},
        {"label", "case", false},
        {"precision", "real", false},
        {"parameters", "parameters", false},
        {"device_bytes", "memory", true},
        {"refused", "refused here", false},
        {NULL, NULL, false},
    };
    sb_table_init(table, columns);
    return each_kernel(table, kernels, add_preset_rows, err);
}

static int add_parameter_rows(struct sb_table *table, const struct sb_kernel *kernel,
                              const char *folder, struct sb_error *err)
{
    (void)folder;
    (void)err;
    for (const struct sb_param *p = kernel->params; p->name; ++p) {
        char choices[256] = "";
        char usual[64];
        for (int i = 0; p->choices && p->choices[i]; ++i) {
            list_add(choices, sizeof choices, p->choices[i]);
        }
        show_value(usual, sizeof usual, p, p->usual);
        sb_table_text(table, kernel->name);
        sb_table_text(table, p->name);
        sb_table_text(table, p->unit);
        sb_table_text(table, usual);
        sb_table_number(table, p->choices ? NAN : p->least, NULL);
        sb_table_number(table, p->choices ? NAN : p->most, NULL);
        sb_table_text(table, choices);
        sb_table_text(table, p->help);
    }
    return SB_OK;
}

int sb_catalogue_parameters(struct sb_table *table, const struct sb_strings *kernels,
                            struct sb_error *err)
{
    static const struct sb_column columns[] = {
        {"kernel", "kernel", false},  {"parameter", "parameter", false}, {"unit", "unit", false},
        {"usual", "usual", true},     {"least", "least", true},          {"most", "most", true},
        {"choices", "one of", false}, {"help", "what", false},           {NULL, NULL, false},
    };
    sb_table_init(table, columns);
    return each_kernel(table, kernels, add_parameter_rows, err);
}

static void add_device_row(struct sb_table *table, const json_t *backend, const json_t *device)
{
    char text[64];
    sb_table_text(table, sb_json_text_or(backend, "name", ""));
    sb_table_text(table, sb_json_text_or(backend, "title", ""));
    sb_table_number(table, sb_json_real_or(device, "number", NAN), NULL);
    sb_table_text(table, sb_json_text_or(device, "name", ""));
    sb_table_text(table, sb_json_text_or(device, "vendor", ""));
    sb_table_text(table, sb_json_text_or(device, "driver", ""));
    sb_table_text(table, sb_json_text_or(device, "target", ""));
    sb_table_number(table, sb_json_real_or(device, "cores", NAN), NULL);
    const double bytes = sb_json_real_or(device, "memory_bytes", NAN);
    sb_text_bytes(text, sizeof text, bytes);
    sb_table_number(table, bytes > 0 ? bytes : NAN, text);
    sb_table_text(table, device ? "" : sb_json_text_or(backend, "reason", ""));
    sb_table_text(table, device ? "" : sb_json_text_or(backend, "remedy", ""));
}

static const char *backend_name(int i, const void *payload)
{
    return sb_json_text_or(json_array_get(payload, (size_t)i), "name", "");
}

static int check_backends(const struct sb_strings *names, const json_t *backends,
                          struct sb_error *err)
{
    for (int i = 0; i < names->count; ++i) {
        size_t at = 0;
        while (at < json_array_size(backends) &&
               strcmp(backend_name((int)at, backends), names->item[i]) != 0) {
            ++at;
        }
        if (at < json_array_size(backends)) {
            continue;
        }
        const char *near = sb_text_closest(names->item[i], (int)at, backend_name, backends);
        return sb_fail(err, SB_ENOTFOUND, "unknown backend '%s'%s%s%s", names->item[i],
                       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return SB_OK;
}

int sb_catalogue_backends(struct sb_table *table, const struct sb_strings *names,
                          struct sb_error *err)
{
    static const struct sb_column columns[] = {
        {"backend", "backend", false},    {"title", NULL, false},
        {"device", "device", true},       {"name", "name", false},
        {"vendor", NULL, false},          {"driver", "driver", false},
        {"target", "target", false},      {"cores", "cores", true},
        {"memory_bytes", "memory", true}, {"reason", "absent because", false},
        {"remedy", "remedy", false},      {NULL, NULL, false},
    };
    sb_table_init(table, columns);
    json_t *probe = NULL;
    int rc = sb_probe_runner(&probe, err);
    if (rc) {
        return rc;
    }
    const json_t *backends = json_object_get(probe, "backends");
    rc = check_backends(names, backends, err);
    size_t i = 0;
    const json_t *backend = NULL;
    json_array_foreach (backends, i, backend) {
        if (rc || (names->count && !sb_strings_has(names, sb_json_text_or(backend, "name", "")))) {
            continue;
        }
        size_t d = 0;
        const json_t *device = NULL;
        const json_t *devices = json_object_get(backend, "devices");
        json_array_foreach (devices, d, device) {
            add_device_row(table, backend, device);
        }
        if (d == 0) {
            add_device_row(table, backend, NULL);
        }
    }
    json_decref(probe);
    return rc;
}
