/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the comments of a source that say how it is launched; #ifdef of given macros chooses among them. */
#include "harness/kernel_file/cursor.h"
#include "harness/util/fs.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NESTED_MOST 64

/* Nested conditionals: whether the lines here are taken. Those on anything but a given macro's name are. */
struct conditions {
    struct {
        bool known, taken;
    } level[NESTED_MOST];
    int depth;
};

struct reading {
    struct sb_kernel_file *file;
    struct conditions conditions;
    const char *shown; /* the file's name without folders */
    bool launches;     /* the file's count: the command line gives none */
    int given;         /* arrays of the command line */
};

static bool defined(const struct sb_kernel_file *file, const char *name)
{
    for (int i = 0; i < file->define_count; ++i) {
        if (strcmp(file->define[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool taken(const struct conditions *conditions)
{
    for (int i = 0; i < conditions->depth && i < NESTED_MOST; ++i) {
        if (conditions->level[i].known && !conditions->level[i].taken) {
            return false;
        }
    }
    return true;
}

static void open_condition(struct reading *r, bool known, bool value)
{
    struct conditions *conditions = &r->conditions;
    if (conditions->depth < NESTED_MOST) {
        conditions->level[conditions->depth].known = known;
        conditions->level[conditions->depth].taken = value;
    }
    ++conditions->depth;
}

static void directive(struct reading *r, struct sb_cursor *c)
{
    char word[64] = "", name[64] = "";
    struct conditions *conditions = &r->conditions;
    sb_cursor_word(c, word, sizeof word);
    if (strcmp(word, "ifdef") == 0 || strcmp(word, "ifndef") == 0) {
        sb_cursor_word(c, name, sizeof name);
        open_condition(r, true, defined(r->file, name) == (word[2] == 'd'));
    } else if (strcmp(word, "if") == 0) {
        open_condition(r, false, true);
    } else if (strcmp(word, "else") == 0 && conditions->depth > 0 &&
               conditions->depth <= NESTED_MOST) {
        bool *value = &conditions->level[conditions->depth - 1].taken;
        *value = !*value;
    } else if (strcmp(word, "endif") == 0 && conditions->depth > 0) {
        --conditions->depth;
    }
}

static int add_launch(struct sb_kernel_file *file, const char *text, const char *where,
                      struct sb_error *err)
{
    struct sb_launches *launches = &file->launches;
    if (launches->count == launches->room) {
        const int room = launches->room ? 2 * launches->room : 4;
        struct sb_launch_spec *more = realloc(launches->spec, (size_t)room * sizeof *more);
        if (!more) {
            return sb_fail(err, SB_ENOMEM, "out of memory");
        }
        launches->spec = more;
        launches->room = room;
    }
    const int code = sb_file_launch_parse(&launches->spec[launches->count], text, where, file, err);
    launches->count += code == 0;
    return code;
}

/* The first @p given arrays are the command line's, and go before the file's. */
static int add_array(struct sb_kernel_file *file, const char *text, const char *where, int given,
                     struct sb_error *err)
{
    struct sb_file_array array;
    const int code = sb_file_array_parse(&array, text, where, file, err);
    if (code != 0) {
        return code;
    }
    for (int i = 0; i < file->array_count; ++i) {
        if (strcmp(file->array[i].name, array.name) == 0) {
            return i < given ? 0
                             : sb_fail(err, SB_EPARSE, "%s: array '%s' is there twice", where,
                                       array.name);
        }
    }
    if (file->array_count == SB_MAX_ARRAYS) {
        return sb_fail(err, SB_EPARSE, "%s: more than %d arrays", where, SB_MAX_ARRAYS);
    }
    file->array[file->array_count++] = array;
    return 0;
}

static int read_warp(struct sb_kernel_file *file, const char *text, const char *where,
                     struct sb_error *err)
{
    struct sb_cursor c = {.at = text, .text = text, .where = where, .file = file};
    int64_t value = 0;
    const int code = sb_cursor_integer(&value, &c, err);
    if (code == 0 && value != 16 && value != 32 && value != 64) {
        return sb_fail(err, SB_EPARSE, "%s: a warp has 16, 32 or 64 lanes, not %lld", where,
                       (long long)value);
    }
    file->warp = (int)value;
    return code;
}

/* One line of the file: a directive, or "// array: …" in the first pass, "// launch: …" in the second. */
static int read_line(struct reading *r, const char *line, int number, bool second,
                     struct sb_error *err)
{
    struct sb_cursor c = {.at = line, .text = line, .file = r->file};
    char where[160], word[16];
    snprintf(where, sizeof where, "%s:%d", r->shown, number);
    if (sb_cursor_take(&c, "#")) {
        directive(r, &c);
        return 0;
    }
    if (!sb_cursor_take(&c, "//") || !taken(&r->conditions) ||
        !sb_cursor_word(&c, word, sizeof word) || !sb_cursor_take(&c, ":")) {
        return 0;
    }
    sb_cursor_skip(&c);
    if (second && r->launches && strcmp(word, "launch") == 0) {
        return add_launch(r->file, c.at, where, err);
    }
    if (!second && strcmp(word, "array") == 0) {
        return add_array(r->file, c.at, where, r->given, err);
    }
    return !second && strcmp(word, "warp") == 0 ? read_warp(r->file, c.at, where, err) : 0;
}

static int read_comments(struct reading *r, const char *data, bool second, struct sb_error *err)
{
    int code = 0, number = 1;
    r->conditions.depth = 0;
    for (const char *at = data; code == 0 && *at; ++number) {
        char line[1024];
        const size_t length = strcspn(at, "\n");
        snprintf(line, sizeof line, "%.*s", (int)(length < sizeof line ? length : sizeof line - 1),
                 at);
        for (size_t end = strlen(line); end > 0 && isspace((unsigned char)line[end - 1]); --end) {
            line[end - 1] = '\0';
        }
        code = read_line(r, line, number, second, err);
        at += length + (at[length] == '\n');
    }
    return code;
}

static int check_suffix(const char *path, struct sb_error *err)
{
    static const char *const suffixes[] = {".cu", ".hip", ".cl", ".dev.c"};
    const size_t length = strlen(path);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; ++i) {
        const size_t tail = strlen(suffixes[i]);
        if (length > tail && strcmp(path + length - tail, suffixes[i]) == 0) {
            return 0;
        }
    }
    return sb_fail(err, SB_EINVAL,
                   "%s: the name of a kernel's source ends in .cu, .hip, .cl or .dev.c", path);
}

static int read_all(struct sb_kernel_file *out, const char *data,
                    const struct sb_kernel_file_options *options, struct sb_error *err)
{
    const char *slash = strrchr(out->path, '/');
    struct reading r = {.file = out,
                        .shown = slash ? slash + 1 : out->path,
                        .launches = options->launches.count == 0};
    int code = 0;
    for (int i = 0; code == 0 && i < options->arrays.count; ++i) {
        code = add_array(out, options->arrays.item[i], "--array", 0, err);
    }
    r.given = out->array_count;
    code = code != 0 ? code : read_comments(&r, data, false, err);
    for (int i = 0; code == 0 && i < options->launches.count; ++i) {
        code = add_launch(out, options->launches.item[i], "--launch", err);
    }
    code = code != 0 ? code : read_comments(&r, data, true, err);
    if (code == 0 && out->launches.count == 0) {
        code = sb_fail(err, SB_EINVAL,
                       "%s says of no launch: write '// launch: NAME<<<GRID, BLOCK>>>(ARGUMENTS)' "
                       "into it, or use --launch",
                       r.shown);
    }
    return code;
}

int sb_kernel_file_read(struct sb_kernel_file *out, const char *path,
                        const struct sb_kernel_file_options *options, struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    if (strlen(path) >= sizeof out->path) {
        return sb_fail(err, SB_EINVAL, "the path of the file is too long");
    }
    snprintf(out->path, sizeof out->path, "%s", path);
    int code = check_suffix(path, err);
    for (int i = 0; code == 0 && i < options->defines.count; ++i) {
        if (out->define_count == SB_MAX_TUNINGS - 1) {
            return sb_fail(err, SB_EINVAL, "-D: more than %d macros", SB_MAX_TUNINGS - 1);
        }
        code =
            sb_file_define_parse(&out->define[out->define_count++], options->defines.item[i], err);
    }
    char *data = NULL;
    size_t length = 0;
    code = code != 0 ? code : sb_fs_read(&data, &length, path, err);
    code = code != 0 ? code : read_all(out, data, options, err);
    free(data);
    return code;
}

int sb_file_define_parse(struct sb_file_define *out, const char *text, struct sb_error *err)
{
    struct sb_kernel_file none = {0};
    struct sb_cursor c = {.at = text, .text = text, .where = "-D", .file = &none};
    int64_t value = 1;
    if (!sb_cursor_word(&c, out->name, sizeof out->name)) {
        return sb_fail(err, SB_EINVAL, "-D: '%s' is neither NAME nor NAME=NUMBER", text);
    }
    if (sb_cursor_take(&c, "=") && sb_cursor_integer(&value, &c, NULL) != 0) {
        return sb_fail(err, SB_EINVAL, "-D: '%s': the value must be a whole number", text);
    }
    if (*c.at || value < INT32_MIN || value > INT32_MAX) {
        return sb_fail(err, SB_EINVAL, "-D: '%s' is neither NAME nor NAME=NUMBER of 32 bits", text);
    }
    out->value = (int)value;
    return 0;
}

void sb_kernel_file_free(struct sb_kernel_file *file)
{
    sb_launches_free(&file->launches);
}
