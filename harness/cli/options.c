/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/options.h"

#include "harness/util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct sb_option sb_help_options[] = {
    {.type = SB_OPTION_FLAG,
     .flag = "help",
     .letter = 'h',
     .help = "teach this command, with examples"},
    {.type = SB_OPTION_END},
};

#define OUTPUT_ROWS                                                                                \
    {.type = SB_OPTION_FLAG,                                                                       \
     .flag = "json",                                                                               \
     .help = "print JSON",                                                                         \
     .offset = offsetof(struct sb_output, json)},                                                  \
    {                                                                                              \
        .type = SB_OPTION_FLAG, .flag = "csv", .help = "print CSV (RFC 4180), times in ns",        \
        .offset = offsetof(struct sb_output, csv)                                                  \
    }
const struct sb_option sb_output_options[] = {OUTPUT_ROWS, {.type = SB_OPTION_END}};
const struct sb_option sb_output_junit_options[] = {
    OUTPUT_ROWS,
    {.type = SB_OPTION_FILE,
     .flag = "junit",
     .value = "FILE",
     .help = "write a JUnit XML report",
     .offset = offsetof(struct sb_output, junit)},
    {.type = SB_OPTION_END},
};

/* An option as it stood on the command line. */
struct given {
    const struct sb_option *row;
    void *target;
    const char *text; /* NULL: none */
    char where[80];
};

struct parse {
    const struct sb_command *command;
    char *input;
    struct given *given;
    int count;
    bool help;
    int argc, at;
    char **argv;
};

static const struct sb_option_use no_options[] = {{NULL, NULL, 0}};

static const struct sb_option_use *uses_of(const struct sb_command *command)
{
    return command->options ? command->options : no_options;
}

/* Walks every row of every table of a command: {0} is before the first. */
struct cursor {
    const struct sb_option_use *use;
    const struct sb_option *row;
};

static const struct sb_option *next_row(struct cursor *at, const struct sb_command *command)
{
    if (at->row) {
        ++at->row;
    } else {
        at->use = uses_of(command);
        at->row = at->use->table;
    }
    while (at->row && at->row->type == SB_OPTION_END) {
        at->row = (++at->use)->table;
    }
    return at->row;
}

struct flags {
    const char *name[128];
    int count;
};

static const char *flag_name(int i, const void *payload)
{
    return ((const struct flags *)payload)->name[i];
}

static int fail_unknown(const struct parse *p, const char *flag, struct sb_error *err)
{
    struct flags flags = {.name = {"help"}, .count = 1};
    struct cursor at = {0};
    while (next_row(&at, p->command) && flags.count < 128) {
        if (at.row->flag) {
            flags.name[flags.count++] = at.row->flag;
        }
    }
    const char *near = sb_text_closest(flag, flags.count, flag_name, &flags);
    if (near) {
        return sb_fail(err, SB_EINVAL, "%s: unknown option '--%s'; did you mean '--%s'?",
                       p->command->name, flag, near);
    }
    return sb_fail(err, SB_EINVAL, "%s: unknown option '--%s'; 'switchbench %s -h' lists them",
                   p->command->name, flag, p->command->name);
}

/* Finds by whole name, or by a beginning that only one option has (as getopt_long does). */
static struct cursor find_long(const struct parse *p, const char *flag, size_t length,
                               struct sb_error *err)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), flag);
    struct cursor found = {0};
    struct cursor at = {0};
    const struct sb_option *other = NULL;
    while (*name && next_row(&at, p->command)) {
        if (!at.row->flag || strncmp(at.row->flag, name, strlen(name)) != 0) {
            continue;
        }
        if (strlen(at.row->flag) == strlen(name)) {
            return at;
        }
        if (found.row) {
            other = at.row;
        } else {
            found = at;
        }
    }
    if (!found.row) {
        (void)fail_unknown(p, name, err);
    } else if (other) {
        (void)sb_fail(err, SB_EINVAL, "%s: '--%s' could be '--%s' or '--%s'", p->command->name,
                      name, found.row->flag, other->flag);
        found.row = NULL;
    }
    return found;
}

static struct cursor find_letter(const struct parse *p, char letter, struct sb_error *err)
{
    struct cursor at = {0};
    while (next_row(&at, p->command)) {
        if (at.row->letter == letter) {
            return at;
        }
    }
    (void)sb_fail(err, SB_EINVAL, "%s: unknown option '-%c'; 'switchbench %s -h' lists them",
                  p->command->name, letter, p->command->name);
    return at;
}

/* Takes the value of an option from its own text, or from the next argument. */
static int take_value(struct parse *p, const struct cursor *found, const char *own,
                      struct sb_error *err)
{
    struct given *g = &p->given[p->count];
    g->row = found->row;
    g->target = p->input + found->use->offset;
    if (g->row->type == SB_OPTION_FLAG || own) {
        g->text = own;
    } else if (p->at + 1 < p->argc) {
        g->text = p->argv[++p->at];
    } else {
        return sb_fail(err, SB_EINVAL, "%s: %s needs a value (%s)", p->command->name, g->where,
                       g->row->value);
    }
    ++p->count;
    return SB_OK;
}

static int parse_long(struct parse *p, const char *text, struct sb_error *err)
{
    const char *equals = strchrnul(text, '=');
    if (strncmp(text, "help", (size_t)(equals - text)) == 0 && !*equals && *text) {
        p->help = true;
        return SB_OK;
    }
    const struct cursor found = find_long(p, text, (size_t)(equals - text), err);
    if (!found.row) {
        return SB_EINVAL;
    }
    char *where = p->given[p->count].where;
    snprintf(where, sizeof p->given->where, "--%s", found.row->flag);
    return take_value(p, &found, *equals ? equals + 1 : NULL, err);
}

static int parse_letters(struct parse *p, const char *text, struct sb_error *err)
{
    for (; *text; ++text) {
        if (*text == 'h') {
            p->help = true;
            return SB_OK;
        }
        const struct cursor found = find_letter(p, *text, err);
        if (!found.row) {
            return SB_EINVAL;
        }
        char *where = p->given[p->count].where;
        snprintf(where, sizeof p->given->where, "-%c", *text);
        const bool flag = found.row->type == SB_OPTION_FLAG;
        const int rc = take_value(p, &found, !flag && text[1] ? text + 1 : NULL, err);
        if (rc || !flag) {
            return rc;
        }
    }
    return SB_OK;
}

static int split(struct parse *p, struct sb_strings *operands, struct sb_error *err)
{
    bool only_operands = false;
    for (; p->at < p->argc && !p->help; ++p->at) {
        const char *text = p->argv[p->at];
        int rc = SB_OK;
        if (only_operands || text[0] != '-' || !text[1]) {
            rc = sb_strings_add(operands, text) ? sb_fail(err, SB_ENOMEM, "out of memory") : SB_OK;
        } else if (strcmp(text, "--") == 0) {
            only_operands = true;
        } else if (text[1] == '-') {
            rc = parse_long(p, text + 2, err);
        } else {
            rc = parse_letters(p, text + 1, err);
        }
        if (rc) {
            return rc;
        }
    }
    return SB_OK;
}

static int check_operands(const struct sb_command *command, const struct sb_strings *operands,
                          struct sb_error *err)
{
    if (operands->count < command->operands_least) {
        return sb_fail(err, SB_EINVAL, "%s: expected %s", command->name, command->operands);
    }
    if (command->operands_most >= 0 && operands->count > command->operands_most) {
        return sb_fail(err, SB_EINVAL, "%s: unexpected argument '%s'", command->name,
                       operands->item[command->operands_most]);
    }
    return SB_OK;
}

static int apply_environment(const struct parse *p, struct sb_error *err)
{
    struct cursor at = {0};
    while (next_row(&at, p->command)) {
        const char *text = at.row->env ? getenv(at.row->env) : NULL;
        if (text && *text) {
            void *target = p->input + at.use->offset;
            sb_option_clear(at.row, target);
            const int rc = sb_option_set(at.row, target, text, at.row->env, err);
            if (rc) {
                return rc;
            }
        }
    }
    return SB_OK;
}

static int apply_given(const struct parse *p, struct sb_error *err)
{
    for (int i = 0; i < p->count; ++i) { /* lists of lower layers are replaced, not added to */
        sb_option_clear(p->given[i].row, p->given[i].target);
    }
    for (int i = 0; i < p->count; ++i) {
        const struct given *g = &p->given[i];
        const int rc = sb_option_set(g->row, g->target, g->text, g->where, err);
        if (rc) {
            return rc;
        }
    }
    return SB_OK;
}

int sb_options_parse(const struct sb_command *command, void *input, struct sb_strings *operands,
                     bool *help, int argc, char **argv, struct sb_error *err)
{
    for (const struct sb_option_use *use = uses_of(command); use->table; ++use) {
        sb_options_defaults(use->table, (char *)input + use->offset);
    }
    size_t room = 1;
    for (int i = 0; i < argc; ++i) { /* letters can be joined: at most one option per character */
        room += argv[i][0] == '-' && argv[i][1] != '-' ? strlen(argv[i]) : 1;
    }
    struct parse p = {.command = command, .input = input, .argc = argc, .argv = argv};
    p.given = calloc(room, sizeof *p.given);
    int rc = p.given ? split(&p, operands, err) : sb_fail(err, SB_ENOMEM, "out of memory");
    *help = rc == SB_OK && p.help;
    if (rc == SB_OK && !p.help) {
        rc = check_operands(command, operands, err);
        if (rc == SB_OK && command->prepare) {
            rc = command->prepare(input, operands, err);
        }
        rc = rc ? rc : apply_environment(&p, err);
        rc = rc ? rc : apply_given(&p, err);
    }
    free(p.given);
    return rc;
}

void sb_options_release(const struct sb_command *command, void *input)
{
    for (const struct sb_option_use *use = uses_of(command); use->table; ++use) {
        sb_options_free(use->table, (char *)input + use->offset);
    }
}
