/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/counting/cupti/cupti.h"

#include "backends/cuda/cuda.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sb_cupti cupti;
static const struct {
    const char *name;
    void *slot;
} symbols[] = {
    {"cuptiGetVersion", &cupti.version},
    {"cuptiGetResultString", &cupti.error},
    {"cuptiProfilerInitialize", &cupti.initialize},
    {"cuptiDeviceGetChipName", &cupti.chip},
    {"cuptiProfilerGetCounterAvailability", &cupti.availability},
    {"cuptiProfilerHostInitialize", &cupti.host_open},
    {"cuptiProfilerHostDeinitialize", &cupti.host_close},
    {"cuptiProfilerHostGetBaseMetrics", &cupti.base_metrics},
    {"cuptiProfilerHostGetMetricProperties", &cupti.properties},
    {"cuptiProfilerHostConfigAddMetrics", &cupti.add_metrics},
    {"cuptiProfilerHostGetConfigImageSize", &cupti.image_size},
    {"cuptiProfilerHostGetConfigImage", &cupti.image},
    {"cuptiProfilerHostGetNumOfPasses", &cupti.passes},
    {"cuptiProfilerHostEvaluateToGpuValues", &cupti.evaluate},
    {"cuptiRangeProfilerEnable", &cupti.enable},
    {"cuptiRangeProfilerDisable", &cupti.disable},
    {"cuptiRangeProfilerGetCounterDataSize", &cupti.data_size},
    {"cuptiRangeProfilerCounterDataImageInitialize", &cupti.data_begin},
    {"cuptiRangeProfilerSetConfig", &cupti.configure},
    {"cuptiRangeProfilerStart", &cupti.start},
    {"cuptiRangeProfilerStop", &cupti.stop},
    {"cuptiRangeProfilerPushRange", &cupti.push},
    {"cuptiRangeProfilerPopRange", &cupti.pop},
    {"cuptiRangeProfilerDecodeData", &cupti.decode},
};

static void *open_library(char *reason, size_t room)
{
    const char *asked = getenv("SWITCHBENCH_CUPTI");
    if (!asked || !*asked) {
        return sb_cuda_open("libcupti", reason, room);
    }
    void *library = dlopen(asked, RTLD_NOW | RTLD_LOCAL);
    snprintf(reason, room, "%s", library ? "" : dlerror());
    return library;
}

static int load(struct sb_error *err)
{
    char reason[600];
    void *library = open_library(reason, sizeof reason);
    if (!library) {
        return sb_fail(
            err, SB_EABSENT,
            "there is no CUPTI (%.300s): it is part of the CUDA toolkit (cuda-cupti), from 12.6 on",
            reason);
    }
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; ++i) {
        void *symbol = dlsym(library, symbols[i].name);
        if (!symbol) {
            return sb_fail(err, SB_EABSENT,
                           "libcupti lacks %s: one of CUDA 12.6 or newer is needed",
                           symbols[i].name);
        }
        memcpy(symbols[i].slot, &symbol,
               sizeof symbol); /* POSIX: a data pointer from dlsym may be a function's */
    }
    return 0;
}

int sb_cupti_load(const struct sb_cupti **out, struct sb_error *err)
{
    static bool tried;
    static struct sb_error why;
    if (!tried) {
        tried = true;
        why.code = load(&why);
    }
    *out = &cupti;
    return why.code != 0 ? sb_fail(err, why.code, "%s", why.text) : 0;
}

/* CUptiResult (cupti_result.h). */
static const struct {
    int code;
    const char *text;
} meanings[] = {
    {35,
     "NVIDIA's driver lets only administrators count (ERR_NVGPUCTRPERM): ask for its module with "
     "NVreg_RestrictProfilingToAdminUsers=0, or, in a container, for the capability SYS_ADMIN"},
    {26,
     "another tool has the GPU's counters (a profiler, or DCGM): ask the administrator for 'dcgmi "
     "profile --pause'"},
    {33, "a virtual GPU does not count: ask for a whole one"},
    {40, "counting is not enabled for this virtual GPU: ask the administrator of its host"},
    {38, "this GPU is too new or too old for this CUPTI: use the toolkit of the driver's CUDA"},
    {41, "a GPU in confidential mode does not count: ask for one that is not"},
    {43, "a part of a GPU (MIG) does not count here: ask for a whole one"},
    {44, "GPUs joined by SLI do not count: ask for them apart"},
    {45, "WSL does not let GPUs count: use Linux itself"},
    {46, "this CUPTI does not know the GPU: install the toolkit of the driver's CUDA"},
};

int sb_cupti_check(int code, const char *what, struct sb_error *err)
{
    const char *text = NULL;
    if (code == 0) {
        return 0;
    }
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; ++i) {
        if (meanings[i].code == code) {
            return sb_fail(err, SB_EABSENT, "%s", meanings[i].text);
        }
    }
    (void)cupti.error(code, &text);
    return sb_fail(err, SB_EABSENT, "CUPTI cannot %s: %s (%d)", what,
                   text ? text : "no reason told", code);
}
