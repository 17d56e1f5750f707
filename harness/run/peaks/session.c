/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/peaks/parts.h"

#include "harness/plan/kernels.h"
#include "harness/run/node.h"
#include "harness/util/embedded.h"
#include "harness/util/fs.h"
#include "harness/util/text.h"
#include "kernels/toolbox.h"

#include <stdlib.h>
#include <string.h>

#define GPU_BLOCK 256
#define GPU_BLOCKS_A_CORE 4 /* 1024 threads: resident at once on every device, in one wave */
#define BLOCKS_A_CORE 4     /* of one thread each, on a processor: what ends early takes another */
/* clang, which is PoCL's compiler, splits wider ones, and then keeps few of them in registers: half the rate. */
#define VECTOR_BYTES_MOST 32
#define LINE_BYTES 64

/* probes.*.c */
extern const struct sb_embedded sb_peaks_sources[];

/* The compilers read files: the sources lie in the cache, in a folder of their content. */
static int place_sources(char *out, size_t room, const char *wanted, struct sb_error *err)
{
    struct sb_hash *hash = sb_hash_new();
    char digest[65], name[96], folder[1024];
    if (!hash) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    for (const struct sb_embedded *file = sb_peaks_sources; file->name; ++file) {
        sb_hash_add_text(hash, file->bytes);
    }
    sb_hash_finish(hash, digest);
    snprintf(name, sizeof name, "peaks/probes-%.16s", digest);
    int code = sb_fs_cache(folder, sizeof folder, name, err);
    code = code != 0 ? code : sb_fs_join(out, room, folder, wanted, err);
    for (const struct sb_embedded *file = sb_peaks_sources; code == 0 && file->name; ++file) {
        if (strcmp(file->name, wanted) == 0) {
            code = sb_fs_write(out, file->bytes, file->length, err);
        }
    }
    return code;
}

static int find_device(struct sb_peaks_session *s, struct sb_error *err)
{
    static struct sb_probe found;
    if (s->backend->absent_reason) {
        return sb_fail(err, SB_EABSENT, "%s", s->backend->absent_reason);
    }
    s->backend->probe(&found);
    if (found.count == 0) {
        return sb_fail(err, SB_EABSENT, found.remedy[0] ? "%s (%s)" : "%s", found.reason,
                       found.remedy);
    }
    s->device = found.device[0];
    return s->device.emulated[0]
               ? sb_fail(err, SB_EABSENT,
                         "%s stands in for the device: what it does takes no time "
                         "that means anything",
                         s->device.emulated)
               : 0;
}

/* Elements of the arrays, blocks, chains: by the working sets of the levels. */
static void size_up(struct sb_peaks_session *s)
{
    const struct sb_peaks_level *memory = &s->level[s->levels - 1];
    const int cores = s->device.cores > 0 ? s->device.cores : 1;
    const bool vectors = s->device.simd_bytes >= 16;
    s->widths = strcmp(s->backend->name, "cpu") == 0;
    s->blocks = cores * (vectors ? BLOCKS_A_CORE : GPU_BLOCKS_A_CORE);
    for (int p = 0; p < 2; ++p) {
        const int bytes = p == SB_FLOAT ? 4 : 8;
        s->c[p] = (struct sb_case){.kernel = &sb_peaks_kernel,
                                   .label = "",
                                   .variant = s->widths ? "native" : "portable",
                                   .precision = (enum sb_precision)p,
                                   .maths = s->widths ? SB_FAST : SB_STRICT,
                                   .index_bits = 64};
        s->c[p].tuning[SB_PEAKS_BX] = vectors ? 1 : GPU_BLOCK;
        const int wide =
            s->device.simd_bytes < VECTOR_BYTES_MOST ? s->device.simd_bytes : VECTOR_BYTES_MOST;
        s->c[p].tuning[SB_PEAKS_NV] = vectors ? wide / bytes : 1;
    }
    /* room for the shift of B and C that probes.native.cpu.c makes */
    s->n = (int64_t)(memory->set / 3 / 8) + 1024;
    for (int l = 0; l < s->levels; ++l) {
        const double set = l == s->levels - 1 ? memory->set / 3 : s->level[l].set;
        const int64_t lines = (int64_t)(set / LINE_BYTES);
        s->first[l + 1] = s->first[l] + lines * (LINE_BYTES / 4);
    }
}

/* Every function once. */
static void list_functions(struct sb_launches *out, const struct sb_peaks_session *s)
{
    static const char *const loops[] = {"load", "copy", "triad", "copy_stream", "triad_stream"};
    struct sb_peaks_probe probe = {.n = s->n};
    for (int i = 0; i < 5; ++i) {
        probe.what = "bandwidth";
        probe.loop = loops[i];
        sb_peaks_launches(out, s, &probe, 1);
    }
    for (int i = 0; i < (s->widths ? 10 : 2); ++i) {
        probe.what = "flop_rate";
        probe.loop = i % 2 ? "fma" : "mul_add";
        probe.width = sb_peaks_widths[i / 2];
        sb_peaks_launches(out, s, &probe, 1);
    }
    probe.what = "latency";
    sb_peaks_launches(out, s, &probe, 1);
    probe.what = "launch";
    probe.amount = 1;
    sb_peaks_launches(out, s, &probe, 1);
}

/* The source of the probes in that precision, as compilers want it; @p file and @p cache have room for 1100 bytes. */
static int describe(struct sb_source *out, char *file, char *cache, char *dialect,
                    const struct sb_peaks_session *s, int precision, struct sb_error *err)
{
    snprintf(dialect, 1100, "%.1000s/dialect", sb_kernels_folder());
    *out = (struct sb_source){.c = &s->c[precision],
                              .folder = dialect,
                              .file = file,
                              .include = sb_kernels_folder(),
                              .target = s->device.target,
                              .cache = cache,
                              .threads = s->threads,
                              .stream_stores = true, /* in FILL_1D, for memory alone */
                              .launches = &s->all};
    const int code =
        place_sources(file, 1100, s->widths ? "probes.native.cpu.c" : "probes.dev.c", err);
    return code != 0 ? code : sb_fs_cache(cache, 1100, "code", err);
}

int sb_peaks_compile(struct sb_peaks_session *s, int precision, struct sb_error *err)
{
    char file[1100], cache[1100], dialect[1100];
    struct sb_source source;
    const int code = describe(&source, file, cache, dialect, s, precision, err);
    return code != 0 ? code : s->backend->compile(&s->artifact[precision], &source, err);
}

/* The bandwidth's precision has the arrays; the other none to speak of. */
static int open_one(struct sb_peaks_session *s, int precision, bool whole, struct sb_error *err)
{
    char file[1100], cache[1100], dialect[1100];
    struct sb_source source;
    struct sb_case *c = &s->c[precision];
    c->p[SB_PEAKS_N] = whole ? (double)s->n : 1;
    c->p[SB_PEAKS_CHAINED] = whole ? (double)s->first[s->levels] : 1;
    c->p[SB_PEAKS_OUTS] = (double)s->blocks * c->tuning[SB_PEAKS_BX] + 64;
    const struct sb_exec_options options = {.device = s->device.number,
                                            .threads = s->threads,
                                            .cpus = s->cpus,
                                            .cpu_count = s->cpu_count,
                                            .flush_denormals = true};
    int code = sb_peaks_compile(s, precision, err);
    code = code != 0 ? code : describe(&source, file, cache, dialect, s, precision, err);
    code = code != 0 ? code : s->backend->open(&s->exec[precision], &options, err);
    code = code != 0 ? code
                     : s->backend->load(s->exec[precision], &s->artifact[precision], &source, err);
    struct sb_array array[SB_MAX_ARRAYS];
    for (int i = 0; code == 0 && i < c->kernel->arrays(array, c); ++i) {
        const size_t bytes =
            (size_t)sb_array_count(&array[i]) * sb_type_bytes(array[i].type, c->precision);
        code = s->backend->allocate(s->exec[precision], i, array[i].name, bytes, err);
    }
    return code;
}

/* One cycle through the first element of every line of [begin, end), in random order (Sattolo, 1986). */
static void chain_lines(uint32_t *chain, int64_t begin, int64_t end, uint64_t seed)
{
    const int64_t line = LINE_BYTES / 4, lines = (end - begin) / line;
    for (int64_t i = 0; i < lines; ++i) {
        chain[begin + i * line] = (uint32_t)(begin + i * line);
    }
    for (int64_t i = lines - 1; i > 0; --i) {
        const int64_t j = (int64_t)(sb_random_bits(seed, 0, (uint64_t)i) % (uint64_t)i);
        const uint32_t kept = chain[begin + i * line];
        chain[begin + i * line] = chain[begin + j * line];
        chain[begin + j * line] = kept;
    }
}

static void fill_reals(void *to, int64_t count, int precision, double value)
{
    for (int64_t i = 0; i < count; ++i) {
        if (precision == SB_FLOAT) {
            ((float *)to)[i] = (float)value;
        } else {
            ((double *)to)[i] = value;
        }
    }
}

static int fill(struct sb_peaks_session *s, struct sb_error *err)
{
    static const double values[] = {0, SB_PEAKS_OF_B, SB_PEAKS_OF_C};
    const int p = s->moved;
    const size_t reals = (size_t)s->n * (p == SB_FLOAT ? 4 : 8);
    const size_t chained = 4 * (size_t)s->first[s->levels];
    unsigned char *host = calloc(reals > chained ? reals : chained, 1);
    if (!host) {
        return sb_fail(err, SB_ENOMEM, "no memory for %zu bytes beside the device's", reals);
    }
    int code = 0;
    for (int i = SB_PEAKS_A; code == 0 && i <= SB_PEAKS_C; ++i) {
        fill_reals(host, s->n, p, values[i]);
        code = s->backend->upload(s->exec[p], i, host, err);
    }
    uint32_t at[SB_PEAKS_LEVELS] = {0};
    memset(host, 0, chained);
    for (int l = 0; l < s->levels; ++l) {
        chain_lines((uint32_t *)(void *)host, s->first[l], s->first[l + 1], (uint64_t)l + 1);
        at[l] = (uint32_t)s->first[l];
    }
    code = code != 0 ? code : s->backend->upload(s->exec[p], SB_PEAKS_CHAIN, host, err);
    code = code != 0 ? code : s->backend->upload(s->exec[p], SB_PEAKS_AT, at, err);
    free(host);
    return code;
}

static int know_levels(struct sb_peaks_session *s, struct sb_error *err)
{
    if (strcmp(s->backend->name, "cpu") != 0) {
        s->levels = sb_peaks_levels_of(s->level, s->device.cache_bytes, s->device.memory_bytes);
        return 0;
    }
    s->cpu_count = sb_node_cpus(s->cpus, (int)(sizeof s->cpus / sizeof *s->cpus), err);
    if (s->cpu_count < 0) {
        return s->cpu_count;
    }
    s->threads = s->threads > 0 && s->threads < s->cpu_count ? s->threads : s->cpu_count;
    s->levels = sb_peaks_levels(s->level, s->cpus, s->threads, sb_memory_allowed());
    return 0;
}

int sb_peaks_lay_out(struct sb_peaks_session *s, struct sb_error *err)
{
    size_up(s);
    list_functions(&s->all, s);
    return s->all.failed ? sb_fail(err, SB_EINVAL, "%s", s->all.text) : 0;
}

int sb_peaks_open(struct sb_peaks_session *s, const struct sb_backend *backend, int threads,
                  struct sb_error *err)
{
    *s = (struct sb_peaks_session){.backend = backend, .threads = threads};
    int code = find_device(s, err);
    code = code != 0 ? code : know_levels(s, err);
    if (code != 0) {
        return code;
    }
    code = sb_peaks_lay_out(s, err);
    code = code != 0 ? code : open_one(s, SB_DOUBLE, true, err);
    if (code == SB_ECOMPILE && !s->widths) { /* a device without double */
        snprintf(s->lacking, sizeof s->lacking, "no double: %.*s",
                 (int)strcspn(err->text, "\n") > 480 ? 480 : (int)strcspn(err->text, "\n"),
                 err->text);
        s->moved = SB_FLOAT;
        code = 0;
    }
    code = code != 0 ? code : open_one(s, SB_FLOAT, s->moved == SB_FLOAT, err);
    return code != 0 ? code : fill(s, err);
}

void sb_peaks_close(struct sb_peaks_session *s)
{
    for (int p = 0; p < 2; ++p) {
        if (s->exec[p]) {
            s->backend->close(s->exec[p]);
        }
    }
    sb_launches_free(&s->all);
}
