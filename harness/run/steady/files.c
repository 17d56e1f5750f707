/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/run/steady/source.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sb_steady_file(const char *root, const char *path)
{
    char full[2048];
    const int length = snprintf(full, sizeof full, "%s/%s", root, path);
    return length > 0 && (size_t)length < sizeof full ? open(full, O_RDONLY | O_CLOEXEC) : -1;
}

long sb_steady_text(int fd, char *out, size_t room)
{
    const ssize_t got = pread(fd, out, room - 1, 0);
    out[got > 0 ? got : 0] = '\0';
    return (long)got;
}

double sb_steady_number(int fd, const char *key)
{
    char text[1024];
    if (sb_steady_text(fd, text, sizeof text) <= 0) {
        return -1;
    }
    const char *at = key ? strstr(text, key) : text;
    at = at && key ? at + strlen(key) : at;
    char *end = NULL;
    const double value = at ? strtod(at, &end) : -1;
    return at && end != at && value >= 0 ? value : -1;
}

void sb_steady_mark(struct sb_steady_turn *turn, const char *what, double amount)
{
    json_array_append_new(
        turn->marks, json_pack("{s:s,s:f}", "what", what, "amount", round(1e4 * amount) / 1e4));
}

void sb_steady_add(struct sb_steady_turn *turn, const char *total, double amount)
{
    const double before = json_number_value(json_object_get(turn->totals, total));
    json_object_set_new(turn->totals, total, json_real(before + amount));
}

void sb_steady_least(struct sb_steady_turn *turn, const char *total, double value)
{
    const json_t *before = json_object_get(turn->totals, total);
    if (!before || json_number_value(before) > value) {
        json_object_set_new(turn->totals, total, json_real(value));
    }
}

void sb_steady_most(struct sb_steady_turn *turn, const char *total, double value)
{
    const json_t *before = json_object_get(turn->totals, total);
    if (!before || json_number_value(before) < value) {
        json_object_set_new(turn->totals, total, json_real(value));
    }
}
