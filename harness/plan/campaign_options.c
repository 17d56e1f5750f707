/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/plan/option.h"

#define AT(member) offsetof(struct sb_campaign, member)

static const char *const maths[] = {"fast", "strict", NULL};
static const char *const reals[] = {"double", "float", NULL};
static const char *const index_bits[] = {"0", "32", "64", NULL};

const struct sb_option sb_campaign_options[] = {
    {.type = SB_OPTION_TEXT, .flag = "name", .letter = 'n', .key = "name", .value = "NAME", .usual = "default",
     .letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-",
     .help = "name of the campaign: letters, digits, '.', '_' and '-'", .offset = AT(name)},
    {.type = SB_OPTION_CSV, .key = "kernels", .value = "NAME,…", .usual = "all",
     .help = "kernels by name, or folders by path (with a '/')", .offset = AT(kernels)},
    {.type = SB_OPTION_CSV, .flag = "presets", .letter = 'p', .key = "presets", .value = "NAME,…", .usual = "small",
     .help = "sizes of problem: tiny, small, medium, large", .offset = AT(presets)},
    {.type = SB_OPTION_CSV, .flag = "backends", .letter = 'b', .key = "backends", .value = "NAME,…",
     .usual = "cpu,opencl", .help = "what compiles and executes", .offset = AT(backends)},
    {.type = SB_OPTION_CSV, .flag = "variants", .letter = 'v', .key = "variants", .value = "NAME,…", .usual = "all",
     .help = "implementations: portable, native, vendor", .offset = AT(variants)},
    {.type = SB_OPTION_CSV, .flag = "targets", .key = "targets", .value = "NAME,…", .usual = "native",
     .help = "architectures to compile for, as the backend calls them", .offset = AT(targets)},
    {.type = SB_OPTION_CSV, .flag = "labels", .letter = 'l', .key = "labels", .value = "NAME,…", .usual = "all",
     .help = "only the cases of a preset with these labels", .offset = AT(labels)},
    {.type = SB_OPTION_CSV, .flag = "reals", .key = "reals", .value = "TYPE,…", .usual = "as the preset says",
     .choices = reals, .help = "type of real numbers: double, float", .offset = AT(precisions)},
    {.type = SB_OPTION_CSV, .flag = "maths", .key = "maths", .value = "MODE,…", .usual = "fast", .choices = maths,
     .help = "fast, or strict: the same bits from every backend", .offset = AT(maths)},
    {.type = SB_OPTION_SWEEP, .flag = "set", .letter = 's', .key = "parameters", .value = "[KERNEL.]P=V,…",
     .help = "a parameter's values; FROM:TO:STEP is a range; may be repeated", .offset = 0},
    {.type = SB_OPTION_INTEGER, .flag = "repeat", .letter = 'r', .key = "repeat", .value = "N", .usual = "1",
     .least = 1, .most = 10000, .help = "independent replicas of every cell", .offset = AT(repeat)},
    {.type = SB_OPTION_PERCENT, .flag = "precision", .key = "precision", .env = "SWITCHBENCH_PRECISION",
     .value = "SHARE", .usual = "1%", .least = 1e-6, .most = 1,
     .help = "stop when the 95 % interval of the median is within this", .offset = AT(precision)},
    {.type = SB_OPTION_SECONDS, .flag = "budget", .key = "budget", .env = "SWITCHBENCH_BUDGET", .value = "TIME",
     .usual = "2s", .least = 0, .most = 86400, .help = "or when sampling a cell took so long",
     .offset = AT(budget_s)},
    {.type = SB_OPTION_INTEGER, .flag = "samples", .key = "samples", .value = "N", .usual = "0", .least = 0,
     .most = 1e9, .help = "or when a cell has so many samples (0: no bound)", .offset = AT(samples_most)},
    {.type = SB_OPTION_SECONDS, .flag = "time-limit", .letter = 't', .key = "time_limit",
     .env = "SWITCHBENCH_TIME_LIMIT", .value = "TIME", .usual = "10m", .least = 1e-3, .most = 30 * 86400,
     .help = "a cell that takes longer is ended and has failed", .offset = AT(time_limit_s)},
    {.type = SB_OPTION_BYTES, .flag = "memory-limit", .letter = 'm', .key = "memory_limit",
     .env = "SWITCHBENCH_MEMORY_LIMIT", .value = "BYTES", .usual = "0", .least = 0, .most = 0x1p60,
     .help = "memory a cell may use (0: what the machine allows)", .offset = AT(memory_limit_bytes)},
    {.type = SB_OPTION_INTEGER, .flag = "threads", .letter = 'j', .key = "threads", .env = "SWITCHBENCH_THREADS",
     .value = "N", .usual = "0", .least = 0, .most = 65536, .help = "threads on the cpu (0: all allowed cores)",
     .offset = AT(threads)},
    {.type = SB_OPTION_INTEGER, .flag = "index-bits", .key = "index_bits", .value = "N", .usual = "0", .least = 0,
     .most = 64, .choices = index_bits, .help = "width of index_t: 32, 64 (0: 32 where the arrays allow)",
     .offset = AT(index_bits)},
    {.type = SB_OPTION_SEED, .flag = "seed", .key = "seed", .env = "SWITCHBENCH_SEED", .value = "N", .usual = "0",
     .help = "seed of all random inputs (0: a fresh one, recorded)", .offset = AT(seed)},
    {.type = SB_OPTION_FLAG, .flag = "pictures", .key = "pictures",
     .help = "write PNG pictures of the results into the campaign", .offset = AT(pictures)},
    {.type = SB_OPTION_END},
};
