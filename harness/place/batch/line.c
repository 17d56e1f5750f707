/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/batch/batch.h"

#include "harness/place/script.h"
#include "harness/util/process.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sb_line_add(struct sb_line *line, const char *word)
{
    if (line->code == 0) {
        line->code = sb_strings_add(&line->words, word);
    }
}

void sb_line_pair(struct sb_line *line, const char *flag, const char *value)
{
    if (value) {
        sb_line_add(line, flag);
        sb_line_add(line, value);
    }
}

void sb_line_format(struct sb_line *line, const char *fmt, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, fmt);
    const int length = vasprintf(&text, fmt, args);
    va_end(args);
    if (length < 0) {
        line->code = SB_ENOMEM;
        return;
    }
    sb_line_add(line, text);
    free(text);
}

void sb_line_all(struct sb_line *line, const struct sb_strings *words)
{
    for (int i = 0; i < words->count; ++i) {
        sb_line_add(line, words->item[i]);
    }
}

void sb_line_free(struct sb_line *line)
{
    sb_strings_free(&line->words);
    line->code = 0;
}

static bool is_plain(const char *word)
{
    for (const char *c = word; *c; ++c) {
        if (!isalnum((unsigned char)*c) && !strchr("-_./=:,+@%", *c)) {
            return false;
        }
    }
    return *word;
}

int sb_line_show(char **out, const struct sb_line *line, struct sb_error *err)
{
    size_t length = 0;
    int code = line->code;
    FILE *stream = open_memstream(out, &length);
    for (int i = 0; stream && code == 0 && i < line->words.count; ++i) {
        char *quoted = NULL;
        if (!is_plain(line->words.item[i])) {
            code = sb_script_quote(&quoted, line->words.item[i], err);
        }
        fprintf(stream, "%s%s", i ? " " : "", quoted ? quoted : line->words.item[i]);
        free(quoted);
    }
    if (stream) {
        fputc('\n', stream);
        fclose(stream);
    }
    return stream ? code : sb_fail(err, SB_ENOMEM, "out of memory");
}

/* Words of commands whose scheduler is away, not of one that refuses. */
static bool sounds_unreachable(const char *words)
{
    static const char *const signs[] = {
        "connect",    "timed out", "timeout",     "unreachable", "contact",
        "communicat", "respond",   "temporar",    "try again",   "fetch ads",
        "refused",    "not up",    "not running", "unavailable",
    };
    for (size_t i = 0; i < sizeof signs / sizeof *signs; ++i) {
        if (strcasestr(words, signs[i])) {
            return true;
        }
    }
    return false;
}

/* One line of at most 1,000 bytes from what a command said. */
static void flatten(char out[1001], const char *errors, const char *output)
{
    const char *from = errors && strspn(errors, " \n\t\r") < strlen(errors) ? errors : output;
    size_t used = 0;
    for (const char *c = from ? from : ""; *c && used < 1000; ++c) {
        const bool blank = isspace((unsigned char)*c) || iscntrl((unsigned char)*c);
        if (!blank || (used > 0 && out[used - 1] != ' ')) {
            out[used++] = blank ? ' ' : *c;
        }
    }
    while (used > 0 && out[used - 1] == ' ') {
        --used;
    }
    out[used] = '\0';
}

int sb_line_run(char **out, struct sb_line *line, const char *input, bool refusable,
                struct sb_error *err)
{
    *out = NULL;
    /* sb_strings_end() only puts a NULL behind the words */
    if (line->code != 0 || sb_strings_end(&line->words) != 0) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    const char *const *argv = (const char *const *)line->words.item;
    struct sb_process_result got;
    const struct sb_process_call call = {
        .argv = argv, .input = input, .time_limit_s = SB_BATCH_ASK_S};
    int code = sb_process_call(&got, &call, err);
    const char *name = argv[0];
    if (code != 0) {
        return code;
    }
    if (got.timed_out) {
        code = sb_fail(err, SB_EINFRA, "%s: no answer within %.0f s", name, SB_BATCH_ASK_S);
    } else if (got.exit_status != 0) {
        char words[1001];
        flatten(words, got.errors, got.output);
        code = sb_fail(err, refusable && !sounds_unreachable(words) ? SB_EINVAL : SB_EINFRA,
                       "%s: %s", name, words[0] ? words : "failed without a word");
    } else {
        *out = got.output;
        got.output = NULL;
    }
    sb_process_result_free(&got);
    return code;
}
