/* SPDX-License-Identifier: Apache-2.0 */
/** What the schedulers of batch systems share: their commands' argument vectors, answers, and lists of jobs. */
#ifndef SB_BATCH_H
#define SB_BATCH_H

#include "harness/place/schedulers/scheduler.h"

#define SB_BATCH_ASK_S 60.0 /* a question to a scheduler */

/** A command line that grows; after a first failure the rest does nothing. {0} is empty. */
struct sb_line {
    struct sb_strings words;
    int code;
};
void sb_line_add(struct sb_line *line, const char *word);
/** Two words: a flag and its value. Nothing where @p value is NULL. */
void sb_line_pair(struct sb_line *line, const char *flag, const char *value);
void sb_line_format(struct sb_line *line, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void sb_line_all(struct sb_line *line, const struct sb_strings *words);
void sb_line_free(struct sb_line *line);
/** As a person would type it (quoted), with a newline; malloc'd. */
int sb_line_show(char **out, const struct sb_line *line, struct sb_error *err);

/**
 * Runs it. *out: stdout (malloc'd). Another exit code than 0 is SB_EINFRA with the command's own words in one line, or,
 * with @p refusable, SB_EINVAL where these do not sound like a scheduler that cannot be reached.
 */
int sb_line_run(char **out, struct sb_line *line, const char *input, bool refusable,
                struct sb_error *err);

/** Appends a copy of @p job. */
int sb_batch_push(struct sb_placed **list, int *count, const struct sb_placed *job,
                  struct sb_error *err);
/**
 * Brings @p jobs up to date from @p known (by id, the tag kept; an entry later in @p known wins). One that it does not
 * hold keeps its state for SB_BATCH_PATIENCE_S, since accounting comes late, then becomes SB_JOB_UNKNOWN with
 * @p unknown as words; or SB_JOB_CANCELLED where sb_batch_note_cancelled() was told of it, as does one that was killed.
 */
void sb_batch_apply(struct sb_placed *jobs, int count, const struct sb_placed *known,
                    int known_count, const char *unknown);
#define SB_BATCH_PATIENCE_S 30.0
void sb_batch_note_cancelled(const struct sb_placed *jobs, int count);
/** Leaves those of @p campaign ("<campaign>." begins the tag). */
void sb_batch_filter(struct sb_placed *list, int *count, const char *campaign);
/** What find() returns: @p code, with those of @p campaign, or with none where it is an error. */
int sb_batch_found(struct sb_placed **list, int *count, int code, const char *campaign);
/** Leaves the last of those with the same id. */
void sb_batch_unique(struct sb_placed *list, int *count);
/** The words of a job, newlines and the like as spaces. */
void sb_batch_words(struct sb_placed *job, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/** DONE or FAILED by what the runner ended with; a code above 128 is a signal's. Sets exit_code and words. */
void sb_batch_ended(struct sb_placed *job, int code);
/** Adds @p node to job->node, once. */
void sb_batch_node(struct sb_placed *job, const char *node, size_t length);

/** SB_EINVAL for what a line or argument of a scheduler cannot hold: control characters, or a leading '-' . */
int sb_batch_check(const char *what, const char *value, struct sb_error *err);
/** The checks of all that a place says to a scheduler. */
int sb_batch_check_place(const struct sb_place *place, struct sb_error *err);
/**
 * Where a scheduler is to write a job's output: *option is ticket->log, or, where it would @p expand that, "/dev/null"; then
 * @p launcher (NULL-terminated, room 16) gets words in front that write it.
 */
void sb_batch_log(const char **option, const char *launcher[16], const struct sb_ticket *ticket,
                  bool expand);
/** The launcher of ranks on one node, "mpirun -n N", NULL-terminated into @p out (room 16); or no words. SB_EINVAL for several nodes where @p one_node. */
int sb_batch_launcher(const char *out[16], char number[16], const struct sb_ticket *ticket,
                      bool one_node, struct sb_error *err);
/** Both for a job on one node: how it is begun, and where its output goes. SB_EINVAL. */
int sb_batch_begin(const char **log, const char *launcher[16], char number[16],
                   const struct sb_ticket *ticket, bool expand, struct sb_error *err);
/** What submit() does, as text: @p line, and its script, which stands in the file @p script or comes by stdin (NULL). */
int sb_batch_show(char **out, const struct sb_line *line, const char *script,
                  const struct sb_ticket *ticket, const char *const launcher[16],
                  struct sb_error *err);
/**
 * Runs @p line with the ids of @p jobs behind it (nothing without any) and frees it. Words for which @p had_ended is true are
 * no error. The jobs are noted as cancelled.
 */
int sb_batch_cancel(struct sb_line *line, const struct sb_placed *jobs, int count,
                    bool (*had_ended)(const char *words), struct sb_error *err);
/** JSON of a command's stdout, even where lines that are no JSON stand before it. SB_EINFRA with @p who. */
int sb_batch_json(json_t **out, const char *text, const char *who, struct sb_error *err);
/** "HH:MM:SS" of a duration, rounded up to @p grain_s. */
void sb_batch_clock(char out[32], double seconds, double grain_s);

#endif
