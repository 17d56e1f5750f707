/* SPDX-License-Identifier: Apache-2.0 */
/** Recorded answers of schedulers and what must be read from them. */
#ifndef SB_RECORDED_JOBS_H
#define SB_RECORDED_JOBS_H

#include "harness/place/batch/batch.h"
#include "harness/util/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/** One job as it must be read. Words: a part of them; NULL: none may stand there. */
struct expected_job {
    const char *id, *tag;
    enum sb_job_state state;
    int exit_code;
    const char *node, *words;
};

static inline char *recorded(const char *name)
{
    char path[256];
    char *text = NULL;
    size_t length = 0;
    struct sb_error err = {0};
    snprintf(path, sizeof path, "places/recorded/%s", name);
    if (sb_fs_read(&text, &length, path, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return text;
}

static inline void check_jobs(const struct sb_placed *jobs, int count,
                              const struct expected_job *expected, int expected_count)
{
    assert_int_equal(count, expected_count);
    for (int i = 0; i < expected_count; ++i) {
        const struct sb_placed *job = NULL;
        for (int k = 0; k < count; ++k) {
            job = strcmp(jobs[k].id, expected[i].id) == 0 ? &jobs[k] : job;
        }
        if (!job) {
            fail_msg("job %s was not read", expected[i].id);
            return;
        }
        if (job->state != expected[i].state) {
            fail_msg("job %s is %s (%s), expected %s", job->id, sb_job_state_text(job->state),
                     job->words, sb_job_state_text(expected[i].state));
        }
        assert_string_equal(job->tag, expected[i].tag);
        assert_string_equal(job->node, expected[i].node);
        assert_int_equal(job->exit_code, expected[i].exit_code);
        if (expected[i].words ? !strstr(job->words, expected[i].words) : job->words[0] != '\0') {
            fail_msg("job %s says '%s', expected '%s'", job->id, job->words,
                     expected[i].words ? expected[i].words : "");
        }
    }
}

#define CHECK_JOBS(jobs, count, expected)                                                          \
    check_jobs(jobs, count, expected, (int)(sizeof(expected) / sizeof *(expected)))

/** Every beginning of @p name's text is read or refused, never crashes. */
static inline void check_torn(const char *name, int (*read)(struct sb_placed **, int *,
                                                            const char *, struct sb_error *))
{
    char *text = recorded(name);
    for (size_t length = strlen(text); length > 0; length -= length > 97 ? 97 : length) {
        struct sb_placed *jobs = NULL;
        struct sb_error err = {0};
        int count = 0;
        text[length] = '\0';
        const int code = read(&jobs, &count, text, &err);
        assert_true(code == 0 || (code == SB_EINFRA && err.text[0]));
        free(jobs);
    }
    free(text);
}

#endif
