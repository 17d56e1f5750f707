/* SPDX-License-Identifier: Apache-2.0 */
/**
 * An option is a row. The command line, the environment, campaign files, -h, completion and the man page all walk the
 * same tables; the JSON Schema of campaigns is tested against them.
 */
#ifndef SB_OPTION_H
#define SB_OPTION_H

#include "harness/plan/campaign.h"
#include "harness/util/error.h"

#include <stddef.h>

/** What the text of an option becomes, and the type of the member at its offset. */
enum sb_option_type {
    SB_OPTION_END,     /* ends a table */
    SB_OPTION_FLAG,    /* bool; on the command line without a value */
    SB_OPTION_TEXT,    /* char *, owned */
    SB_OPTION_FILE,    /* char *, owned; completed as a file name */
    SB_OPTION_FOLDER,  /* char *, owned; completed as a folder name */
    SB_OPTION_TEXTS,   /* struct sb_strings; a whole text each time that the option is given */
    SB_OPTION_CSV,     /* struct sb_strings; comma-separated, and the option may be repeated */
    SB_OPTION_INTEGER, /* int */
    SB_OPTION_SEED,    /* uint64_t; decimal or 0x… */
    SB_OPTION_PERCENT, /* double, a fraction: "1%" and "0.01" are the same */
    SB_OPTION_SECONDS, /* double, seconds: "90", "90s", "10m", "2h", "50ms" */
    SB_OPTION_BYTES,   /* double, bytes: "1e9", "4GiB", "512 MB" */
    SB_OPTION_SWEEP,   /* the offset is of a struct sb_campaign: [kernel.]parameter=values */
};

struct sb_option {
    const char *flag;  /* "time-limit" for --time-limit; NULL: not on the command line */
    const char *key;   /* in campaign files; NULL: not there */
    const char *env;   /* environment variable; NULL: none */
    const char *value; /* what -h calls its value ("N", "DIR"); NULL for flags */
    const char
        *usual; /* default. Scalars are set from it; lists are only described by it. NULL: none */
    double least, most;         /* bounds of numbers, inclusive; in the unit of the member */
    const char *const *choices; /* NULL, or NULL-terminated: the only texts allowed */
    const char *letters;        /* a text may hold only these characters; NULL: any */
    const char *help;           /* required, one line */
    size_t offset;              /* of the member in the target */
    enum sb_option_type type;   /* required */
    char letter;                /* 'n' for -n; 0: none */
};

/** The axes and limits of a campaign; the target is a struct sb_campaign. */
extern const struct sb_option sb_campaign_options[];

/**
 * Sets the member of @p target that @p row names from @p text (NULL for a flag given alone). CSV and sweeps add.
 * @p where says where it was asked ("--repeat", "site.yaml:12"); messages begin with it. SB_EINVAL, SB_ENOMEM.
 */
int sb_option_set(const struct sb_option *row, void *target, const char *text, const char *where,
                  struct sb_error *err);
/** Sets every scalar with a default. @p target is zeroed by the caller. */
void sb_options_defaults(const struct sb_option *table, void *target);
/** Empties a CSV member, so that a higher layer replaces it; nothing for other types. */
void sb_option_clear(const struct sb_option *row, void *target);
/** Releases what the members of @p table own (not sweeps: they are the campaign's). */
void sb_options_free(const struct sb_option *table, void *target);

#endif
