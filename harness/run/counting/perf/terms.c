/* SPDX-License-Identifier: Apache-2.0 */
/* Documentation/ABI/testing/sysfs-bus-event_source-devices-format: a file of format/ says which bits of which word a term fills, the
 * lowest bits of the value first: "config:0-7,32-35". */
#include "harness/run/counting/perf/event.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct term {
    char name[64];
    uint64_t value;
    bool wants; /* "?" stands for a value that only the user knows */
};

static int split(struct term *out, const char *text, size_t length, struct sb_error *err)
{
    char word[160];
    snprintf(word, sizeof word, "%.*s", (int)length, text);
    char *value = strchr(word, '=');
    *out = (struct term){.value = 1, .wants = value && value[1] == '?'};
    if (value) {
        *value++ = '\0';
    }
    if (length >= sizeof word || !word[0] || strlen(word) >= sizeof out->name) {
        return sb_fail(err, SB_ENOTFOUND, "'%s' is no term", word);
    }
    snprintf(out->name, sizeof out->name, "%.63s", word);
    if (value && !out->wants) {
        char *end = NULL;
        errno = 0;
        out->value = strtoull(value, &end, 0);
        if (errno != 0 || end == value || *end || value[0] == '-') {
            return sb_fail(err, SB_ENOTFOUND, "'%s' is no value of %s: expected a number", value,
                           out->name);
        }
    }
    return 0;
}

static int put_bit(uint64_t config[4], int word, unsigned bit, uint64_t *value)
{
    if (word < 0 || word > 3 || bit > 63) {
        return SB_EPARSE;
    }
    config[word] = (config[word] & ~(1ULL << bit)) | (*value & 1) << bit;
    *value >>= 1;
    return 0;
}

/* @p bits: "config1:0-7,32-35". */
static int put(uint64_t config[4], const char *bits, const struct term *term, struct sb_error *err)
{
    uint64_t left = term->value;
    const char *colon = strchr(bits, ':');
    if (strncmp(bits, "config", 6) != 0 || !colon) {
        return sb_fail(err, SB_EABSENT, "this kernel's format of %s ('%s') is not understood here",
                       term->name, bits);
    }
    const int word = colon == bits + 6 ? 0 : atoi(bits + 6);
    int code = 0;
    for (const char *at = colon; code == 0 && (*at == ':' || *at == ',');) {
        char *end = NULL;
        const unsigned long from = strtoul(at + 1, &end, 10);
        const unsigned long to = *end == '-' ? strtoul(end + 1, &end, 10) : from;
        for (unsigned long bit = from; code == 0 && bit <= to; ++bit) {
            code = put_bit(config, word, (unsigned)bit, &left);
        }
        at = end;
    }
    if (code != 0) {
        return sb_fail(err, SB_EABSENT, "this kernel's format of %s ('%s') is not understood here",
                       term->name, bits);
    }
    return left == 0 ? 0
                     : sb_fail(err, SB_ENOTFOUND, "%s=0x%llx does not fit its bits (%s)",
                               term->name, (unsigned long long)term->value, bits);
}

static int put_term(uint64_t config[4], const char *folder, const struct term *term,
                    struct sb_error *err)
{
    char bits[160];
    if (term->wants) {
        return sb_fail(err, SB_EABSENT, "a value is to be said for %s: …;%s=1/", term->name,
                       term->name);
    }
    if (!strchr(term->name, '/') && term->name[0] != '.' &&
        sb_perf_line(bits, sizeof bits, "%s/format/%s", folder, term->name)) {
        return put(config, bits, term, err);
    }
    static const char *const words[] = {"config", "config1", "config2", "config3"};
    for (int i = 0; i < 4; ++i) {
        if (strcmp(term->name, words[i]) == 0) {
            config[i] = term->value;
            return 0;
        }
    }
    return sb_fail(err, SB_ENOTFOUND, "it has no term and no event '%s'", term->name);
}

int sb_perf_terms(uint64_t config[4], const char *folder, const char *terms, struct sb_error *err)
{
    int code = 0;
    for (const char *at = terms; code == 0 && *at;) {
        struct term term;
        const size_t length = strcspn(at, ",;\n");
        code = split(&term, at, length, err);
        code = code != 0 ? code : put_term(config, folder, &term, err);
        at += length + (at[length] != '\0');
    }
    return code;
}
