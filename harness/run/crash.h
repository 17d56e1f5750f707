/* SPDX-License-Identifier: Apache-2.0 */
/** Says what a fatal signal hit before the process dies of it. */
#ifndef SB_CRASH_H
#define SB_CRASH_H

/**
 * From now on a SIGSEGV, SIGBUS, SIGFPE, SIGILL or SIGABRT writes {"crash": {"signal": n, "array": "a" | null}} to
 * @p fd and then kills the process as it would have. @p blame names the array of an address, or is NULL.
 */
void sb_crash_watch(const char *(*blame)(const void *address), int fd);

#endif
