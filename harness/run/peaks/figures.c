/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/peaks/parts.h"

#include "harness/util/json.h"

#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static const char *unit_of(const struct sb_peaks_probe *probe)
{
    return !probe->rate ? "ns" : strcmp(probe->what, "flop_rate") == 0 ? "flop/s" : "B/s";
}

static const char *precision_of(const struct sb_peaks_probe *probe)
{
    return probe->precision == SB_FLOAT ? "float" : "double";
}

static bool same_text(const json_t *figure, const char *member, const char *text)
{
    return strcmp(sb_json_text_or(figure, member, ""), text ? text : "") == 0;
}

const json_t *sb_peaks_same(const json_t *figures, const struct sb_peaks_probe *probe)
{
    const bool flop = strcmp(probe->what, "flop_rate") == 0;
    size_t i = 0;
    const json_t *figure = NULL;
    json_array_foreach (figures, i, figure) {
        if (same_text(figure, "what", probe->what) && same_text(figure, "level", probe->level) &&
            same_text(figure, "loop", probe->loop) &&
            (!flop || (same_text(figure, "precision", precision_of(probe)) &&
                       sb_json_integer_or(figure, "vectors", 0) == probe->width))) {
            return figure;
        }
    }
    return NULL;
}

static double value_of(const struct sb_peaks_probe *probe, double time_ns)
{
    const double amount = probe->amount * probe->steps;
    return probe->rate ? amount / (time_ns * 1e-9) : time_ns / amount;
}

static json_t *figure_of(const struct sb_peaks_probe *probe, int threads)
{
    double t[SB_PEAKS_SAMPLES];
    const int n = probe->times;
    memcpy(t, probe->time_ns, sizeof t);
    qsort(t, (size_t)n, sizeof *t, by_value);
    const double median = n % 2 ? t[n / 2] : (t[n / 2 - 1] + t[n / 2]) / 2;
    json_t *out = json_pack("{s:s,s:s*,s:s*,s:i,s:s,s:f,s:f,s:f,s:i,s:i,s:s}", "what", probe->what,
                            "level", probe->level, "loop", probe->loop, "threads",
                            strcmp(probe->what, "latency") == 0 ? 1 : threads, "unit",
                            unit_of(probe), "best", value_of(probe, t[0]), "median",
                            value_of(probe, median), "spread", (t[(3 * n) / 4] - t[n / 4]) / median,
                            "samples", n, "steps", probe->steps, "how", probe->how);
    if (strcmp(probe->what, "flop_rate") == 0) {
        json_object_set_new(out, "precision", json_string(precision_of(probe)));
        json_object_set_new(out, "vectors", json_integer(probe->width));
    }
    if (probe->vector_bits > 0) {
        json_object_set_new(out, "vector_bits", json_integer(probe->vector_bits));
    }
    if (probe->bytes > 0) {
        json_object_set_new(out, "bytes", json_integer((json_int_t)probe->bytes));
    }
    return out;
}

json_t *sb_peaks_figures(const struct sb_peaks_probe *probes, int count, int threads)
{
    json_t *out = json_array();
    for (int i = 0; i < count; ++i) {
        if (!probes[i].absent && probes[i].times > 0) {
            json_array_append_new(out, figure_of(&probes[i], threads));
        }
    }
    return out;
}
