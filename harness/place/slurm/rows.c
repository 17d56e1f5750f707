/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what squeue and sacct print. */
#include "harness/place/slurm/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each field is cut at its width and filled with spaces, so that places, not separators, divide a line: reasons and names
 * of others' jobs may hold any character. The name comes last, since its bytes need not be its columns. */
const char sb_slurm_squeue_format[] = "JobID:20|,State:20|,exit_code:12|,RestartCnt:12|,NodeList:"
                                      "128|,ReqNodes:128|,Reason:128|,ReasonList:128|,"
                                      "Name:140";
enum { ID, STATE, STATUS, RESTARTS, NODES, WANTED, REASON, REASON_LIST, NAME, FIELDS };
static const size_t widths[FIELDS] = {20, 20, 12, 12, 128, 128, 128, 128, 140};

const char sb_slurm_sacct_format[] = "JobIDRaw,State,ExitCode,NodeList,JobName";

static struct sb_slurm_row *add_row(struct sb_slurm_rows *rows)
{
    if (rows->count == rows->room) {
        const int room = rows->room ? rows->room * 2 : 64;
        struct sb_slurm_row *more = realloc(rows->row, (size_t)room * sizeof *more);
        if (!more) {
            return NULL;
        }
        rows->row = more;
        rows->room = room;
    }
    struct sb_slurm_row *row = &rows->row[rows->count++];
    *row = (struct sb_slurm_row){.exit_code = -1, .restarts = -1};
    return row;
}

/* A field without the spaces around it, control characters made spaces. */
static void take(char *out, size_t room, const char *text, size_t length)
{
    while (length > 0 && text[0] == ' ') {
        ++text;
        --length;
    }
    while (length > 0 && text[length - 1] == ' ') {
        --length;
    }
    length = length < room ? length : room - 1;
    for (size_t i = 0; i < length; ++i) {
        out[i] = (unsigned char)text[i] < ' ' ? ' ' : text[i];
    }
    out[length] = '\0';
}

static int number(const char *text, size_t length, int otherwise)
{
    char digits[16];
    char *end = NULL;
    take(digits, sizeof digits, text, length);
    const long value = strtol(digits, &end, 10);
    return end == digits || *end ? otherwise : (int)value;
}

/* Where a job has ended, "Reason" is right and the list is the reason in parentheses, or the nodes; where it waits, the
 * list says more ("ReqNodeNotAvail, UnavailableNodes:n1"). */
static void take_reason(struct sb_slurm_row *row, const char *reason, const char *list)
{
    char text[160];
    take(text, sizeof text, list, widths[REASON_LIST]);
    const size_t length = strlen(text);
    if (text[0] == '(' && length > 2) {
        take(row->reason, sizeof row->reason, text + 1, length - (text[length - 1] == ')' ? 2 : 1));
    } else {
        take(row->reason, sizeof row->reason, reason, widths[REASON]);
    }
}

/* 22.05's squeue: what wait(2) told, 1792 for exit(7), 11 for SIGSEGV, 253 at memory's end; 24.11's, and sacct: "7:0",
 * "0:11", "0:125". 125 is Slurm's own mark for memory, no signal. */
static void take_status(struct sb_slurm_row *row, const char *text, size_t length)
{
    const char *colon = memchr(text, ':', length);
    if (colon) {
        row->exit_code = number(text, (size_t)(colon - text), -1);
        row->signal = number(colon + 1, length - (size_t)(colon + 1 - text), 0);
    } else {
        const int status = number(text, length, 0);
        row->exit_code = status >> 8 & 255;
        row->signal = status & 127;
    }
    row->exit_code = row->signal == 0 ? row->exit_code : -1;
    row->signal = row->signal > 64 ? 0 : row->signal;
}

static int read_squeue_line(struct sb_slurm_rows *out, const char *line, size_t length)
{
    const char *field[FIELDS];
    size_t at = 0;
    for (int i = 0; i < FIELDS; ++i) {
        field[i] = line + at;
        at += widths[i];
        if (i < NAME && (at >= length || line[at++] != '|')) {
            return 0;
        }
    }
    const size_t name = (size_t)(field[NAME] - line);
    if (number(field[ID], widths[ID], -1) < 0) {
        return 0;
    }
    struct sb_slurm_row *row = add_row(out);
    if (!row) {
        return SB_ENOMEM;
    }
    take(row->id, sizeof row->id, field[ID], widths[ID]);
    take(row->state, sizeof row->state, field[STATE], widths[STATE]);
    take(row->nodes, sizeof row->nodes, field[NODES], widths[NODES]);
    take(row->name, sizeof row->name, field[NAME], length - name);
    take_reason(row, field[REASON], field[REASON_LIST]);
    take(row->wanted, sizeof row->wanted, field[WANTED], widths[WANTED]);
    take_status(row, field[STATUS], widths[STATUS]);
    row->restarts = number(field[RESTARTS], widths[RESTARTS], -1);
    return 0;
}

/* "3:0": code and signal; "CANCELLED by 1000": the state's first word. */
static int read_sacct_line(struct sb_slurm_rows *out, const char *line, size_t length)
{
    const char *field[5];
    size_t width[5];
    const char *at = line;
    for (int i = 0; i < 5; ++i) {
        const char *bar = i < 4 ? memchr(at, '|', (size_t)(line + length - at)) : line + length;
        if (!bar) {
            return 0;
        }
        field[i] = at;
        width[i] = (size_t)(bar - at);
        at = bar + 1;
    }
    if (number(field[0], width[0], -1) < 0) {
        return 0;
    }
    struct sb_slurm_row *row = add_row(out);
    if (!row) {
        return SB_ENOMEM;
    }
    take(row->id, sizeof row->id, field[0], width[0]);
    take(row->state, sizeof row->state, field[1], width[1]);
    row->state[strcspn(row->state, " +")] = '\0';
    take_status(row, field[2], width[2]);
    take(row->nodes, sizeof row->nodes, field[3], width[3]);
    if (strcmp(row->nodes, "None assigned") == 0) {
        row->nodes[0] = '\0';
    }
    take(row->name, sizeof row->name, field[4], width[4]);
    return 0;
}

static int read_lines(struct sb_slurm_rows *out, const char *text,
                      int (*read_line)(struct sb_slurm_rows *, const char *, size_t),
                      struct sb_error *err)
{
    while (*text) {
        const size_t length = strcspn(text, "\n");
        if (read_line(out, text, length) != 0) {
            return sb_fail(err, SB_ENOMEM, "out of memory");
        }
        text += length + (text[length] == '\n');
    }
    return 0;
}

int sb_slurm_read_squeue(struct sb_slurm_rows *out, const char *text, struct sb_error *err)
{
    return read_lines(out, text, read_squeue_line, err);
}

int sb_slurm_read_sacct(struct sb_slurm_rows *out, const char *text, struct sb_error *err)
{
    return read_lines(out, text, read_sacct_line, err);
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct sb_slurm_row *)a)->id, ((const struct sb_slurm_row *)b)->id);
}

void sb_slurm_rows_sort(struct sb_slurm_rows *rows)
{
    if (rows->count > 1) {
        qsort(rows->row, (size_t)rows->count, sizeof *rows->row, compare);
    }
}

const struct sb_slurm_row *sb_slurm_rows_find(const struct sb_slurm_rows *rows, const char *id,
                                              const char *name)
{
    int low = 0;
    int high = rows->count;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        if (strcmp(rows->row[middle].id, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < rows->count && strcmp(rows->row[low].id, id) == 0; ++low) {
        if (strcmp(rows->row[low].name, name) == 0) {
            return &rows->row[low];
        }
    }
    return NULL;
}

void sb_slurm_rows_free(struct sb_slurm_rows *rows)
{
    free(rows->row);
    *rows = (struct sb_slurm_rows){0};
}
