/* SPDX-License-Identifier: Apache-2.0 */
/**
 * `switchbench-runner --image FOLDER_OR_FILE@sha256:… [--mount-point PATH]… [--env NAME=VALUE]… [--parent PID]
 *  [--oci CONFIGURATION [--pass NAME]… [--bundles FOLDER]] -- COMMAND…`: what an engine that reads images from files begins with, on the
 * node and outside of the image (harness/place/containers/words.h writes it).
 *
 * The image is read whole and compared with its digest; only then does the engine run, in place of this process. What
 * this finds: an image that changed since it was planned, whoever changed it and whatever times it bears. What it does
 * not find: one who writes into the image between this look and the end of the job; such a person must not have the
 * right to write there.
 *
 * --mount-point makes missing folders in an image that is a folder: empty ones do not count in its digest. --oci writes
 * the configuration into a bundle of its own ("%bundle" in the command), with the variables that --pass names (a
 * trailing '*' stands for any rest), and removes it when the command has ended; SIGTERM and SIGINT are handed on. The bundle
 * is made in FOLDER, else in TMPDIR or /tmp; where the configuration's root is a relative path, it has an empty folder so called.
 */
#ifndef SB_CONTAIN_H
#define SB_CONTAIN_H

#include <stdbool.h>

/** Whether @p argv is such a call. */
bool sb_contain_is_asked(int argc, char *const argv[]);
/** Runs it; returns an exit code where it cannot, or what the command ended with (128 + signal). */
int sb_contain_run(int argc, char *argv[]);

/** `switchbench-runner --contained NAME …` runs only where this variable says NAME: in the container that sets it. */
#define SB_CONTAINED "SWITCHBENCH_CONTAINED"

/** What was asked. All belongs to argv. */
struct sb_contain {
    const char *image, *oci, *bundles;
    long parent;
    char **command;
};

/** The bundle's part: runs command with its configuration (contain_oci.c). @p argv holds the --pass options. */
int sb_contain_oci(const struct sb_contain *asked, char *const argv[]);

#endif
