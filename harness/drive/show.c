/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/drive/show.h"

#include "harness/drive/drive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int show_job(struct sb_drive *d, struct sb_drive_job *job, FILE *out, struct sb_error *err)
{
    char *text = NULL;
    int code = sb_drive_job_ticket(d, job, err);
    code = code != 0 ? code : job->scheduler->show(&text, &job->ticket, err);
    if (code == 0) {
        fprintf(out, "# %s: %d cell%s on %s, by %s\n%s\n", job->name, job->cell_count,
                job->cell_count == 1 ? "" : "s", job->spot, job->scheduler->name, text);
    }
    free(text);
    return code;
}

int sb_drive_show(FILE *out, const struct sb_plan *plan, const char *folder, struct sb_error *err)
{
    /* a folder that is nowhere on disk: what the jobs would be, were it there */
    struct sb_folder seen = {.plan = *plan, .journal_fd = -1};
    struct sb_drive d = {.folder = &seen, .attempt = 1};
    snprintf(seen.path, sizeof seen.path, "%s", folder);
    seen.state = calloc((size_t)plan->cell_count + 1, sizeof *seen.state);
    for (int i = 0; seen.state && i < plan->cell_count; ++i) {
        seen.state[i] = SB_STATES;
    }
    int code = seen.state ? sb_drive_init(&d, err) : sb_fail(err, SB_ENOMEM, "out of memory");
    while (code == 0) {
        struct sb_error told = {0};
        struct sb_drive_job *job = sb_drive_next_job(&d, &told);
        if (!job) {
            code = told.code ? sb_fail(err, told.code, "%s", told.text) : 0;
            break;
        }
        code = show_job(&d, job, out, err);
        for (int i = 0; i < job->cell_count; ++i) {
            seen.state[job->cell[i]] =
                SB_STATE_PASSED; /* so that its place in the window is free */
        }
        sb_drive_remove_job(&d, job);
    }
    sb_drive_fini(&d);
    free(seen.state);
    return code;
}
