/* SPDX-License-Identifier: Apache-2.0 */
#include "results/report/html.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void sb_html_escape(FILE *out, const char *text)
{
    for (const char *at = text; *at; at++) {
        switch (*at) {
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
        case '\'':
            fputs("&#39;", out);
            break;
        default:
            fputc(*at, out);
        }
    }
}

int sb_html_json(FILE *out, const json_t *json, struct sb_error *err)
{
    /* Seven digits: more than any measured time has, and a third less to load than seventeen. */
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(7));
    if (!text) {
        return sb_fail(err, SB_ENOMEM, "report: out of memory");
    }
    for (const char *at = text; *at; at++) {
        if (*at ==
            '<') { /* stands only inside strings; "</script" and "<!--" would end the element */
            fputs("\\u003c", out);
        } else {
            fputc(*at, out);
        }
    }
    free(text);
    return 0;
}

struct scope {
    const json_t *value;
    const struct scope *above;
};

/** A tag of the template: {{<kind>name}}; kind is '#', '^', '/', '{' or 0. */
struct tag {
    char kind;
    char name[64];
    const char *begin, *end;
};

/** The next tag in [from, to): 1, 0 where there is none, SB_EINVAL where it is malformed. */
static int next_tag(struct tag *out, const char *from, const char *to, struct sb_error *err)
{
    const char *begin = from;
    while (begin + 1 < to && !(begin[0] == '{' && begin[1] == '{')) {
        begin++;
    }
    if (begin + 1 >= to) {
        return 0;
    }
    *out = (struct tag){.begin = begin};
    const char *name = begin + 2;
    if (name < to && strchr("#^/{", *name)) {
        out->kind = *name++;
    }
    const char *const closing = out->kind == '{' ? "}}}" : "}}";
    const char *end = strstr(name, closing);
    if (!end || end > to || (size_t)(end - name) >= sizeof out->name) {
        return sb_fail(err, SB_EINVAL, "a tag does not end: %.40s", begin);
    }
    memcpy(out->name, name, (size_t)(end - name));
    out->end = end + strlen(closing);
    return 1;
}

static const json_t *look_up(const struct scope *scope, const char *name)
{
    if (strcmp(name, ".") == 0) {
        return scope->value;
    }
    for (; scope; scope = scope->above) {
        const json_t *const value = json_object_get(scope->value, name);
        if (value) {
            return value;
        }
    }
    return NULL;
}

static bool is_empty(const json_t *value)
{
    return json_is_null(value) || json_is_false(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

static int put_value(FILE *out, const struct tag *tag, const json_t *value, struct sb_error *err)
{
    if (tag->kind == '{') {
        if (!json_is_string(value)) {
            return sb_html_json(out, value, err);
        }
        fwrite(json_string_value(value), 1, json_string_length(value), out);
    } else if (json_is_string(value)) {
        sb_html_escape(out, json_string_value(value));
    } else if (json_is_integer(value)) {
        fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else if (json_is_real(value)) {
        fprintf(out, "%.9g", json_real_value(value));
    } else if (!is_empty(value)) {
        return sb_fail(err, SB_EINVAL, "'%s' is no text or number", tag->name);
    }
    return 0;
}

/** Finds the {{/name}} of section @p open. */
static int find_close(struct tag *close, const struct tag *open, const char *to,
                      struct sb_error *err)
{
    int depth = 1;
    *close = *open;
    while (depth > 0) {
        const int found = next_tag(close, close->end, to, err);
        if (found < 0) {
            return found;
        }
        if (found == 0) {
            return sb_fail(err, SB_EINVAL, "section '%s' does not end", open->name);
        }
        if (strcmp(close->name, open->name) == 0) {
            depth += close->kind == '/' ? -1 : close->kind == '#' || close->kind == '^' ? 1 : 0;
        }
    }
    return 0;
}

static int fill(FILE *out, const char *from, const char *to, const struct scope *scope,
                struct sb_error *err);

static int fill_section(FILE *out, const struct tag *open, const struct tag *close,
                        const json_t *value, const struct scope *scope, struct sb_error *err)
{
    if (is_empty(value) != (open->kind == '^')) {
        return 0;
    }
    if (open->kind == '^' || !(json_is_array(value) || json_is_object(value))) {
        return fill(out, open->end, close->begin, scope, err);
    }
    if (json_is_object(value)) {
        const struct scope inner = {value, scope};
        return fill(out, open->end, close->begin, &inner, err);
    }
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < json_array_size(value); i++) {
        const struct scope inner = {json_array_get(value, i), scope};
        rc = fill(out, open->end, close->begin, &inner, err);
    }
    return rc;
}

static int fill(FILE *out, const char *from, const char *to, const struct scope *scope,
                struct sb_error *err)
{
    struct tag tag;
    int found;
    while ((found = next_tag(&tag, from, to, err)) > 0) {
        fwrite(from, 1, (size_t)(tag.begin - from), out);
        from = tag.end;
        const json_t *const value = look_up(scope, tag.name);
        if (!value) {
            return sb_fail(err, SB_EINVAL, "no value is called '%s'", tag.name);
        }
        int rc = 0;
        if (tag.kind == '#' || tag.kind == '^') {
            struct tag close;
            rc = find_close(&close, &tag, to, err);
            if (rc == 0) {
                rc = fill_section(out, &tag, &close, value, scope, err);
                from = close.end;
            }
        } else if (tag.kind == '/') {
            rc = sb_fail(err, SB_EINVAL, "section '%s' was not begun", tag.name);
        } else {
            rc = put_value(out, &tag, value, err);
        }
        if (rc) {
            return rc;
        }
    }
    if (found == 0) {
        fwrite(from, 1, (size_t)(to - from), out);
    }
    return found;
}

int sb_html_fill(FILE *out, const char *name, const char *text, const json_t *values,
                 struct sb_error *err)
{
    const struct scope scope = {values, NULL};
    const int rc = fill(out, text, text + strlen(text), &scope, err);
    return rc ? sb_fail_in(err, rc, "%s", name) : 0;
}
