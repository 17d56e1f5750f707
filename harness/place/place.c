/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/place/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int set_text(char **out, const char *text, struct sb_error *err)
{
    free(*out);
    *out = strdup(text);
    return *out ? 0 : sb_fail(err, SB_ENOMEM, "out of memory");
}

int sb_place_init(struct sb_place *out, const char *name, const char *scheduler,
                  struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    sb_options_defaults(sb_place_options, out);
    int code = set_text(&out->name, name, err);
    code = code != 0 ? code : set_text(&out->scheduler, scheduler, err);
    code = code != 0 ? code : set_text(&out->engine, "none", err);
    code = code != 0 ? code : set_text(&out->nodes, "any", err);
    if (code != 0) {
        sb_place_free(out);
    }
    return code;
}

static json_t *texts(const struct sb_strings *list)
{
    json_t *array = list->count ? json_array() : NULL;
    for (int i = 0; i < list->count; ++i) {
        json_array_append_new(array, json_string(list->item[i]));
    }
    return array;
}

/* NULL where the member has its default. */
static json_t *member_to_json(const struct sb_option *row, const struct sb_place *place,
                              const struct sb_place *usual)
{
    const void *member = (const char *)place + row->offset;
    const void *before = (const char *)usual + row->offset;
    switch (row->type) {
    case SB_OPTION_FLAG:
        return *(const bool *)member ? json_true() : NULL;
    case SB_OPTION_INTEGER:
        return *(const int *)member != *(const int *)before ? json_integer(*(const int *)member)
                                                            : NULL;
    case SB_OPTION_TEXT: {
        const char *text = *(char *const *)member;
        return text ? json_string(text) : NULL;
    }
    case SB_OPTION_TEXTS:
        return texts(member);
    default:
        return *(const double *)member != *(const double *)before
                   ? json_real(*(const double *)member)
                   : NULL;
    }
}

json_t *sb_place_to_json(const struct sb_place *place)
{
    struct sb_place usual = {0};
    sb_options_defaults(sb_place_options, &usual);
    json_t *json = json_pack("{s:s}", "name", place->name);
    for (const struct sb_option *row = sb_place_options; row->type != SB_OPTION_END; ++row) {
        json_t *value = member_to_json(row, place, &usual);
        if (value) {
            json_object_set_new(json, row->key, value);
        }
    }
    return json;
}

static int set_member(struct sb_place *out, const struct sb_option *row, const json_t *value,
                      struct sb_error *err)
{
    char number[64];
    const char *text = json_is_string(value) ? json_string_value(value) : number;
    if (json_is_array(value)) {
        size_t i = 0;
        json_t *item = NULL;
        int code = 0;
        json_array_foreach (value, i, item) {
            code = code != 0 ? code : set_member(out, row, item, err);
        }
        return code;
    }
    if (json_is_boolean(value)) {
        snprintf(number, sizeof number, "%s", json_is_true(value) ? "true" : "false");
    } else if (json_is_number(value)) {
        snprintf(number, sizeof number, "%.17g", json_number_value(value));
    } else if (!json_is_string(value)) {
        return sb_fail(err, SB_EPARSE, "%s: expected a value", row->key);
    }
    return sb_option_set(row, out, text, row->key, err);
}

int sb_place_from_json(struct sb_place *out, const json_t *json, struct sb_error *err)
{
    memset(out, 0, sizeof *out);
    const char *name = json_string_value(json_object_get(json, "name"));
    int code = name ? sb_place_init(out, name, "local", err)
                    : sb_fail(err, SB_EPARSE, "place: name: expected string");
    for (const struct sb_option *row = sb_place_options; code == 0 && row->type != SB_OPTION_END;
         ++row) {
        const json_t *value = json_object_get(json, row->key);
        code = value ? set_member(out, row, value, err) : 0;
    }
    if (code != 0) {
        sb_place_free(out);
        return sb_fail_in(err, code, "place %s", name ? name : "");
    }
    return 0;
}

int sb_place_copy(struct sb_place *out, const struct sb_place *place, struct sb_error *err)
{
    json_t *json = sb_place_to_json(place);
    const int code =
        json ? sb_place_from_json(out, json, err) : sb_fail(err, SB_ENOMEM, "out of memory");
    json_decref(json);
    return code;
}

const char *sb_place_image(const struct sb_place *place, const char *backend)
{
    const char *any = NULL;
    const size_t length = strlen(backend);
    for (int i = 0; i < place->images.count; ++i) {
        const char *item = place->images.item[i];
        if (strncmp(item, backend, length) == 0 && item[length] == '=') {
            return item + length + 1;
        }
        /* a backend's name has neither '/' nor ':', so that what stands before '=' is one or not */
        const size_t name = strcspn(item, "=/:.@");
        if (item[name] != '=') {
            any = item;
        }
    }
    return any;
}

void sb_place_free(struct sb_place *place)
{
    free(place->name);
    sb_options_free(sb_place_options, place);
    memset(place, 0, sizeof *place);
}
