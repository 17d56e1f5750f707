/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/progress.h"

#include "harness/cli/table.h"
#include "harness/util/json.h"
#include "harness/util/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const unsigned long long plain_every_ns = 5000000000ULL;

static void clear(struct sb_live *live)
{
    if (live->shown) {
        fputs("\r\033[K", stderr);
        live->shown = false;
    }
}

/* Bytes of @p text that fit in @p columns, never cutting a character. */
static int cut(const char *text, int columns)
{
    int length = 0;
    for (; text[length]; ++length) {
        if (((unsigned char)text[length] & 0xC0) != 0x80 && columns-- == 0) {
            break;
        }
    }
    return length;
}

void sb_live_line(struct sb_live *live, const char *text)
{
    if (live->terminal) {
        struct winsize size = {0};
        const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
        clear(live);
        fprintf(stderr, "%.*s", cut(text, known ? size.ws_col - 1 : 79), text);
        fflush(stderr);
        live->shown = true;
        return;
    }
    const unsigned long long now = sb_process_now_ns();
    if (now - live->last_ns >= plain_every_ns) {
        fprintf(stderr, "%s\n", text);
        live->last_ns = now;
    }
}

static void show_line(const char *text, void *payload)
{
    sb_live_line(payload, text);
}

/* What did not pass is told at once: a person can stop a long campaign. */
static void show_ended(const json_t *record, void *payload)
{
    struct sb_live *live = payload;
    const enum sb_state state = sb_state_parse(sb_json_text_or(record, "state", ""));
    if (state == SB_STATE_PASSED || state == SB_STATES) {
        return;
    }
    clear(live);
    const char *reason = sb_json_text_or(record, "reason", "");
    fprintf(stderr, "%s%s%s %s: %.*s\n", sb_colour_on(stderr, sb_state_colour(state)),
            sb_state_text(state), sb_colour_off(stderr), sb_json_text_or(record, "name", "?"),
            (int)strcspn(reason, "\n"), reason);
}

void sb_live_begin(struct sb_progress *out, struct sb_live *live)
{
    const char *term = getenv("TERM");
    *live = (struct sb_live){
        .terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0,
        .last_ns = sb_process_now_ns(),
    };
    *out = (struct sb_progress){.line = show_line, .ended = show_ended, .payload = live};
}

void sb_live_end(struct sb_live *live)
{
    clear(live);
}
