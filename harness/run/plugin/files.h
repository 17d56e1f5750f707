/* SPDX-License-Identifier: Apache-2.0 */
/** Which file code comes from. */
#ifndef SB_PLUGIN_FILES_H
#define SB_PLUGIN_FILES_H

enum sb_code {
    SB_CODE_PROGRAM,
    SB_CODE_LIBRARY,
    SB_CODE_WAITS /* OpenMP's library, in which threads wait */
};

/** Where the code at @p address, of this process, is from. */
enum sb_code sb_code_from(const void *address);

#endif
