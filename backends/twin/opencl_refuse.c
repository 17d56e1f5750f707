/* SPDX-License-Identifier: Apache-2.0 */
/* What the twin does not take, found by its word in the preprocessed source: construct, file and line. */
#include "backends/twin/opencl.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const refused[] = {
    "image1d_t",
    "image1d_array_t",
    "image1d_buffer_t",
    "image2d_t",
    "image2d_array_t",
    "image2d_depth_t",
    "image2d_array_depth_t",
    "image2d_msaa_t",
    "image3d_t",
    "sampler_t",
    "pipe",
    "queue_t",
    "clk_event_t",
    "ndrange_t",
    "enqueue_kernel",
    "get_default_queue",
    "reserve_id_t",
};

static bool is_word(int c)
{
    return isalnum(c) || c == '_';
}

/* `# 12 "file" flags`: where the next line comes from; flag 3 is a system header. */
struct place {
    char file[512];
    int line;
    bool system;
};
static void move_to(struct place *place, const char *marker)
{
    int line = 0, read = 0;
    char file[512] = "";
    if (sscanf(marker, "# %d \"%511[^\"]\"%n", &line, file, &read) < 2) {
        return;
    }
    const char *flags = marker + read, *end = strchr(flags, '\n');
    const char *three = strchr(flags, '3');
    *place = (struct place){.line = line - 1,
                            .system = file[0] == '<' || (three && (!end || three < end))};
    snprintf(place->file, sizeof place->file, "%s", file);
}

/* Calls @p wanted for each word of the user's own lines until it answers true; *out is where. */
static bool find_word(struct place *out, const char *text, const char *file,
                      bool (*wanted)(const char *word, size_t length, const void *payload),
                      const void *payload)
{
    struct place at = {.line = 1};
    snprintf(at.file, sizeof at.file, "%s", file);
    bool begins = true;
    while (*text) {
        if (begins && *text == '#') {
            move_to(&at, text);
            text += strcspn(text, "\n");
        } else if (*text == '"') {
            for (++text; *text && *text != '"' && *text != '\n'; ++text) {
                text += text[0] == '\\' && text[1];
            }
            text += *text == '"';
        } else if (is_word((unsigned char)*text)) {
            size_t length = 0;
            while (is_word((unsigned char)text[length])) {
                ++length;
            }
            if (!at.system && wanted(text, length, payload)) {
                *out = at;
                return true;
            }
            text += length;
        } else {
            at.line += *text == '\n';
            ++text;
        }
        begins = text[-1] == '\n';
    }
    return false;
}

struct name {
    char text[128];
};
static bool is_refused(const char *word, size_t length, const void *payload)
{
    struct name *found = *(struct name *const *)payload;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; ++i) {
        if (strlen(refused[i]) == length && strncmp(refused[i], word, length) == 0) {
            snprintf(found->text, sizeof found->text, "%s", refused[i]);
            return true;
        }
    }
    return false;
}
static bool is_same(const char *word, size_t length, const void *payload)
{
    const struct name *name = payload;
    return strlen(name->text) == length && strncmp(name->text, word, length) == 0;
}

int sb_cl_refuse(const char *text, const char *file, struct sb_error *err)
{
    struct place at;
    struct name found, *const to = &found;
    if (find_word(&at, text, file, is_refused, &to)) {
        return sb_fail(err, SB_EABSENT, "the twin does not take %s: %s:%d", found.text, at.file,
                       at.line);
    }
    return 0;
}

/* "undefined reference to `_Z11read_imagef…'" → "read_imagef". */
static bool undefined(struct name *out, const char *log)
{
    const char *at = strstr(log, "undefined reference to `");
    at = at ? at + strlen("undefined reference to `") : strstr(log, "undefined symbol: ");
    if (!at) {
        return false;
    }
    at += strncmp(at, "undefined symbol: ", 18) == 0 ? 18 : 0;
    char *name = NULL;
    const long length = strncmp(at, "_Z", 2) == 0 ? strtol(at + 2, &name, 10) : 0;
    snprintf(out->text, sizeof out->text, "%.*s",
             length > 0 ? (int)length : (int)strcspn(at, "'\n("), length > 0 ? name : at);
    return true;
}

int sb_cl_refuse_unlinked(const char *log, const char *text, const char *file, struct sb_error *err)
{
    struct place at;
    struct name name;
    if (!undefined(&name, log)) {
        return sb_fail(err, SB_ECOMPILE, "%s does not link: %.*s", file, 2000, log);
    }
    if (find_word(&at, text, file, is_same, &name)) {
        return sb_fail(err, SB_EABSENT, "the twin does not take %s() of these types: %s:%d",
                       name.text, at.file, at.line);
    }
    return sb_fail(err, SB_EABSENT, "the twin does not take %s(), which %s calls", name.text, file);
}
