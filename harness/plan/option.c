/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/plan/option.h"

#include "harness/util/text.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct suffix {
    const char *name;
    double factor;
};

static const struct suffix suffixes_seconds[] = {
    {"", 1},     {"s", 1},    {"ms", 1e-3}, {"us", 1e-6}, {"m", 60},
    {"min", 60}, {"h", 3600}, {"d", 86400}, {NULL, 0},
};
static const struct suffix suffixes_percent[] = {{"", 1}, {"%", 1e-2}, {NULL, 0}};
static const struct suffix suffixes_bytes[] = {
    {"", 1},         {"b", 1},      {"k", 1024},     {"kb", 1e3},     {"kib", 1024},
    {"m", 0x1p20},   {"mb", 1e6},   {"mib", 0x1p20}, {"g", 0x1p30},   {"gb", 1e9},
    {"gib", 0x1p30}, {"t", 0x1p40}, {"tb", 1e12},    {"tib", 0x1p40}, {NULL, 0},
};

/* What a number of each type looks like; the second half of "expected …, got …". */
static const char *expected(enum sb_option_type type)
{
    switch (type) {
    case SB_OPTION_INTEGER:
        return "a whole number";
    case SB_OPTION_SEED:
        return "a whole number below 2^64";
    case SB_OPTION_PERCENT:
        return "a share such as 1% or 0.01";
    case SB_OPTION_SECONDS:
        return "a time such as 90s, 10m or 2h";
    case SB_OPTION_BYTES:
        return "an amount of memory such as 4GiB or 512MB";
    case SB_OPTION_FLAG:
        return "true or false";
    default:
        return "a text";
    }
}

static int parse_number(double *out, const struct suffix *suffixes, const char *text)
{
    char *end = NULL;
    errno = 0;
    const double value = strtod(text, &end);
    if (end == text || errno || !isfinite(value)) {
        return SB_EINVAL;
    }
    while (*end == ' ') {
        ++end;
    }
    for (const struct suffix *s = suffixes; s->name; ++s) {
        if (strcasecmp(s->name, end) == 0) {
            *out = value * s->factor;
            return SB_OK;
        }
    }
    return SB_EINVAL;
}

static int parse_real(double *out, enum sb_option_type type, const char *text)
{
    switch (type) {
    case SB_OPTION_PERCENT:
        return parse_number(out, suffixes_percent, text);
    case SB_OPTION_SECONDS:
        return parse_number(out, suffixes_seconds, text);
    case SB_OPTION_BYTES:
        return parse_number(out, suffixes_bytes, text);
    default: {
        static const struct suffix none[] = {{"", 1}, {NULL, 0}};
        const int rc = parse_number(out, none, text);
        return rc == SB_OK && *out == floor(*out) ? SB_OK : SB_EINVAL;
    }
    }
}

/* A quantity as a person would have written it, for messages about bounds. */
static void show_bound(char *out, size_t room, enum sb_option_type type, double value)
{
    switch (type) {
    case SB_OPTION_PERCENT:
        snprintf(out, room, "%g%%", value * 100);
        break;
    case SB_OPTION_SECONDS:
        if (value >= 3600) {
            const bool days = value >= 86400;
            snprintf(out, room, "%g%c", value / (days ? 86400 : 3600), days ? 'd' : 'h');
        } else {
            snprintf(out, room, "%gs", value);
        }
        break;
    case SB_OPTION_BYTES:
        sb_text_bytes(out, room, value);
        break;
    default:
        snprintf(out, room, "%g", value);
    }
}

static int set_real(const struct sb_option *row, void *member, const char *text, const char *where,
                    struct sb_error *err)
{
    double value = 0;
    if (parse_real(&value, row->type, text) != SB_OK) {
        return sb_fail(err, SB_EINVAL, "%s: expected %s, got '%s'", where, expected(row->type),
                       text);
    }
    if (value < row->least || value > row->most) {
        char least[32];
        char most[32];
        show_bound(least, sizeof least, row->type, row->least);
        show_bound(most, sizeof most, row->type, row->most);
        return sb_fail(err, SB_EINVAL, "%s: %s is out of bounds: from %s to %s", where, text, least,
                       most);
    }
    if (row->type == SB_OPTION_INTEGER) {
        *(int *)member = (int)value;
    } else {
        *(double *)member = value;
    }
    return SB_OK;
}

static int set_seed(void *member, const char *text, const char *where, struct sb_error *err)
{
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 0);
    if (!isdigit((unsigned char)text[0]) || *end || errno) {
        return sb_fail(err, SB_EINVAL, "%s: expected %s, got '%s'", where, expected(SB_OPTION_SEED),
                       text);
    }
    *(uint64_t *)member = value;
    return SB_OK;
}

static int set_flag(void *member, const char *text, const char *where, struct sb_error *err)
{
    static const struct {
        const char *text;
        bool value;
    } words[] = {{"true", true},   {"yes", true}, {"on", true},   {"1", true},
                 {"false", false}, {"no", false}, {"off", false}, {"0", false}};
    for (size_t i = 0; text && i < sizeof words / sizeof words[0]; ++i) {
        if (strcasecmp(text, words[i].text) == 0) {
            *(bool *)member = words[i].value;
            return SB_OK;
        }
    }
    if (text) {
        return sb_fail(err, SB_EINVAL, "%s: expected true or false, got '%s'", where, text);
    }
    *(bool *)member = true;
    return SB_OK;
}

static int set_text(char **member, const char *text, struct sb_error *err)
{
    char *copy = strdup(text);
    if (!copy) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    free(*member);
    *member = copy;
    return SB_OK;
}

static const char *choice_name(int i, const void *payload)
{
    return ((const char *const *)payload)[i];
}

static int check_choice(const struct sb_option *row, const char *text, const char *where,
                        struct sb_error *err)
{
    int count = 0;
    char all[256] = "";
    for (; row->choices && row->choices[count]; ++count) {
        if (strcmp(row->choices[count], text) == 0) {
            return SB_OK;
        }
        const size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", count ? ", " : "", row->choices[count]);
    }
    if (!row->choices) {
        return SB_OK;
    }
    const char *near = sb_text_closest(text, count, choice_name, (const void *)row->choices);
    if (near) {
        return sb_fail(err, SB_EINVAL, "%s: unknown value '%s'; did you mean '%s'?", where, text,
                       near);
    }
    return sb_fail(err, SB_EINVAL, "%s: unknown value '%s'; one of %s", where, text, all);
}

static int set_csv(const struct sb_option *row, struct sb_strings *list, const char *text,
                   const char *where, struct sb_error *err)
{
    const int before = list->count;
    /* an empty text is the empty name: --labels "" takes the cases without a label */
    if ((*text ? sb_strings_add_csv(list, text) : sb_strings_add(list, text)) != SB_OK) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    if (list->count == before) {
        return sb_fail(err, SB_EINVAL, "%s: expected at least one value", where);
    }
    for (int i = before; i < list->count; ++i) {
        const int rc = check_choice(row, list->item[i], where, err);
        if (rc) {
            return rc;
        }
    }
    return SB_OK;
}

int sb_option_set(const struct sb_option *row, void *target, const char *text, const char *where,
                  struct sb_error *err)
{
    void *member = (char *)target + row->offset;
    if (!text && row->type != SB_OPTION_FLAG) {
        return sb_fail(err, SB_EINVAL, "%s: expected a value", where);
    }
    switch (row->type) {
    case SB_OPTION_FLAG:
        return set_flag(member, text, where, err);
    case SB_OPTION_SEED:
        return set_seed(member, text, where, err);
    case SB_OPTION_CSV:
        return set_csv(row, member, text, where, err);
    case SB_OPTION_TEXTS:
        return sb_strings_add(member, text) == SB_OK ? SB_OK
                                                     : sb_fail(err, SB_ENOMEM, "out of memory");
    case SB_OPTION_SWEEP:
        return sb_campaign_sweep(member, text, where, err);
    case SB_OPTION_TEXT:
    case SB_OPTION_FILE:
    case SB_OPTION_FOLDER: {
        if (!*text) {
            return sb_fail(err, SB_EINVAL, "%s: expected a value, got an empty text", where);
        }
        const size_t fine = row->letters ? strspn(text, row->letters) : 0;
        if (row->letters && text[fine]) {
            return sb_fail(err, SB_EINVAL,
                           "%s: '%s' may hold only letters, digits, '.', '_' and '-'", where, text);
        }
        const int rc = check_choice(row, text, where, err);
        return rc ? rc : set_text((char **)member, text, err);
    }
    default: {
        const int rc = check_choice(row, text, where, err);
        return rc ? rc : set_real(row, member, text, where, err);
    }
    }
}

void sb_options_defaults(const struct sb_option *table, void *target)
{
    for (const struct sb_option *row = table; row->type != SB_OPTION_END; ++row) {
        if (row->usual && row->type >= SB_OPTION_INTEGER && row->type <= SB_OPTION_BYTES) {
            const int rc = sb_option_set(row, target, row->usual, row->flag, NULL);
            assert(rc == SB_OK); /* a table whose default breaks its own bounds */
            (void)rc;
        }
    }
}

void sb_option_clear(const struct sb_option *row, void *target)
{
    if (row->type == SB_OPTION_CSV || row->type == SB_OPTION_TEXTS) {
        void *member = (char *)target + row->offset;
        sb_strings_free(member);
    }
}

void sb_options_free(const struct sb_option *table, void *target)
{
    for (const struct sb_option *row = table; row->type != SB_OPTION_END; ++row) {
        void *member = (char *)target + row->offset;
        sb_option_clear(row, target);
        if (row->type == SB_OPTION_TEXT || row->type == SB_OPTION_FILE ||
            row->type == SB_OPTION_FOLDER) {
            free(*(char **)member);
            *(char **)member = NULL;
        }
    }
}
