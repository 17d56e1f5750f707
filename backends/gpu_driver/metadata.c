/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's code objects describe their kernels in a note of msgpack (LLVM, AMDGPUUsage, "Code Object V3 Metadata"). Only
 * the kernels' integers and names are wanted; all else is walked over. https://github.com/msgpack/msgpack: spec.md */
#include "backends/gpu_driver/gpu_driver.h"

#include <stdio.h>
#include <string.h>

struct reader {
    const unsigned char *at, *end;
    bool failed;
};

enum kind { INTEGER, TEXT, ARRAY, MAP, OTHER };
struct item {
    enum kind kind;
    int64_t value;    /* of an integer; number of elements or pairs */
    const char *text; /* not terminated */
    size_t length;
};

static uint64_t take(struct reader *r, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) {
        if (r->at >= r->end) {
            r->failed = true;
            return 0;
        }
        value = value << 8 | *r->at++;
    }
    return value;
}

static struct item take_text(struct reader *r, uint64_t length)
{
    struct item item = {.kind = TEXT, .text = (const char *)r->at, .length = (size_t)length};
    if (length > (uint64_t)(r->end - r->at)) {
        r->failed = true;
        item.length = 0;
    }
    r->at += item.length;
    return item;
}

static struct item sized(enum kind kind, uint64_t value)
{
    return (struct item){.kind = kind, .value = (int64_t)value};
}

static struct item next(struct reader *r)
{
    const unsigned tag = (unsigned)take(r, 1);
    if (tag < 0x80) {
        return sized(INTEGER, tag);
    }
    if (tag < 0x90) {
        return sized(MAP, tag & 0xF);
    }
    if (tag < 0xA0) {
        return sized(ARRAY, tag & 0xF);
    }
    if (tag < 0xC0) {
        return take_text(r, tag & 0x1F);
    }
    if (tag >= 0xE0) {
        return sized(INTEGER, (uint64_t)(int64_t)(int8_t)tag);
    }
    switch (tag) {
    case 0xC4: /* bin 8, 16, 32 */
    case 0xC5:
    case 0xC6:
        return take_text(r, take(r, 1 << (tag - 0xC4)));
    case 0xCA:
        return sized(OTHER, take(r, 4));
    case 0xCB:
        return sized(OTHER, take(r, 8));
    case 0xCC: /* uint 8 … 64 */
    case 0xCD:
    case 0xCE:
    case 0xCF:
        return sized(INTEGER, take(r, 1 << (tag - 0xCC)));
    case 0xD0: /* int 8 … 64: none is negative where one is wanted */
    case 0xD1:
    case 0xD2:
    case 0xD3:
        return sized(INTEGER, take(r, 1 << (tag - 0xD0)));
    case 0xD9: /* str 8, 16, 32 */
    case 0xDA:
    case 0xDB:
        return take_text(r, take(r, 1 << (tag - 0xD9)));
    case 0xDC:
    case 0xDD:
        return sized(ARRAY, take(r, tag == 0xDC ? 2 : 4));
    case 0xDE:
    case 0xDF:
        return sized(MAP, take(r, tag == 0xDE ? 2 : 4));
    case 0xC0:
    case 0xC2:
    case 0xC3:
        return sized(OTHER, 0);
    default: /* extensions: none is used here */
        r->failed = true;
        return sized(OTHER, 0);
    }
}

/* Walks over what stands behind @p item, of any depth, without recursion: a count of items still to come. */
static void skip(struct reader *r, struct item item)
{
    int64_t left = item.kind == ARRAY ? item.value : item.kind == MAP ? 2 * item.value : 0;
    while (left > 0 && !r->failed) {
        item = next(r);
        left += (item.kind == ARRAY ? item.value : item.kind == MAP ? 2 * item.value : 0) - 1;
    }
}

static bool is(const struct item *key, const char *name)
{
    return key->kind == TEXT && key->length == strlen(name) &&
           memcmp(key->text, name, key->length) == 0;
}

static void read_kernel(struct sb_code_report *out, struct reader *r, int64_t pairs)
{
    int64_t spilt = 0;
    for (int64_t i = 0; i < pairs && !r->failed; ++i) {
        const struct item key = next(r), value = next(r);
        if (is(&key, ".name") && value.kind == TEXT) {
            snprintf(out->function, sizeof out->function, "%.*s", (int)value.length, value.text);
        } else if (is(&key, ".vgpr_count")) {
            out->registers = (int)value.value;
        } else if (is(&key, ".group_segment_fixed_size")) {
            out->shared_bytes = (int)value.value;
        } else if (is(&key, ".vgpr_spill_count")) {
            spilt = value.value;
        }
        skip(r, value);
    }
    out->spill_bytes = (int)spilt * 4; /* registers of 32 bits */
}

int sb_gpu_read_metadata(struct sb_code_report *out, int room, const unsigned char *note,
                         size_t length)
{
    struct reader r = {note, note + length, false};
    const struct item top = next(&r);
    int count = 0;
    for (int64_t i = 0; top.kind == MAP && i < top.value && !r.failed; ++i) {
        const struct item key = next(&r), value = next(&r);
        if (!is(&key, "amdhsa.kernels") || value.kind != ARRAY) {
            skip(&r, value);
            continue;
        }
        for (int64_t k = 0; k < value.value && !r.failed; ++k) {
            const struct item kernel = next(&r);
            struct sb_code_report report = {
                .registers = -1, .shared_bytes = -1, .code_bytes = -1, .vector_bits = -1};
            if (kernel.kind != MAP) {
                skip(&r, kernel);
                continue;
            }
            read_kernel(&report, &r, kernel.value);
            if (count < room && !r.failed) {
                out[count++] = report;
            }
        }
    }
    return count;
}
