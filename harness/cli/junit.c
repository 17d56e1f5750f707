/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/junit.h"

#include "harness/util/fs.h"

#include <stdlib.h>
#include <string.h>

/* XML 1.0 has no control characters but tab and line ends, not even escaped. */
static void print_escaped(FILE *out, const char *text)
{
    for (; *text; ++text) {
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\n':
            fputs("&#10;", out);
            break;
        default:
            fputc((unsigned char)*text < 0x20 && *text != '\t' ? '?' : *text, out);
        }
    }
}

int sb_junit_begin(struct sb_junit *junit, struct sb_error *err)
{
    *junit = (struct sb_junit){0};
    junit->body = open_memstream(&junit->text, &junit->length);
    return junit->body ? SB_OK : sb_fail(err, SB_ENOMEM, "out of memory");
}

void sb_junit_case(struct sb_junit *junit, const char *group, const char *name, double time_s,
                   enum sb_junit_result result, const char *message)
{
    static const char *const element[] = {NULL, "failure", "error", "skipped"};
    FILE *out = junit->body;
    ++junit->counts[result];
    junit->time_s += time_s;
    fputs("    <testcase classname=\"", out);
    print_escaped(out, group);
    fputs("\" name=\"", out);
    print_escaped(out, name);
    fprintf(out, "\" time=\"%.6f\"", time_s);
    if (result == SB_JUNIT_PASSED) {
        fputs("/>\n", out);
        return;
    }
    fprintf(out, "><%s message=\"", element[result]);
    print_escaped(out, message ? message : "");
    fputs("\"/></testcase>\n", out);
}

int sb_junit_end(struct sb_junit *junit, const char *suite, const char *path, struct sb_error *err)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    const int failed = fclose(junit->body);
    int rc = SB_OK;
    if (!out || failed) {
        rc = sb_fail(err, SB_ENOMEM, "out of memory");
    } else {
        const int *n = junit->counts;
        fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"",
              out);
        print_escaped(out, suite);
        fprintf(out,
                "\" tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"%.6f\">\n",
                n[0] + n[1] + n[2] + n[3], n[SB_JUNIT_FAILURE], n[SB_JUNIT_ERROR],
                n[SB_JUNIT_SKIPPED], junit->time_s);
        fwrite(junit->text, 1, junit->length, out);
        fputs("  </testsuite>\n</testsuites>\n", out);
    }
    if (out && fclose(out) != 0 && !rc) {
        rc = sb_fail(err, SB_ENOMEM, "out of memory");
    }
    if (rc == SB_OK) {
        rc = sb_fs_write(path, text, length, err);
    }
    free(junit->text);
    free(text);
    *junit = (struct sb_junit){0};
    return rc;
}
