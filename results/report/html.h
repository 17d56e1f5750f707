/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Filling a template with values: the part of mustache(5) that has no logic.
 *   {{name}}            the value as text, escaped (the only way that text reaches a page)
 *   {{{name}}}          a string as it is (our own style and script), anything else as JSON that is safe inside <script>
 *   {{#name}}…{{/name}} once per element of an array, or once where the value is not empty; names are looked up in the
 *                       element first, then outwards; {{.}} is the element itself
 *   {{^name}}…{{/name}} once where the value is empty: null, false, "", []
 * A name that no object around it has is an error, so that a misspelt one cannot pass silently.
 */
#ifndef SB_HTML_H
#define SB_HTML_H

#include "harness/util/error.h"

#include <jansson.h>
#include <stdio.h>

/** Writes @p text with & < > " ' as entities: safe in elements and in quoted attributes. Errors stay in ferror(out). */
void sb_html_escape(FILE *out, const char *text);

/** Writes @p json compactly, with < as \u003c: safe inside <script>. SB_ENOMEM. */
int sb_html_json(FILE *out, const json_t *json, struct sb_error *err);

/** Fills @p text (called @p name in messages) with @p values. Errors: SB_EINVAL, SB_ENOMEM; writing stays in ferror. */
int sb_html_fill(FILE *out, const char *name, const char *text, const json_t *values,
                 struct sb_error *err);

#endif
