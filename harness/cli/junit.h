/* SPDX-License-Identifier: Apache-2.0 */
/** JUnit XML as CI servers read it (the schema of Ant's junitreport, as Jenkins and GitLab document it). */
#ifndef SB_JUNIT_H
#define SB_JUNIT_H

#include "harness/util/error.h"

#include <stdio.h>

enum sb_junit_result { SB_JUNIT_PASSED, SB_JUNIT_FAILURE, SB_JUNIT_ERROR, SB_JUNIT_SKIPPED };

struct sb_junit {
    FILE *body; /* of the cases */
    char *text;
    size_t length;
    int counts[4];
    double time_s;
};

int sb_junit_begin(struct sb_junit *junit, struct sb_error *err);
/** One case; @p group is usually "<kernel>.<backend>"; @p message is NULL where passed. */
void sb_junit_case(struct sb_junit *junit, const char *group, const char *name, double time_s,
                   enum sb_junit_result result, const char *message);
/** Writes the file and releases everything. SB_EIO. */
int sb_junit_end(struct sb_junit *junit, const char *suite, const char *path, struct sb_error *err);

#endif
