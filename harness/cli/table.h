/* SPDX-License-Identifier: Apache-2.0 */
/** Tables of results: aligned columns for people, JSON and CSV for programs. One definition gives all three. */
#ifndef SB_TABLE_H
#define SB_TABLE_H

#include "harness/cli/options.h"
#include "harness/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct sb_column {
    const char *
        key; /* in JSON and CSV, with its unit ("median_ns"); NULL ends the list, "" is for people only */
    const char *title; /* for people; NULL: for programs only */
    bool right;        /* numbers stand right */
};

enum sb_colour { SB_PLAIN, SB_GREEN, SB_RED, SB_YELLOW, SB_BLUE, SB_GREY };

struct sb_slot {
    size_t text;   /* offset of what people read; (size_t)-1: nothing */
    double number; /* NAN where it has none */
    enum sb_colour colour;
    enum { SB_SLOT_NONE, SB_SLOT_TEXT, SB_SLOT_NUMBER, SB_SLOT_BOOL } kind;
};

/** Filled slot by slot, row after row. Running out of memory is told by sb_table_print(). */
struct sb_table {
    const struct sb_column *columns;
    int width;
    struct sb_slot *slot;
    size_t count, room;
    char *text;
    size_t used, text_room;
    bool failed;
};

void sb_table_init(struct sb_table *table, const struct sb_column *columns);
/** A text; NULL or "" is nothing. */
void sb_table_text(struct sb_table *table, const char *text);
void sb_table_coloured(struct sb_table *table, enum sb_colour colour, const char *text);
/** "passed", "wrong" … in its colour; SB_STATES shows as @p otherwise. */
void sb_table_state(struct sb_table *table, enum sb_state state, const char *otherwise);
/** A number for programs and how people read it (NULL: %g). NAN is nothing. */
void sb_table_number(struct sb_table *table, double value, const char *shown);
void sb_table_bool(struct sb_table *table, bool value);
void sb_table_none(struct sb_table *table);
/** Rows so far. */
size_t sb_table_rows(const struct sb_table *table);
/**
 * Prints as @p output asks (NULL: for people). Columns without any content are left out for people; JSON is an array
 * of objects. SB_EINVAL where both forms are asked, SB_ENOMEM.
 */
int sb_table_print(const struct sb_table *table, const struct sb_output *output, FILE *out,
                   struct sb_error *err);
void sb_table_free(struct sb_table *table);

/** Whether @p out takes colours: a terminal, and NO_COLOR (no-color.org) is not set. */
bool sb_colours(FILE *out);
/** The escape sequence that begins @p colour, and that ends any; "" without colours. */
const char *sb_colour_on(FILE *out, enum sb_colour colour);
const char *sb_colour_off(FILE *out);
enum sb_colour sb_state_colour(enum sb_state state);
/** SB_EINVAL where --json and --csv are asked together. */
int sb_output_check(const struct sb_output *output, struct sb_error *err);
/** Columns that @p text takes on a terminal (UTF-8, one column per character). */
size_t sb_text_width(const char *text);
/** Writes a JSON string, or a number so that it reads back as itself. */
void sb_json_print_text(FILE *out, const char *text);
void sb_json_print_number(FILE *out, double value);

#endif
