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

/* "[3]", "(1,0,0)"; nothing for what is no array. */
static void numbers(char *out, size_t room, const json_t *list, const char brackets[2])
{
    size_t i = 0;
    const json_t *item = NULL;
    out[0] = '\0';
    json_array_foreach(list, i, item) {
        const size_t used = strlen(out);
        snprintf(out + used, room - used, "%s%lld", i ? "," : "", (long long)json_integer_value(item));
    }
    char all[128];
    snprintf(all, sizeof all, "%c%s%c", brackets[0], out, brackets[1]);
    snprintf(out, room, "%s", json_array_size(list) > 0 ? all : "");
}

static void view_party(FILE *out, const char *path, const char *text, const json_t *party)
{
    if (!json_is_object(party)) {
        return;
    }
    char source[160] = "", index[96], block[96], thread[96];
    const int64_t line = sb_json_integer_or(party, "line", 0);
    const char *file = sb_json_text_or(party, "file", name_of(path));
    const bool here = strcmp(name_of(file), name_of(path)) == 0;
    line_of(source, sizeof source, here ? text : "", line);
    numbers(index, sizeof index, json_object_get(party, "index"), "[]");
    numbers(block, sizeof block, json_object_get(party, "block"), "()");
    numbers(thread, sizeof thread, json_object_get(party, "thread"), "()");
    if (line > 0) {
        fprintf(out, "  %s:%lld: %s\n", here ? path : file, (long long)line, source);
    }
    fprintf(out, "      ");
    if (sb_json_at(party, "access")) {
        fprintf(out, "%s %s%s%s", sb_json_text_or(party, "access", ""), sb_json_text_or(party, "array", ""),
                index, block[0] || thread[0] ? ", " : "");
    }
    fprintf(out, "%s%s%s%s%s\n", block[0] ? "block " : "", block, thread[0] ? " thread " : "", thread,
            block[0] || thread[0] ? "" : "(thread not known)");
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
    json_array_foreach(findings, i, finding) {
        fprintf(out, "\n%s: %s\n", sb_json_text_or(finding, "kind", "?"), sb_json_text_or(finding, "text", ""));
        view_party(out, path, text, json_object_get(finding, "first"));
        view_party(out, path, text, json_object_get(finding, "second"));
    }
    free(text);
    return 0;
}
