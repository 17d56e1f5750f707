/* SPDX-License-Identifier: Apache-2.0 */
/* An assertion of a kernel is a finding with its line; the C library's would end the process. May be included often. */
#undef assert
#ifdef NDEBUG
#define assert(e) ((void)0)
#else
#define assert(e) ((e) ? (void)0 : sb_twin_failed("assertion " #e))
#endif
