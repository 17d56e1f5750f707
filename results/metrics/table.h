/* SPDX-License-Identifier: Apache-2.0 */
/** metrics.yaml in memory: the rows of metric.h with their formulas. */
#ifndef SB_METRICS_TABLE_H
#define SB_METRICS_TABLE_H

#include "results/metrics/metric.h"

struct sb_formula {
    const char *source;  /* of counters; NULL: of the record alone, and of other metrics */
    const char *machine; /* pattern as of fnmatch(3) on sb_metrics_machine(); NULL: any */
    const char *value;   /* formula.h */
    const char *tags;    /* tags.h */
    const char *from;    /* who published it */
    int line;            /* of the file */
};

struct sb_metric_row {
    struct sb_metric metric;
    const char *expected;  /* formula over words alone; NULL: nothing is expected */
    bool per_architecture; /* an instruction of one is not an instruction of another */
    struct sb_formula *formula;
    int formulas;
};

struct sb_metrics {
    struct sb_metric_row *row;
    int count;
    char **text; /* owns */
    int texts;
};

/** The table in the program. Never NULL: a fault in it is a fault of the build, and tests/unit/test_metrics.c finds it. */
const struct sb_metrics *sb_metrics_table(void);
/** Reads the text of such a file; @p path is for messages. SB_EPARSE with the line. */
int sb_metrics_parse(struct sb_metrics *out, const char *text, size_t length, const char *path,
                     struct sb_error *err);
void sb_metrics_free(struct sb_metrics *metrics);

/** The group of a word of tags ("completion" of "retired"); NULL: no such word. */
const char *sb_tag_group(const char *word, size_t length);
/** The word of @p group in @p tags, and its length in *out_length; NULL: none. */
const char *sb_tag_find(size_t *out_length, const char *tags, const char *group);

#endif
