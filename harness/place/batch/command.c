/* SPDX-License-Identifier: Apache-2.0 */
/* What is done with a command line the same way by every batch system. */
#include "harness/place/batch/batch.h"

#include "harness/place/script.h"

#include <stdio.h>
#include <stdlib.h>

int sb_batch_show(char **out, const struct sb_line *line, const char *script,
                  const struct sb_ticket *ticket, const char *const launcher[16],
                  struct sb_error *err)
{
    char *body = NULL;
    char *command = NULL;
    int code = sb_script_make(&body, ticket, NULL, launcher, err);
    code = code != 0 ? code : sb_line_show(&command, line, err);
    if (code == 0) {
        const int length = script ? asprintf(out, "# %s\n%s\n%s", script, body, command)
                                  : asprintf(out, "%s# reads this script:\n%s", command, body);
        code = length < 0 ? sb_fail(err, SB_ENOMEM, "out of memory") : 0;
    }
    free(body);
    free(command);
    return code;
}

int sb_batch_cancel(struct sb_line *line, const struct sb_placed *jobs, int count,
                    bool (*had_ended)(const char *words), struct sb_error *err)
{
    struct sb_error fault = {0};
    char *answer = NULL;
    for (int i = 0; i < count; ++i) {
        sb_line_add(line, jobs[i].id);
    }
    int code = count > 0 ? sb_line_run(&answer, line, NULL, false, &fault) : 0;
    if (code != 0 && had_ended(fault.text)) {
        code = 0; /* the others are cancelled */
    }
    sb_batch_note_cancelled(jobs, count);
    free(answer);
    sb_line_free(line);
    return code == 0 ? 0 : sb_fail(err, code, "%s", fault.text);
}
