/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/oracle/finding.h"

#include "harness/util/json.h"

#include <stdio.h>
#include <string.h>

static bool is_race(const json_t *finding)
{
    return strcmp(sb_json_text_or(finding, "kind", ""), "race") == 0;
}

static bool same_array(const json_t *a, const json_t *b)
{
    return strcmp(sb_json_text_or(a, "array", ""), sb_json_text_or(b, "array", "")) == 0;
}

static const json_t *choose(const json_t *findings)
{
    const json_t *first = json_array_get(findings, 0);
    size_t i = 0;
    const json_t *finding = NULL;
    json_array_foreach (findings, i, finding) {
        if (is_race(finding) && same_array(finding, first)) {
            return finding;
        }
    }
    return first;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void sb_finding_choose(char *kind, size_t kind_room, char *text, size_t room,
                       const json_t *findings)
{
    const json_t *finding = choose(findings);
    const int64_t first = sb_json_integer_or(finding, "first.line", 0);
    const int64_t second = sb_json_integer_or(finding, "second.line", 0);
    snprintf(kind, kind_room, "%s", sb_json_text_or(finding, "kind", ""));
    if (is_race(finding) && first > 0 && second > 0) {
        char lines[64];
        snprintf(lines, sizeof lines, first == second ? "line %lld" : "lines %lld and %lld",
                 (long long)(first < second ? first : second),
                 (long long)(first < second ? second : first));
        snprintf(text, room, "race: %s of %s, on %s '%s'", lines,
                 name_of(sb_json_text_or(finding, "first.file", "the source")),
                 sb_json_text_or(finding, "memory", "array"),
                 sb_json_text_or(finding, "array", "?"));
    } else {
        snprintf(text, room, "%s", sb_json_text_or(finding, "text", ""));
    }
}
