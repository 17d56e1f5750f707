/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/noise_interrupts.h"

#include "harness/util/process.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_in(const char *root, const char *path)
{
    char full[1200];
    snprintf(full, sizeof full, "%s/%s", root, path);
    return fopen(full, "re");
}

/* "           CPU0       CPU3": which CPU each column is of. Returns how many. */
static int read_head(int *column, char *line)
{
    int count = 0;
    char *rest = line;
    for (char *word; (word = strsep(&rest, " \t\n")) != NULL && count < SB_INTERRUPTS_CPUS;) {
        if (strncmp(word, "CPU", 3) == 0) {
            const long cpu = strtol(word + 3, NULL, 10);
            column[count++] = cpu >= 0 && cpu < SB_INTERRUPTS_CPUS ? (int)cpu : -1;
        }
    }
    return count;
}

/* "LOC:  123  456  Local timer interrupts"; Arm names it arch_timer, RISC-V riscv-timer, behind the counts. */
static void read_line(struct sb_interrupts *out, const char *line, const int *column, int count)
{
    const char *colon = strchr(line, ':');
    if (!colon) {
        return;
    }
    const bool timer =
        strstr(line, "LOC:") || strstr(line, "arch_timer") || strstr(line, "riscv-timer");
    static double value[SB_INTERRUPTS_CPUS];
    const char *at = colon + 1;
    for (int i = 0; i < count; ++i) {
        char *end = NULL;
        value[i] = strtod(at, &end);
        if (end == at) {
            return; /* ERR and MIS have one number for all */
        }
        at = end;
    }
    for (int i = 0; i < count; ++i) {
        if (column[i] >= 0) {
            out->all[column[i]] += value[i];
            out->timer[column[i]] += timer ? value[i] : 0;
        }
    }
}

static void read_interrupts(struct sb_interrupts *out, FILE *file)
{
    static int column[SB_INTERRUPTS_CPUS];
    char *line = NULL;
    size_t room = 0;
    int count = getline(&line, &room, file) > 0 ? read_head(column, line) : 0;
    for (int i = 0; i < count; ++i) {
        out->cpus = column[i] >= out->cpus ? column[i] + 1 : out->cpus;
    }
    while (count > 0 && getline(&line, &room, file) > 0) {
        read_line(out, line, column, count);
    }
    free(line);
}

void sb_interrupts_read(struct sb_interrupts *out, const char *root)
{
    memset(out, 0, sizeof *out);
    FILE *file = open_in(root, "proc/interrupts");
    if (file) {
        read_interrupts(out, file);
        fclose(file);
        out->seconds = (double)sb_process_now_ns() * 1e-9;
    }
    file = open_in(root, "proc/stat");
    double v[8] = {0};
    if (file && fscanf(file, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &v[0], &v[1], &v[2], &v[3],
                       &v[4], &v[5], &v[6], &v[7]) == 8) {
        out->steal = v[7];
        for (int i = 0; i < 8; ++i) {
            out->ticks += v[i];
        }
    }
    if (file) {
        fclose(file);
    }
}
