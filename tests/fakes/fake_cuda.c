/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A driver that stands in for libcuda.so.1, for the faults that a real one does not produce on demand, and to carry whole
 * campaigns through the CUDA code path without a device. Device memory is the host's. A module is recognised by the hash of
 * its cubin; its functions are run by the object that tests/fakes/host_objects.c compiled from the same source for this
 * processor: $SB_FAKE_CUDA_OBJECTS/<hash>-*.so. What is not there is not run. Environment:
 *   SB_FAKE_CUDA_LOG      file: every call that matters, one a line
 *   SB_FAKE_CUDA_DEVICES  how many (1)
 *   SB_FAKE_CUDA_ARCH     "90"
 *   SB_FAKE_CUDA_FAULT    nodevice, old, start, memory, image, launch, illegal, lost, hang, stray, wrong, clock
 */
#include <dlfcn.h>
#include <elf.h>
#include <glob.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum {
    NO_MEMORY = 2,
    NO_DEVICE = 100,
    INVALID_DEVICE = 101,
    INVALID_IMAGE = 200,
    NOT_FOUND = 500,
    ILLEGAL = 700,
    LOST = 719,
    NOT_READY = 802
};

struct allocation {
    char *begin;
    size_t bytes;
};
static struct allocation allocation[64];
static int sticky; /* like a context after a fault: every call says so again */

struct module {
    uint64_t hash;
    const char *image;
    size_t bytes;
    void *object
        [16]; /* a launcher is in one of them: cases share a source and launch different functions of it */
};
struct function {
    char name[192];
    struct module *module;
};
struct event {
    struct timespec at;
};

static int fault_is(const char *name)
{
    const char *fault = getenv("SB_FAKE_CUDA_FAULT");
    return fault && strcmp(fault, name) == 0;
}

__attribute__((format(printf, 1, 2))) static void note(const char *fmt, ...)
{
    const char *path = getenv("SB_FAKE_CUDA_LOG");
    FILE *log = path ? fopen(path, "ae") : NULL;
    if (log) {
        va_list ap;
        va_start(ap, fmt);
        vfprintf(log, fmt, ap);
        va_end(ap);
        fputc('\n', log);
        fclose(log);
    }
}

static long number(const char *variable, long usual)
{
    const char *text = getenv(variable);
    return text ? strtol(text, NULL, 10) : usual;
}

EXPORT int cuInit(unsigned flags);
EXPORT int cuInit(unsigned flags)
{
    (void)flags;
    note("init");
    return fault_is("nodevice") ? NO_DEVICE : fault_is("start") ? NOT_READY : 0;
}

EXPORT int cuDriverGetVersion(int *out);
EXPORT int cuDriverGetVersion(int *out)
{
    *out = fault_is("old") ? 10020 : 13000;
    return 0;
}

EXPORT int cuGetErrorName(int code, const char **out);
EXPORT int cuGetErrorName(int code, const char **out)
{
    static const struct {
        int code;
        const char *name;
    } names[] = {
        {NO_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY"},
        {NO_DEVICE, "CUDA_ERROR_NO_DEVICE"},
        {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE"},
        {INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE"},
        {NOT_FOUND, "CUDA_ERROR_NOT_FOUND"},
        {ILLEGAL, "CUDA_ERROR_ILLEGAL_ADDRESS"},
        {LOST, "CUDA_ERROR_LAUNCH_FAILED"},
        {NOT_READY, "CUDA_ERROR_SYSTEM_NOT_READY"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        if (names[i].code == code) {
            *out = names[i].name;
            return 0;
        }
    }
    *out = NULL;
    return 1;
}

/* NVRTC 13 looks for private tables of the driver: it gets none, and goes on. */
EXPORT int cuGetExportTable(const void **out, const void *id);
EXPORT int cuGetExportTable(const void **out, const void *id)
{
    (void)id;
    *out = NULL;
    return NOT_FOUND;
}

EXPORT int cuDeviceGetCount(int *out);
EXPORT int cuDeviceGetCount(int *out)
{
    *out = (int)number("SB_FAKE_CUDA_DEVICES", 1);
    return 0;
}

EXPORT int cuDeviceGetName(char *out, int room, int device);
EXPORT int cuDeviceGetName(char *out, int room, int device)
{
    snprintf(out, (size_t)room, "Fake GPU %d", device);
    return device < number("SB_FAKE_CUDA_DEVICES", 1) ? 0 : INVALID_DEVICE;
}

EXPORT int cuDeviceGetPCIBusId(char *out, int room, int device);
EXPORT int cuDeviceGetPCIBusId(char *out, int room, int device)
{
    snprintf(out, (size_t)room, "0000:%02X:00.0", 0x3b + device);
    return 0;
}

EXPORT int cuDeviceTotalMem_v2(size_t *out, int device);
EXPORT int cuDeviceTotalMem_v2(size_t *out, int device)
{
    (void)device;
    *out = (size_t)80 << 30;
    return 0;
}

/* An H100's, where kernels look (backends/cuda/nvrtc.c, typical). */
EXPORT int cuDeviceGetAttribute(int *out, int attribute, int device);
EXPORT int cuDeviceGetAttribute(int *out, int attribute, int device)
{
    static const int values[128] = {
        [1] = 1024,  [2] = 1024,  [3] = 1024, [4] = 64,        [5] = 2147483647, [6] = 65535,
        [7] = 65535, [8] = 49152, [16] = 132, [38] = 50 << 20, [97] = 232448};
    const long arch = number("SB_FAKE_CUDA_ARCH", 90);
    (void)device;
    *out = attribute == 75   ? (int)(arch / 10)
           : attribute == 76 ? (int)(arch % 10)
                             : values[attribute & 127];
    return 0;
}

EXPORT int cuDevicePrimaryCtxRetain(void **out, int device);
EXPORT int cuDevicePrimaryCtxRetain(void **out, int device)
{
    static int context;
    note("context of device %d", device);
    *out = &context;
    return 0;
}

EXPORT int cuDevicePrimaryCtxRelease_v2(int device);
EXPORT int cuDevicePrimaryCtxRelease_v2(int device)
{
    note("context of device %d released", device);
    return 0;
}

static void *current;
EXPORT int cuCtxSetCurrent(void *context);
EXPORT int cuCtxSetCurrent(void *context)
{
    current = context;
    return 0;
}

EXPORT int cuCtxGetCurrent(void **out);
EXPORT int cuCtxGetCurrent(void **out)
{
    *out = current;
    return 0;
}

EXPORT int cuMemGetInfo_v2(size_t *free_bytes, size_t *total_bytes);
EXPORT int cuMemGetInfo_v2(size_t *free_bytes, size_t *total_bytes)
{
    *free_bytes = fault_is("memory") ? 1000 : (size_t)79 << 30;
    *total_bytes = (size_t)80 << 30;
    return 0;
}

EXPORT int cuMemAlloc_v2(void **out, size_t bytes);
EXPORT int cuMemAlloc_v2(void **out, size_t bytes)
{
    if (fault_is("memory") || sticky) {
        return sticky ? sticky : NO_MEMORY;
    }
    for (size_t i = 0; i < sizeof allocation / sizeof *allocation; ++i) {
        if (!allocation[i].begin) {
            allocation[i] =
                (struct allocation){aligned_alloc(256, (bytes + 255) / 256 * 256), bytes};
            *out = allocation[i].begin;
            note("allocate %zu", bytes);
            return *out ? 0 : NO_MEMORY;
        }
    }
    return NO_MEMORY;
}

EXPORT int cuMemFree_v2(void *memory);
EXPORT int cuMemFree_v2(void *memory)
{
    for (size_t i = 0; i < sizeof allocation / sizeof *allocation; ++i) {
        if (allocation[i].begin == memory) {
            allocation[i].begin = NULL;
            free(memory);
            note("free");
            return 0;
        }
    }
    return 1;
}

EXPORT int cuMemHostAlloc(void **out, size_t bytes, unsigned flags);
EXPORT int cuMemHostAlloc(void **out, size_t bytes, unsigned flags)
{
    (void)flags;
    *out = malloc(bytes);
    note("pin %zu", bytes);
    return *out ? 0 : NO_MEMORY;
}

EXPORT int cuMemFreeHost(void *memory);
EXPORT int cuMemFreeHost(void *memory)
{
    free(memory);
    return 0;
}

static int within(const char *at, size_t bytes)
{
    for (size_t i = 0; i < sizeof allocation / sizeof *allocation; ++i) {
        const struct allocation *a = &allocation[i];
        if (a->begin && at >= a->begin && bytes <= a->bytes &&
            (size_t)(at - a->begin) <= a->bytes - bytes) {
            return 1;
        }
    }
    return 0;
}

static int copy(void *to, const void *from, size_t bytes, const void *device)
{
    if (sticky || !within(device, bytes)) {
        return sticky ? sticky : ILLEGAL;
    }
    memcpy(to, from, bytes);
    return 0;
}

EXPORT int cuMemcpyHtoDAsync_v2(void *to, const void *from, size_t bytes, void *stream);
EXPORT int cuMemcpyHtoDAsync_v2(void *to, const void *from, size_t bytes, void *stream)
{
    (void)stream;
    return copy(to, from, bytes, to);
}

EXPORT int cuMemcpyDtoHAsync_v2(void *to, const void *from, size_t bytes, void *stream);
EXPORT int cuMemcpyDtoHAsync_v2(void *to, const void *from, size_t bytes, void *stream)
{
    (void)stream;
    return copy(to, from, bytes, from);
}

EXPORT int cuMemcpyDtoDAsync_v2(void *to, const void *from, size_t bytes, void *stream);
EXPORT int cuMemcpyDtoDAsync_v2(void *to, const void *from, size_t bytes, void *stream)
{
    note("copy %zu on stream %s", bytes, stream ? "given" : "none");
    return within(from, bytes) ? copy(to, from, bytes, to) : ILLEGAL;
}

EXPORT int cuMemsetD32Async(void *to, unsigned word, size_t words, void *stream);
EXPORT int cuMemsetD32Async(void *to, unsigned word, size_t words, void *stream)
{
    (void)stream;
    if (!within(to, 4 * words)) {
        return ILLEGAL;
    }
    for (size_t i = 0; i < words; ++i) {
        memcpy((char *)to + 4 * i, &word, sizeof word);
    }
    return 0;
}

EXPORT int cuStreamCreate(void **out, unsigned flags);
EXPORT int cuStreamCreate(void **out, unsigned flags)
{
    static int stream;
    (void)flags;
    *out = &stream;
    return 0;
}

EXPORT int cuStreamSynchronize(void *stream);
EXPORT int cuStreamSynchronize(void *stream)
{
    (void)stream;
    while (sticky == -1) { /* a kernel that never ends */
        pause();
    }
    return sticky;
}

EXPORT int cuStreamDestroy_v2(void *stream);
EXPORT int cuStreamDestroy_v2(void *stream)
{
    (void)stream;
    return 0;
}

EXPORT int cuEventCreate(void **out, unsigned flags);
EXPORT int cuEventCreate(void **out, unsigned flags)
{
    (void)flags;
    *out = calloc(1, sizeof(struct event));
    return *out ? 0 : NO_MEMORY;
}

EXPORT int cuEventRecord(void *event, void *stream);
EXPORT int cuEventRecord(void *event, void *stream)
{
    (void)stream;
    clock_gettime(CLOCK_MONOTONIC, &((struct event *)event)->at);
    return 0;
}

EXPORT int cuEventSynchronize(void *event);
EXPORT int cuEventSynchronize(void *event)
{
    (void)event;
    return sticky > 0 ? sticky : 0;
}

EXPORT int cuEventElapsedTime(float *out, const void *from, const void *to);
EXPORT int cuEventElapsedTime(float *out, const void *from, const void *to)
{
    const struct event *a = from, *b = to;
    const double s =
        (double)(b->at.tv_sec - a->at.tv_sec) + 1e-9 * (double)(b->at.tv_nsec - a->at.tv_nsec);
    *out = fault_is("clock") ? -1.0F : (float)(1e3 * s);
    return 0;
}

EXPORT int cuEventDestroy_v2(void *event);
EXPORT int cuEventDestroy_v2(void *event)
{
    free(event);
    return 0;
}

static uint64_t hash_of(const void *data, size_t bytes) /* FNV-1a, as tests/fakes/host_objects.c */
{
    uint64_t hash = 1469598103934665603U;
    for (size_t i = 0; i < bytes; ++i) {
        hash = (hash ^ ((const unsigned char *)data)[i]) * 1099511628211U;
    }
    return hash;
}

static int open_objects(struct module *module)
{
    char pattern[1200];
    const char *folder = getenv("SB_FAKE_CUDA_OBJECTS");
    glob_t found;
    int count = 0;
    snprintf(pattern, sizeof pattern, "%s/%016llx-*.so", folder ? folder : ".",
             (unsigned long long)module->hash);
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc && count < 16; ++i) {
            module->object[count] = dlopen(found.gl_pathv[i], RTLD_NOW | RTLD_LOCAL);
            count += module->object[count] != NULL;
        }
        globfree(&found);
    }
    return count;
}

EXPORT int cuModuleLoadData(void **out, const void *image);
EXPORT int cuModuleLoadData(void **out, const void *image)
{
    const Elf64_Ehdr *head = image;
    if (fault_is("image") || memcmp(image, ELFMAG, SELFMAG) != 0 || head->e_machine != 190) {
        return INVALID_IMAGE;
    }
    struct module *module = calloc(1, sizeof *module);
    const uint64_t sections = head->e_shoff + (uint64_t)head->e_shnum * head->e_shentsize;
    const uint64_t segments = head->e_phoff + (uint64_t)head->e_phnum * head->e_phentsize;
    module->bytes = sections > segments ? sections : segments;
    module->hash = hash_of(image, module->bytes);
    char *copied = malloc(module->bytes);
    memcpy(copied, image, module->bytes);
    module->image = copied;
    note("module of %zu bytes, %d objects", module->bytes, open_objects(module));
    *out = module;
    return 0;
}

EXPORT int cuModuleUnload(void *module);
EXPORT int cuModuleUnload(void *module)
{
    free((void *)(uintptr_t)((struct module *)module)->image);
    free(module);
    return 0;
}

EXPORT int cuModuleGetFunction(void **out, void *module, const char *name);
EXPORT int cuModuleGetFunction(void **out, void *module, const char *name)
{
    static struct function function[64];
    static int count;
    struct module *m = module;
    char section[256];
    snprintf(section, sizeof section, ".text.%s", name);
    if (count == 64 || !memmem(m->image, m->bytes, section, strlen(section) + 1)) {
        return NOT_FOUND;
    }
    snprintf(function[count].name, sizeof function[count].name, "%s", name);
    function[count].module = m;
    *out = &function[count++];
    note("function %s", name);
    return 0;
}

EXPORT int cuFuncGetAttribute(int *out, int attribute, void *function);
EXPORT int cuFuncGetAttribute(int *out, int attribute, void *function)
{
    (void)function;
    *out = attribute == 0 ? 1024 : 0;
    return 0;
}

EXPORT int cuFuncSetAttribute(void *function, int attribute, int value);
EXPORT int cuFuncSetAttribute(void *function, int attribute, int value)
{
    note("allow %s attribute %d = %d", ((struct function *)function)->name, attribute, value);
    return 0;
}

static void run(const struct function *f, const unsigned grid[3], void **parameters)
{
    char symbol[220];
    snprintf(symbol, sizeof symbol, "sb_run_%s", f->name);
    void (*call)(void *const *, const long long *) = NULL;
    for (int i = 0; i < 16 && f->module->object[i] && !call; ++i) {
        *(void **)&call = dlsym(f->module->object[i], symbol);
    }
    if (!call) {
        return;
    }
    void *args[32] = {NULL};
    for (int i = 0; i < 32 && parameters[i]; ++i) {
        void *value = NULL;
        memcpy(&value, parameters[i], sizeof value);
        args[i] = within(value, 1) ? value : parameters[i];
    }
    const long long extent[3] = {grid[0], grid[1], grid[2]};
    call(args, extent);
}

EXPORT int cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                          unsigned by, unsigned bz, unsigned shared, void *stream,
                          void **parameters, void **extra);
EXPORT int cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                          unsigned by, unsigned bz, unsigned shared, void *stream,
                          void **parameters, void **extra)
{
    static int launches;
    const struct function *f = function;
    const unsigned grid[3] = {gx, gy, gz};
    (void)extra;
    note("launch %s grid %u %u %u block %u %u %u shared %u stream %s", f->name, gx, gy, gz, bx, by,
         bz, shared, stream ? "given" : "none");
    if (fault_is("launch") || sticky > 0) {
        return sticky ? sticky : LOST;
    }
    sticky = fault_is("illegal")                ? ILLEGAL
             : fault_is("lost") && launches > 2 ? LOST
             : fault_is("hang")                 ? -1
                                                : 0;
    ++launches;
    run(f, grid, parameters);
    for (size_t i = 0; i < sizeof allocation / sizeof *allocation; ++i) {
        struct allocation *a = &allocation[i];
        if (a->begin && fault_is("stray")) {
            a->begin[a->bytes - 100] ^= 1;
        } else if (a->begin && fault_is("wrong") && i == 0) {
            a->begin[(64 << 10) + 6] ^= 0x20; /* the first element of the first array */
        }
    }
    return 0;
}
