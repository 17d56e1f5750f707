/* SPDX-License-Identifier: Apache-2.0 */
/** `switchbench-runner --twin SPEC.json`: one source file (harness/kernel_file/) on the twin. */
#ifndef SB_TWIN_FILE_H
#define SB_TWIN_FILE_H

/**
 * The spec: {"file", "defines": […], "launches": […], "arrays": […], "warp", "replays", "seed", "cache"}. Writes one JSON
 * object as a line to @p fd: {"state": "ran", "findings": […], …} as the backend observed it, or {"state": "failed",
 * "reason": "usage|compile|absent|internal", "text"}. Returns an exit code: 0, 2, 4, 6 or 7.
 */
int sb_twin_file_run(const char *spec_path, int fd);

#endif
