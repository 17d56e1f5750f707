/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The contract of a container engine: turns what is to run into the command line that runs it in an image. One file
 * here, `<name>.c`, exports `const struct sb_engine sb_engine_<name>`. The driver wraps; the node runs the result.
 */
#ifndef SB_ENGINE_H
#define SB_ENGINE_H

#include "harness/place/place.h"
#include "harness/util/error.h"

#include <stdbool.h>
#include <stddef.h>

struct sb_mount {
    const char *path; /* the same inside and outside, absolute */
    bool writable;
};

enum sb_devices { SB_DEVICES_NONE, SB_DEVICES_NVIDIA, SB_DEVICES_AMD };

struct sb_wrap {
    const char *image; /* as resolve() wrote it: by digest */
    /* switchbench-runner on the node and outside of images, which checks files and folders before they run
     * (harness/run/contain.h); NULL: the one beside this program */
    const char *node_runner;
    const char *const *argv; /* inside; ends with NULL */
    const struct sb_mount *mount;
    int mount_count;
    const char *const *environment; /* "NAME=value"; ends with NULL */
    const char *const *
        pass; /* names of variables passed on from outside where set (ranks: PMIX_*, SLURM_*; a trailing '*' is allowed); ends with NULL */
    const char *const *options; /* the place's further arguments; ends with NULL */
    const char *folder;         /* working folder inside */
    const char *name; /* of the container, from the job's tag; for engines that name them */
    enum sb_devices devices;
    double memory_bytes; /* 0: no limit */
    int cores;           /* 0: no limit */
    bool ranks;          /* several ranks share memory and network of the node */
};

struct sb_engine {
    const char *name;  /* required, equals the file */
    const char *title; /* required, one line */
    const char
        *image_form; /* required, what an image is to it: "reference", "folder, SIF file", … */
    bool
        limits; /* sets memory and cores itself; where false, wrap() refuses them: the scheduler must */
    const char *scheduler; /* works within jobs of that one alone ("slurm"); NULL: anywhere */
    /** Its version. SB_EABSENT with the reason and what to install. Required. */
    int (*probe)(char *version, size_t room, struct sb_error *err);
    /** Appends the command line. SB_EINVAL where it cannot (no such devices, no limits). Required. */
    int (*wrap)(struct sb_strings *out, const struct sb_wrap *wrap, struct sb_error *err);
    /** The reference of @p image by digest ("repo@sha256:…", "/dir@sha256:…"). SB_ENOTFOUND says how to fetch it. Required but for none. */
    int (*resolve)(char *out, size_t room, const char *image, struct sb_error *err);
};

/** All engines; ends with NULL. Written by CMake. */
extern const struct sb_engine *const sb_engines[];
const struct sb_engine *sb_engine_find(const char *name, struct sb_error *err);

#endif
