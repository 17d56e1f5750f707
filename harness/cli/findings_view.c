/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/findings_view.h"

#include "harness/util/fs.h"
#include "harness/util/json.h"

#include <stdlib.h>
#include <string.h>

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Line @p number of @p text without its indentation; "" where there is none. */
static void line_of(char *out, size_t room, const char *text, int64_t number)
{
    out[0] = '\0';
    for (int64_t line = 1; *text && line < number; ++line) {
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    text += strspn(text, " \t");
    if (number > 0) {
        snprintf(out, room, "%.*s", (int)strcspn(text, "\n"), text);
    }
}

/* "(1,0,0)", or nothing. */
static void numbers(char *out, size_t room, const json_t *list)
{
    size_t i = 0, used = 0;
    const json_t *item = NULL;
    out[0] = '\0';
    json_array_foreach (list, i, item) {
        snprintf(out + used, room - used, "%s%lld%s", i ? "," : "(",
                 (long long)json_integer_value(item), i + 1 == json_array_size(list) ? ")" : "");
        used = strlen(out);
    }
}

/* The source line, and who did what there. */
static void view_party(FILE *out, const char *path, const char *text, const json_t *finding,
                       const json_t *party)
{
    char source[160] = "", block[96], thread[96], what[160] = "";
    const int64_t line = sb_json_integer_or(party, "line", 0);
    const char *file = sb_json_text_or(party, "file", name_of(path));
    const bool here = strcmp(name_of(file), name_of(path)) == 0;
    const char *array = sb_json_text_or(finding, "array", NULL);
    line_of(source, sizeof source, here ? text : "", line);
    numbers(block, sizeof block, json_object_get(party, "block"));
    numbers(thread, sizeof thread, json_object_get(party, "thread"));
    if (line > 0) {
        fprintf(out, "  %s:%lld: %s\n", here ? path : file, (long long)line, source);
    }
    if (sb_json_at(party, "access") && array) {
        snprintf(what, sizeof what, ": %s %s[%lld]", sb_json_text_or(party, "access", ""), array,
                 (long long)sb_json_integer_or(finding, "index", 0));
    }
    if (block[0] && thread[0]) {
        fprintf(out, "      thread %s of block %s%s\n", thread, block, what);
    }
}

int sb_findings_view(FILE *out, const char *path, const json_t *answer, struct sb_error *err)
{
    const json_t *findings = json_object_get(answer, "findings");
    const size_t count = json_array_size(findings);
    const int64_t replays = sb_json_integer_or(answer, "replays", 0);
    char *text = NULL;
    size_t length = 0, i = 0;
    const int code = sb_fs_read(&text, &length, path, err);
    if (code != 0) {
        return code;
    }
    if (count == 0) {
        fprintf(out, "%s: nothing found", path);
    } else {
        fprintf(out, "%s: %zu finding%s", path, count, count == 1 ? "" : "s");
    }
    if (replays > 0) {
        fprintf(out, " in %lld replays", (long long)replays);
    }
    fputc('\n', out);
    const json_t *finding = NULL;
    json_array_foreach (findings, i, finding) {
        fprintf(out, "\n%s\n", sb_json_text_or(finding, "text", ""));
        view_party(out, path, text, finding, json_object_get(finding, "first"));
        view_party(out, path, text, finding, json_object_get(finding, "second"));
    }
    free(text);
    return 0;
}
