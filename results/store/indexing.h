/* SPDX-License-Identifier: Apache-2.0 */
/** Inside the store: one campaign while its records are read. */
#ifndef SB_STORE_INDEXING_H
#define SB_STORE_INDEXING_H

#include "results/store/connection.h"

struct sb_store_indexing {
    struct sb_store *store;
    int64_t campaign, file;
    int64_t line;  /* records of the file so far */
    int malformed; /* lines passed over */
    bool changed;
    char first_fault[512];
    struct sb_error *err;
};

/** Adds the rows of one checked record of at->file; @p payload is a struct sb_store_indexing. SB_EIO, SB_ENOMEM. */
int sb_store_add_record(json_t *record, void *payload);

/** How many turns of the record's timing something else disturbed; @p by gets by what, "waiting 12, clock 3", "" where nothing did. */
long long sb_store_disturbed(char *by, size_t room, const json_t *record);

#endif
