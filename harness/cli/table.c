/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/cli/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NOTHING ((size_t)-1)

void sb_table_init(struct sb_table *table, const struct sb_column *columns)
{
    *table = (struct sb_table){.columns = columns};
    while (columns[table->width].key) {
        ++table->width;
    }
}

static size_t keep_text(struct sb_table *table, const char *text)
{
    const size_t length = strlen(text) + 1;
    if (table->used + length > table->text_room) {
        const size_t room = 2 * table->text_room + length + 4096;
        char *grown = realloc(table->text, room);
        if (!grown) {
            table->failed = true;
            return NOTHING;
        }
        table->text = grown;
        table->text_room = room;
    }
    memcpy(table->text + table->used, text, length);
    table->used += length;
    return table->used - length;
}

static void add(struct sb_table *table, struct sb_slot slot, const char *text)
{
    if (table->count == table->room) {
        const size_t room = 2 * table->room + 256;
        struct sb_slot *grown = realloc(table->slot, room * sizeof *grown);
        if (!grown) {
            table->failed = true;
            return;
        }
        table->slot = grown;
        table->room = room;
    }
    slot.text = text && *text ? keep_text(table, text) : NOTHING;
    table->slot[table->count++] = slot;
}

void sb_table_coloured(struct sb_table *table, enum sb_colour colour, const char *text)
{
    add(table,
        (struct sb_slot){
            .number = NAN, .colour = colour, .kind = text && *text ? SB_SLOT_TEXT : SB_SLOT_NONE},
        text);
}

void sb_table_text(struct sb_table *table, const char *text)
{
    sb_table_coloured(table, SB_PLAIN, text);
}

void sb_table_state(struct sb_table *table, enum sb_state state, const char *otherwise)
{
    sb_table_coloured(table, sb_state_colour(state),
                      state < SB_STATES ? sb_state_text(state) : otherwise);
}

void sb_table_number(struct sb_table *table, double value, const char *shown)
{
    char text[32] = "";
    if (isnan(value)) {
        sb_table_none(table);
        return;
    }
    const bool seen = table->columns[table->count % (size_t)table->width].title != NULL;
    if (!shown && seen) {
        snprintf(text, sizeof text, "%.10g", value);
    }
    add(table, (struct sb_slot){.number = value, .kind = SB_SLOT_NUMBER}, shown ? shown : text);
}

void sb_table_bool(struct sb_table *table, bool value)
{
    add(table, (struct sb_slot){.number = value, .kind = SB_SLOT_BOOL}, value ? "yes" : "no");
}

void sb_table_none(struct sb_table *table)
{
    add(table, (struct sb_slot){.number = NAN, .kind = SB_SLOT_NONE}, NULL);
}

size_t sb_table_rows(const struct sb_table *table)
{
    return table->count / (size_t)table->width;
}

void sb_table_free(struct sb_table *table)
{
    free(table->slot);
    free(table->text);
    table->slot = NULL;
    table->text = NULL;
}

static const struct sb_slot *slot_at(const struct sb_table *table, size_t row, int column)
{
    return &table->slot[row * (size_t)table->width + (size_t)column];
}

static const char *text_of(const struct sb_table *table, const struct sb_slot *slot)
{
    return slot->text == NOTHING ? "" : table->text + slot->text;
}

static void print_json(const struct sb_table *table, FILE *out)
{
    fputc('[', out);
    for (size_t row = 0; row < sb_table_rows(table); ++row) {
        const char *before = row ? ",\n {" : "\n {";
        for (int column = 0; column < table->width; ++column) {
            const struct sb_slot *slot = slot_at(table, row, column);
            if (!*table->columns[column].key) {
                continue;
            }
            fprintf(out, "%s\"%s\": ", before, table->columns[column].key);
            before = ", ";
            if (slot->kind == SB_SLOT_NONE) {
                fputs("null", out);
            } else if (slot->kind == SB_SLOT_NUMBER) {
                sb_json_print_number(out, slot->number);
            } else if (slot->kind == SB_SLOT_BOOL) {
                fputs(slot->number != 0 ? "true" : "false", out);
            } else {
                sb_json_print_text(out, text_of(table, slot));
            }
        }
        fputc('}', out);
    }
    fputs("\n]\n", out);
}

static void print_csv_text(FILE *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; ++text) {
        if (*text == '"') {
            fputc('"', out);
        }
        fputc(*text, out);
    }
    fputc('"', out);
}

static void print_csv(const struct sb_table *table, FILE *out)
{
    const char *comma = "";
    for (int column = 0; column < table->width; ++column) {
        if (*table->columns[column].key) {
            fprintf(out, "%s%s", comma, table->columns[column].key);
            comma = ",";
        }
    }
    fputs("\r\n", out);
    for (size_t row = 0; row < sb_table_rows(table); ++row) {
        comma = "";
        for (int column = 0; column < table->width; ++column) {
            const struct sb_slot *slot = slot_at(table, row, column);
            if (!*table->columns[column].key) {
                continue;
            }
            fputs(comma, out);
            comma = ",";
            if (slot->kind == SB_SLOT_NUMBER) {
                sb_json_print_number(out, slot->number);
            } else if (slot->kind == SB_SLOT_BOOL) {
                fputs(slot->number != 0 ? "true" : "false", out);
            } else {
                print_csv_text(out, text_of(table, slot));
            }
        }
        fputs("\r\n", out);
    }
}

/* Widest content per column; 0: the column is left out. */
static void measure(const struct sb_table *table, size_t *wide)
{
    for (int column = 0; column < table->width; ++column) {
        wide[column] = 0;
        for (size_t row = 0; table->columns[column].title && row < sb_table_rows(table); ++row) {
            const size_t width = sb_text_width(text_of(table, slot_at(table, row, column)));
            wide[column] = width > wide[column] ? width : wide[column];
        }
        const size_t title = wide[column] ? sb_text_width(table->columns[column].title) : 0;
        wide[column] = title > wide[column] ? title : wide[column];
    }
}

static void print_spaces(FILE *out, size_t count)
{
    static const char spaces[] = "                                                                ";
    for (; count > sizeof spaces - 1; count -= sizeof spaces - 1) {
        fwrite(spaces, 1, sizeof spaces - 1, out);
    }
    fwrite(spaces, 1, count, out);
}

static void print_padded(FILE *out, const char *text, const char *on, const char *off, size_t wide,
                         bool right, bool last)
{
    const size_t pad = wide - sb_text_width(text);
    if (right) {
        print_spaces(out, pad);
    }
    fputs(on, out);
    fputs(text, out);
    fputs(off, out);
    if (!right && !last) {
        print_spaces(out, pad);
    }
}

/* One row from its first slot, or the titles (NULL). */
static void print_line(const struct sb_table *table, FILE *out, const struct sb_slot *slots,
                       const size_t *wide, int last)
{
    const char *gap = "";
    for (int column = 0; column < table->width; ++column) {
        if (!wide[column]) {
            continue;
        }
        const char *text = slots ? text_of(table, &slots[column]) : table->columns[column].title;
        const enum sb_colour colour = slots ? slots[column].colour : SB_GREY;
        fputs(gap, out);
        gap = "  ";
        print_padded(out, text, colour ? sb_colour_on(out, colour) : "",
                     colour ? sb_colour_off(out) : "", wide[column], table->columns[column].right,
                     column == last);
    }
    fputc('\n', out);
}

static void print_people(const struct sb_table *table, FILE *out)
{
    size_t *wide = calloc((size_t)table->width, sizeof *wide);
    if (!wide) {
        return;
    }
    measure(table, wide);
    int last = 0;
    for (int column = 0; column < table->width; ++column) {
        last = wide[column] ? column : last;
    }
    if (sb_table_rows(table)) {
        print_line(table, out, NULL, wide, last);
    }
    for (size_t row = 0; row < sb_table_rows(table); ++row) {
        print_line(table, out, slot_at(table, row, 0), wide, last);
    }
    free(wide);
}

int sb_table_print(const struct sb_table *table, const struct sb_output *output, FILE *out,
                   struct sb_error *err)
{
    if (table->failed) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    if (output && output->json) {
        print_json(table, out);
    } else if (output && output->csv) {
        print_csv(table, out);
    } else {
        print_people(table, out);
    }
    return SB_OK;
}
