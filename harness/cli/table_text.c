/* SPDX-License-Identifier: Apache-2.0 */
/* How single values are shown: colours, widths, JSON scalars. */
#include "harness/cli/table.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

bool sb_colours(FILE *out)
{
    static int terminal[3] = {-1, -1, -1};
    const char *no = getenv("NO_COLOR");
    const int fd = fileno(out);
    if (fd < 0 || fd > 2 || (no && *no)) {
        return false;
    }
    if (terminal[fd] < 0) {
        terminal[fd] = isatty(fd);
    }
    return terminal[fd] == 1;
}

const char *sb_colour_on(FILE *out, enum sb_colour colour)
{
    static const char *const on[] = {
        [SB_PLAIN] = "",          [SB_GREEN] = "\033[32m", [SB_RED] = "\033[31m",
        [SB_YELLOW] = "\033[33m", [SB_BLUE] = "\033[34m",  [SB_GREY] = "\033[2m",
    };
    return sb_colours(out) ? on[colour] : "";
}

const char *sb_colour_off(FILE *out)
{
    return sb_colours(out) ? "\033[0m" : "";
}

enum sb_colour sb_state_colour(enum sb_state state)
{
    static const enum sb_colour colours[SB_STATES + 1] = {
        [SB_STATE_PASSED] = SB_GREEN,       [SB_STATE_WRONG] = SB_RED,
        [SB_STATE_FAILED] = SB_RED,         [SB_STATE_LOST] = SB_RED,
        [SB_STATE_UNSUPPORTED] = SB_YELLOW, [SB_STATES] = SB_GREY,
    };
    return colours[state];
}

int sb_output_check(const struct sb_output *output, struct sb_error *err)
{
    if (output->json && output->csv) {
        return sb_fail(err, SB_EINVAL, "--json and --csv exclude each other");
    }
    return SB_OK;
}

size_t sb_text_width(const char *text)
{
    size_t width = 0;
    for (; *text; ++text) {
        width += ((unsigned char)*text & 0xC0) != 0x80;
    }
    return width;
}

void sb_json_print_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; ++text) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            fprintf(out, "\\%c", c);
        } else if (c < 0x20) {
            fprintf(out, "\\u%04x", c);
        } else {
            fputc(c, out);
        }
    }
    fputc('"', out);
}

void sb_json_print_number(FILE *out, double value)
{
    char text[40];
    if (!isfinite(value)) { /* JSON has no such numbers; records say them as texts too */
        fputs(isnan(value) ? "\"nan\"" : value > 0 ? "\"inf\"" : "\"-inf\"", out);
        return;
    }
    for (int digits = 15; digits <= 17; ++digits) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    fputs(text, out);
}
