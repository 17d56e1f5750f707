/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/kubernetes/logs.h"

#include "harness/place/collect.h"
#include "harness/place/kubernetes/kubectl.h"
#include "harness/run/pieces.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define OVERLAP_S 60 /* of what is asked for, for clocks that disagree */

/* Length of "2026-11-26T01:26:04.123456789Z " or with "+01:00 ", its space included; 0: there is none. */
static size_t time_length(const char *line, size_t length)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    if (length < sizeof form) {
        return 0;
    }
    for (size_t i = 0; form[i]; ++i) {
        if (form[i] == 'd' ? !isdigit((unsigned char)line[i]) : line[i] != form[i]) {
            return 0;
        }
    }
    const char *space = memchr(line, ' ', length < 40 ? length : 40);
    return space ? (size_t)(space - line) + 1 : 0;
}

/** A line that comes in pieces: where its text so far lies. */
struct joint {
    char *text;
    size_t length, room;
    unsigned long number, next, pieces;
};

/* Adds a piece. True: it was the last of a whole line. Out of memory is a piece that is missing: it is asked for again. */
static bool join(struct joint *joint, const char *line, size_t length)
{
    char *at = NULL;
    const unsigned long number = strtoul(line + sizeof SB_PIECE - 1, &at, 10);
    const unsigned long index = strtoul(at, &at, 10);
    const unsigned long pieces = strtoul(at, &at, 10);
    const size_t head = (size_t)(at - line) + 1;
    if (index == 0) {
        *joint = (struct joint){joint->text, 0, joint->room, number, 0, pieces};
    }
    if (head > length || number != joint->number || index != joint->next ||
        pieces != joint->pieces) {
        joint->next = pieces + 1; /* none will do */
        return false;
    }
    if (joint->length + length > joint->room) {
        char *more = realloc(joint->text, 2 * (joint->length + length));
        if (!more) {
            return false;
        }
        joint->text = more;
        joint->room = 2 * (joint->length + length);
    }
    memcpy(joint->text + joint->length, line + head, length - head);
    joint->length += length - head;
    return ++joint->next == pieces;
}

size_t sb_kube_log_lines(char *text, size_t length)
{
    struct joint joint = {0};
    size_t kept = 0;
    size_t at = 0;
    for (char *end; (end = memchr(text + at, '\n', length - at));) {
        const char *line = text + at;
        const size_t size = (size_t)(end - line);
        const size_t time = time_length(line, size);
        const bool json = time && line[time] == '{';
        at += size + 1;
        if (time && size - time > sizeof SB_PIECE - 1 &&
            memcmp(line + time, SB_PIECE, sizeof SB_PIECE - 1) == 0) {
            /* what is joined is shorter than its pieces were, and these have been read */
            if (join(&joint, line + time, size - time)) {
                memcpy(text + kept, joint.text, joint.length);
                kept += joint.length;
                text[kept++] = '\n';
            }
        } else if (time) {
            const size_t skip = json ? time : 0;
            memmove(text + kept, line + skip, size + 1 - skip);
            kept += size + 1 - skip;
        }
    }
    free(joint.text);
    text[kept] = '\0';
    return kept;
}

/* How much of the log is asked for: what is newer than the last answer, and all of it at first and after the end. */
static bool since_words(char out[32], const struct sb_placed *job, const char *mark)
{
    struct stat st;
    const double age = stat(mark, &st) == 0 ? (double)time(NULL) - (double)st.st_mtime : -1;
    if (sb_job_has_ended(job->state) || age < 0 || age > 86400) {
        return false;
    }
    snprintf(out, 32, "--since=%.0fs", age + OVERLAP_S);
    return true;
}

static void set_mark(const struct sb_placed *job, const char *mark)
{
    if (sb_job_has_ended(job->state)) {
        unlink(mark);
        return;
    }
    const int fd = open(mark, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0) {
        futimens(fd, NULL);
        close(fd);
    }
}

int sb_kube_collect(const struct sb_placed *job, const struct sb_ticket *ticket,
                    struct sb_error *err)
{
    char selector[192];
    char mark[PATH_MAX];
    char since[32];
    if (job->state == SB_JOB_QUEUED || job->state == SB_JOB_HELD) {
        return 0;
    }
    snprintf(selector, sizeof selector, SB_KUBE_JOB "=%s", sb_kubectl_name(job->id));
    snprintf(mark, sizeof mark, "%s.fetched", ticket->log);
    const bool part = since_words(since, job, mark);
    const char *const words[] = {"logs",
                                 "-l",
                                 selector,
                                 "-c",
                                 SB_KUBE_CONTAINER,
                                 "--tail=-1",
                                 "--timestamps",
                                 "--ignore-errors",
                                 part ? since : NULL,
                                 NULL};
    struct sb_process_result ran;
    int code = sb_kubectl(&ran, ticket->place, words, NULL, NULL, err);
    if (code == 0) {
        const size_t length = sb_kube_log_lines(ran.output, ran.length);
        code = sb_collect(ticket, ran.output, length, true, err);
        sb_process_result_free(&ran);
        if (code == 0) {
            set_mark(job, mark);
        }
        return code;
    }
    /* a pod that is gone, or on a node that is, tells nothing more: what it had done is done again */
    const bool gone = sb_job_has_ended(job->state) && code != SB_EABSENT && code != SB_EIO &&
                      strstr(err ? err->text : "", "connect") == NULL;
    return gone || code == SB_ENOTFOUND ? 0 : SB_EINFRA;
}
