/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/util/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define MOST 63

static int least(int a, int b)
{
    return a < b ? a : b;
}

int sb_text_distance(const char *a, const char *b)
{
    int row[3][MOST + 1];
    const int na = least((int)strlen(a), MOST);
    const int nb = least((int)strlen(b), MOST);
    for (int j = 0; j <= nb; ++j) {
        row[0][j] = j;
    }
    for (int i = 1; i <= na; ++i) {
        int *now = row[i % 3];
        const int *before = row[(i + 2) % 3];
        const int *two_before = row[(i + 1) % 3];
        now[0] = i;
        for (int j = 1; j <= nb; ++j) {
            const int differs = a[i - 1] != b[j - 1];
            now[j] = least(before[j - 1] + differs, least(before[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                now[j] = least(now[j], two_before[j - 2] + 1);
            }
        }
    }
    return row[na % 3][nb];
}

const char *sb_text_closest(const char *name, int count,
                            const char *(*candidate)(int i, const void *payload),
                            const void *payload)
{
    const char *best = NULL;
    int best_distance = (int)strlen(name) / 3 + 2;
    for (int i = 0; i < count; ++i) {
        const char *other = candidate(i, payload);
        const int distance = sb_text_distance(name, other);
        if (distance < best_distance) {
            best = other;
            best_distance = distance;
        }
    }
    return best;
}

static void three_digits(char *out, size_t room, double value, const char *unit)
{
    const double size = fabs(value);
    const int decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
    snprintf(out, room, "%.*f %s", decimals, value, unit);
}

void sb_text_bytes(char *out, size_t room, double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    int i = 0;
    while (bytes >= 1024 && i < 5) {
        bytes /= 1024;
        ++i;
    }
    if (i == 0) {
        snprintf(out, room, "%.0f B", bytes);
    } else {
        three_digits(out, room, bytes, units[i]);
    }
}

void sb_text_time(char *out, size_t room, double time_ns)
{
    static const char *const units[] = {"ns", "µs", "ms", "s"};
    int i = 0;
    while (time_ns >= 999.5 && i < 3) {
        time_ns /= 1000;
        ++i;
    }
    three_digits(out, room, time_ns, units[i]);
}

void sb_text_rate(char *out, size_t room, double per_s, const char *unit)
{
    static const char *const scales[] = {"", "k", "M", "G", "T", "P"};
    int i = 0;
    while (per_s >= 999.5 && i < 5) {
        per_s /= 1000;
        ++i;
    }
    char scaled[64];
    snprintf(scaled, sizeof scaled, "%s%s/s", scales[i], unit);
    three_digits(out, room, per_s, scaled);
}

void sb_text_now(char out[32], int compact)
{
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(out, 32, compact ? "%Y%m%dT%H%M%SZ" : "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static bool part_is(const char *part, size_t length, const char *word)
{
    return strlen(word) == length && strncasecmp(part, word, length) == 0;
}

bool sb_text_is_secret(const char *name, size_t length)
{
    static const char *const anywhere[] = {"TOKEN",  "SECRET",     "PASSWORD",
                                           "PASSWD", "PASSPHRASE", "CREDENTIAL"};
    static const char *const parts[] = {"KEY", "APIKEY", "AUTH", "COOKIE", "PASS", "PWD"};
    for (size_t i = 0; i < sizeof anywhere / sizeof *anywhere; ++i) {
        const size_t word = strlen(anywhere[i]);
        for (size_t at = 0; at + word <= length; ++at) {
            if (part_is(name + at, word, anywhere[i])) {
                return true;
            }
        }
    }
    for (size_t at = 0, end = 0; at < length; at = end + 1) {
        for (end = at; end < length && name[end] != '_'; ++end) {
        }
        for (size_t i = 0; end - at < length && i < sizeof parts / sizeof *parts; ++i) {
            if (part_is(name + at, end - at, parts[i])) {
                return true;
            }
        }
    }
    return false;
}
