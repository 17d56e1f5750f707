/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One driver for GPUs whose vendors copied each other's interface: CUDA's driver API with NVRTC, HIP's runtime with
 * hiprtc. A backend is a platform: two symbol tables, filled from libraries that are dlopened, and the words for what is
 * missing. Everything else is here, once. No vendor's header is needed: the few types are declared below.
 */
#ifndef SB_GPU_DRIVER_H
#define SB_GPU_DRIVER_H

#include "backends/backend.h"

/** Kernel attributes and limits of a device; the platforms number them differently. */
enum sb_gpu_attribute {
    SB_GPU_THREADS_OF_BLOCK,
    SB_GPU_BLOCK_X,
    SB_GPU_BLOCK_Y,
    SB_GPU_BLOCK_Z,
    SB_GPU_GRID_X,
    SB_GPU_GRID_Y,
    SB_GPU_GRID_Z,
    SB_GPU_SHARED_OF_BLOCK, /* without asking for more */
    SB_GPU_SHARED_MOST,     /* dynamic, when asked for; 0 where unknown */
    SB_GPU_CORES,
    SB_GPU_CACHE,
    SB_GPU_ATTRIBUTES
};

/** Functions' attributes, numbered alike in CUfunction_attribute and hipFunction_attribute. */
enum {
    SB_GPU_OF_THREADS = 0,
    SB_GPU_OF_SHARED = 1,
    SB_GPU_OF_LOCAL = 3,
    SB_GPU_OF_REGISTERS = 4,
    SB_GPU_OF_DYNAMIC = 8
};

/** A driver's entry points. All return 0 or the vendor's code, which both number alike (errors.c). */
struct sb_gpu_api {
    const char *driver; /* "the NVIDIA driver" */
    int version;        /* 1000 major + 10 minor */
    char version_text[64];
    int attribute[SB_GPU_ATTRIBUTES];    /* the platform's number of each; −1: it has none */
    const char *(*error_name)(int code); /* "CUDA_ERROR_OUT_OF_MEMORY"; NULL where unknown */
    int (*device_count)(int *out);
    int (*device_name)(char *out, int room, int device);
    int (*device_target)(char *out, size_t room, int device); /* "sm_90", "gfx90a" */
    int (*device_memory)(size_t *out_bytes, int device);
    int (*device_attribute)(int *out, int attribute, int device);
    int (*context_open)(int device); /* of the calling thread; own or the device's primary one */
    int (*context_close)(int device);
    int (*memory_info)(size_t *out_free, size_t *out_total);
    int (*memory_allocate)(void **out, size_t bytes);
    int (*memory_free)(void *memory);
    int (*host_allocate)(void **out, size_t bytes, unsigned flags); /* pinned */
    int (*host_free)(void *memory);
    int (*copy_to)(void *device, const void *host, size_t bytes, void *stream);
    int (*copy_from)(void *host, const void *device, size_t bytes, void *stream);
    int (*fill_words)(void *device, unsigned word, size_t words, void *stream);
    int (*stream_create)(void **out, unsigned flags);
    int (*stream_wait)(void *stream);
    int (*stream_destroy)(void *stream);
    int (*event_create)(void **out, unsigned flags);
    int (*event_record)(void *event, void *stream);
    int (*event_wait)(void *event);
    int (*event_elapsed)(float *out_ms, void *from, void *to);
    int (*event_destroy)(void *event);
    int (*module_load)(void **out, const void *image);
    int (*module_unload)(void *module);
    int (*module_function)(void **out, void *module, const char *name);
    int (*function_attribute)(int *out, int attribute, void *function);
    int (*function_allow)(void *function, int attribute,
                          int value); /* may be NULL: nothing to ask for */
    int (*launch)(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                  unsigned bz, unsigned shared_bytes, void *stream, void **parameters,
                  void **extra);
};

/** What is to be compiled, as a compiler gets it. */
struct sb_gpu_job {
    const struct sb_source *source;
    const char *arch;   /* "sm_90" */
    const char *unit;   /* the text: includes of the source */
    const char *flags;  /* separated by spaces */
    const char *object; /* path to write */
    const char *
        sidecar; /* path of a JSON object to write: {"lowered": {expression: symbol}, "log": text} */
    const char *what; /* "gemm/gemm.dev.c", for messages */
};

struct sb_gpu_compiler {
    /** Whether it compiles for @p arch here: 0 and its identity, or SB_EABSENT with what to install. */
    int (*ready)(char *identity, size_t room, const char *arch, struct sb_error *err);
    /** Appends its own flags (architecture, maths, includes) to @p out. */
    void (*flags)(char *out, size_t room, const struct sb_source *source, const char *arch);
    /** Text before the source; never NULL. May be NULL: none. */
    const char *(*prelude)(const struct sb_source *source);
    bool
        names_instances; /* is told which templates' instances are launched; others find them in the unit */
    /** Compiles. SB_ECOMPILE with the compiler's words. */
    int (*compile)(const struct sb_gpu_job *job, struct sb_error *err);
};

struct sb_gpu_platform {
    const char *name; /* the backend's */
    /** The driver that serves here, loaded once. SB_ENOTFOUND: none; SB_EABSENT: too old, or it does not start. */
    int (*driver)(const struct sb_gpu_api **out, struct sb_error *err);
    const char *remedy; /* where there is none */
    /** NULL-terminated compilers for @p arch, the best first; NULL where it is no architecture of this backend. */
    const struct sb_gpu_compiler *const *(*compilers)(const char *arch);
    /** Whether code for @p arch runs on a device of target @p device. */
    bool (*runs)(const char *arch, const char *device);
};

/* The slots of a backend, for a platform. */
void sb_gpu_probe(const struct sb_gpu_platform *platform, struct sb_probe *out);
enum sb_target_state sb_gpu_target(const struct sb_gpu_platform *platform, const char *target,
                                   char *reason, size_t room);
int sb_gpu_device(const struct sb_gpu_platform *platform, struct sb_device *out, const char *target,
                  struct sb_error *err);
int sb_gpu_compile(const struct sb_gpu_platform *platform, struct sb_artifact *out,
                   const struct sb_source *source, struct sb_error *err);
int sb_gpu_inspect(struct sb_code_report *out, int room, const struct sb_artifact *artifact,
                   const struct sb_source *source, struct sb_error *err);
int sb_gpu_open(const struct sb_gpu_platform *platform, struct sb_exec **out,
                const struct sb_exec_options *options, struct sb_error *err);
int sb_gpu_load(struct sb_exec *exec, const struct sb_artifact *artifact,
                const struct sb_source *source, struct sb_error *err);
int sb_gpu_allocate(struct sb_exec *exec, int index, const char *name, size_t bytes,
                    struct sb_error *err);
int sb_gpu_upload(struct sb_exec *exec, int index, const void *from, struct sb_error *err);
int sb_gpu_download(struct sb_exec *exec, int index, void *to, struct sb_error *err);
int sb_gpu_repeat(uint64_t *out_time_ns, struct sb_exec *exec, const struct sb_launches *launches,
                  struct sb_error *err);
int sb_gpu_guard(struct sb_exec *exec, struct sb_error *err);
void sb_gpu_placement(const struct sb_exec *exec, char *out, size_t room);
void sb_gpu_close(struct sb_exec *exec);

/** Turns a driver's code into "<what>: <sentence> (NAME)" with SB_ENOMEM, SB_EABSENT or SB_EDEVICE; 0 for 0. */
int sb_gpu_check(const struct sb_gpu_api *api, int code, struct sb_error *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/** What a driver's initialisation says: 0, or SB_EABSENT with the driver, its version and the reason. */
int sb_gpu_started(const struct sb_gpu_api *api, int code, struct sb_error *err);

/**
 * Runs @p work in a child process, as a vendor's compiler may abort or hang: 0, the SB_E* that work returned with its
 * text, or SB_ECOMPILE where a signal or the time limit ended it. What work writes to files stays.
 */
int sb_gpu_apart(int (*work)(void *payload, struct sb_error *err), void *payload, double limit_s,
                 const char *what, struct sb_error *err);

/** A run-time compiler behind a C interface: NVRTC, and hiprtc, which copies it. */
struct sb_gpu_rtc {
    bool
        apart; /* compiles in a child. Not NVRTC: it calls the driver, which does not survive a fork */
    int (*version)(int *major, int *minor);
    const char *(*error_name)(int code);
    int (*create)(void **out, const char *text, const char *name, int headers,
                  const char *const *texts, const char *const *names);
    int (*destroy)(void **program);
    int (*compile)(void *program, int count, const char *const *options);
    int (*log_size)(void *program, size_t *out);
    int (*log)(void *program, char *out);
    int (*code_size)(void *program, size_t *out);
    int (*code)(void *program, char *out);
    int (*add_name)(void *program, const char *expression);
    int (*lowered)(void *program, const char *expression, const char **out);
};
/** Fills the table from an open library; @p prefix is "nvrtc" or "hiprtc", @p code "CUBIN" or "Code". */
int sb_gpu_rtc_fill(struct sb_gpu_rtc *out, void *library, const char *prefix, const char *code,
                    struct sb_error *err);
/** Compiles, in a child where rtc->apart; @p headers are "<name>" and text pairs, ends with NULL. */
int sb_gpu_rtc_compile(const struct sb_gpu_rtc *rtc, const struct sb_gpu_job *job,
                       const char *const *headers, struct sb_error *err);
/** Compiles with a program: argv begins with it, the flags, "-o" object and the unit's file of @p suffix follow. The
 *  symbols of launched functions are then looked for in the object. */
int sb_gpu_tool_compile(const char *program, const struct sb_gpu_job *job, const char *suffix,
                        struct sb_error *err);
/** A flags separated by spaces, cut in place; returns how many, at most @p room. */
int sb_gpu_split(const char **out, int room, char *flags);

/** A function of a code object. */
struct sb_gpu_symbol {
    char name[192];
    uint64_t bytes; /* of its code */
};
/** Kernels in @p image, an ELF code object of NVIDIA's or AMD's; returns how many, or a negative error. */
int sb_gpu_symbols(struct sb_gpu_symbol *out, int room, const void *image, size_t bytes,
                   struct sb_error *err);
/** The note of AMD's metadata in @p image (msgpack), or NULL; *length gets its bytes. */
const unsigned char *sb_gpu_metadata(size_t *length, const void *image, size_t bytes);
/** Reads reports of functions from that note; returns how many. */
int sb_gpu_read_metadata(struct sb_code_report *out, int room, const unsigned char *note,
                         size_t length);

/** The symbol of a launched function in compiled code: what the sidecar says, or the name itself. */
struct sb_gpu_sidecar {
    json_t *json;
};
int sb_gpu_sidecar_read(struct sb_gpu_sidecar *out, const struct sb_artifact *artifact,
                        struct sb_error *err);
const char *sb_gpu_sidecar_symbol(const struct sb_gpu_sidecar *sidecar, const char *function);

/** A vendor variant is C for the host, compiled by the machine's compiler, that launches on the device's stream. */
bool sb_gpu_is_hosted(const struct sb_source *source);
int sb_gpu_compile_hosted(struct sb_artifact *out, const struct sb_source *source,
                          struct sb_error *err);
int sb_gpu_load_hosted(struct sb_exec *exec, const struct sb_artifact *artifact,
                       const struct sb_source *source, struct sb_error *err);
/** Calls the function of @p launch, which puts its work on the stream. */
int sb_gpu_launch_hosted(struct sb_exec *exec, const struct sb_launch_spec *launch,
                         struct sb_error *err);

/** An array: memory between two zones that hold a pattern. */
struct sb_gpu_array {
    char name[64];
    size_t bytes;
    unsigned char *whole, *data; /* on the device */
};

struct sb_gpu_function {
    char name[64];
    void *function;
    unsigned block[3]; /* of its first launch, for placement() */
    int threads_most;
};

/** What compile.c and the compilers' own flags obey (backend.h). */
#define SB_GPU_TOGGLES                                                                             \
    (SB_TOGGLE_UNOPTIMISED | SB_TOGGLE_NO_CONTRACT | SB_TOGGLE_KEEP_DENORMALS |                    \
     SB_TOGGLE_REVERSED | SB_TOGGLE_BARRIERS | SB_TOGGLE_DEBUG)

struct sb_exec {
    const struct sb_gpu_api *api;
    const struct sb_gpu_platform *platform;
    int device;
    bool opened;
    char name[128], target[64];
    int limit[SB_GPU_ATTRIBUTES];
    void *stream, *begun, *ended; /* events */
    void *module, *object;        /* a device's module, or a hosted variant's shared object */
    struct sb_gpu_function *function;
    int function_count;
    struct sb_gpu_array array[SB_MAX_ARRAYS];
    unsigned char *pinned[2];
    void *copied[2]; /* events: pinned[i] may be used again */
    enum sb_precision precision;
    int index_bits;
    struct sb_beside beside;
};

/** Grid and block of a launch within the device's limits; SB_EABSENT, SB_ELIMIT with a sentence. Exposed for its test. */
int sb_gpu_shape(unsigned grid[3], unsigned block[3], const struct sb_launch_spec *launch,
                 const int limit[SB_GPU_ATTRIBUTES], int threads_most, struct sb_error *err);
void sb_gpu_free_arrays(struct sb_exec *exec);
/** A kernel argument as the device receives it. */
union sb_gpu_value {
    void *pointer;
    double f64;
    float f32;
    int32_t i32;
    uint32_t u32;
    int64_t i64;
};
void sb_gpu_set_value(union sb_gpu_value *out, const struct sb_exec *exec,
                      const struct sb_arg *arg);

#endif
