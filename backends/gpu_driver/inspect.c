/* SPDX-License-Identifier: Apache-2.0 */
/* inspect(): what the compiler made of each function. Needs no device: NVIDIA's assembler says it in the log, AMD's code
 * objects in their metadata, the size of the code is in the ELF. */
#include "backends/gpu_driver/gpu_driver.h"
#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOLS_MOST 256

int sb_gpu_sidecar_read(struct sb_gpu_sidecar *out, const struct sb_artifact *artifact,
                        struct sb_error *err)
{
    char path[1100];
    json_error_t fault;
    snprintf(path, sizeof path, "%s.json", artifact->path);
    out->json = json_load_file(path, 0, &fault);
    return out->json
               ? 0
               : sb_fail(err, SB_EIO, "%s: %s: empty the cache of compiled code", path, fault.text);
}

const char *sb_gpu_sidecar_symbol(const struct sb_gpu_sidecar *sidecar, const char *function)
{
    const char *symbol =
        json_string_value(json_object_get(json_object_get(sidecar->json, "lowered"), function));
    return symbol ? symbol : function;
}

/* The number before @p unit in the text from @p from to @p to, or @p fallback: "… 2048 bytes smem". */
static int number_before(const char *from, const char *to, const char *unit, int fallback)
{
    const char *at = memmem(from, (size_t)(to - from), unit, strlen(unit));
    if (!at) {
        return fallback;
    }
    while (at > from && (at[-1] < '0' || at[-1] > '9')) {
        --at;
    }
    while (at > from && at[-1] >= '0' && at[-1] <= '9') {
        --at;
    }
    return (int)strtol(at, NULL, 10);
}

/* ptxas -v: "Compiling entry function 'f' for 'sm_90'", "… bytes spill stores", "Used 40 registers, … bytes smem". */
static void read_ptxas(struct sb_code_report *out, const char *log, const char *symbol)
{
    char head[256];
    snprintf(head, sizeof head, "Compiling entry function '%s'", symbol);
    const char *from = strstr(log, head);
    if (!from) {
        return;
    }
    from += strlen(head);
    const char *to = strstr(from, "Compiling entry function");
    to = to ? to : from + strlen(from);
    out->registers = number_before(from, to, " registers", -1);
    out->spill_bytes = number_before(from, to, " bytes spill stores", -1);
    out->shared_bytes = number_before(from, to, " bytes smem", out->registers >= 0 ? 0 : -1);
}

static void read_note(struct sb_code_report *out, const struct sb_code_report *noted, int count,
                      const char *symbol)
{
    for (int i = 0; i < count; ++i) {
        if (strncmp(noted[i].function, symbol, sizeof noted[i].function - 1) == 0) {
            out->registers = noted[i].registers;
            out->shared_bytes = noted[i].shared_bytes;
            out->spill_bytes = noted[i].spill_bytes;
        }
    }
}

static bool reported(const struct sb_code_report *out, int count, const char *function)
{
    for (int i = 0; i < count; ++i) {
        if (strcmp(out[i].function, function) == 0) {
            return true;
        }
    }
    return false;
}

static int report_all(struct sb_code_report *out, int room, const struct sb_gpu_sidecar *sidecar,
                      const char *image, size_t bytes, const struct sb_source *source,
                      struct sb_error *err)
{
    static struct sb_gpu_symbol symbol[SYMBOLS_MOST];
    static struct sb_code_report noted[SYMBOLS_MOST];
    const int symbols = sb_gpu_symbols(symbol, SYMBOLS_MOST, image, bytes, err);
    if (symbols < 0) {
        return symbols;
    }
    size_t length = 0;
    const unsigned char *note = sb_gpu_metadata(&length, image, bytes);
    const int notes = note ? sb_gpu_read_metadata(noted, SYMBOLS_MOST, note, length) : 0;
    int count = 0;
    for (int i = 0; i < source->launches->count && count < room; ++i) {
        const char *function = source->launches->spec[i].function;
        const char *name = sb_gpu_sidecar_symbol(sidecar, function);
        if (reported(out, count, function)) {
            continue;
        }
        struct sb_code_report *report = &out[count++];
        *report = (struct sb_code_report){.registers = -1,
                                          .shared_bytes = -1,
                                          .spill_bytes = -1,
                                          .code_bytes = -1,
                                          .vector_bits = -1};
        snprintf(report->function, sizeof report->function, "%s", function);
        read_ptxas(report, sb_json_text_or(sidecar->json, "log", ""), name);
        read_note(report, noted, notes, name);
        for (int s = 0; s < symbols; ++s) {
            report->code_bytes =
                strcmp(symbol[s].name, name) == 0 ? (int)symbol[s].bytes : report->code_bytes;
        }
    }
    return count;
}

int sb_gpu_inspect(struct sb_code_report *out, int room, const struct sb_artifact *artifact,
                   const struct sb_source *source, struct sb_error *err)
{
    if (sb_gpu_is_hosted(source)) {
        return 0; /* a vendor's library holds the code */
    }
    struct sb_gpu_sidecar sidecar = {0};
    char *image = NULL;
    size_t bytes = 0;
    int code = sb_gpu_sidecar_read(&sidecar, artifact, err);
    code = code ? code : sb_fs_read(&image, &bytes, artifact->path, err);
    code = code ? code : report_all(out, room, &sidecar, image, bytes, source, err);
    free(image);
    json_decref(sidecar.json);
    return code;
}
