/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/util/yaml.h"

#include <string.h>

#define DEEPEST 32 /* levels; our files have four */

const char *sb_yaml_text(const yaml_node_t *node)
{
    return (const char *)node->data.scalar.value;
}

bool sb_yaml_plain(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE && strlen(sb_yaml_text(node)) == node->data.scalar.length;
}

const char *sb_yaml_kind(const yaml_node_t *node)
{
    switch (node->type) {
    case YAML_SCALAR_NODE:
        return *sb_yaml_text(node) ? "a value" : "nothing";
    case YAML_SEQUENCE_NODE:
        return "a list";
    case YAML_MAPPING_NODE:
        return "a mapping";
    default:
        return "nothing";
    }
}

static int load(yaml_document_t *out, yaml_parser_t *parser, const char *path, struct sb_error *err)
{
    if (yaml_parser_load(parser, out)) {
        return SB_OK;
    }
    if (parser->error == YAML_MEMORY_ERROR) {
        return sb_fail(err, SB_ENOMEM, "%s: out of memory", path);
    }
    const bool marked = parser->error != YAML_READER_ERROR;
    return sb_fail(err, SB_EPARSE, "%s:%zu: malformed YAML: %s%s%s", path,
                   marked ? parser->problem_mark.line + 1 : parser->mark.line + 1,
                   parser->problem ? parser->problem : "unreadable", parser->context ? " " : "",
                   parser->context ? parser->context : "");
}

/* libyaml takes quadratic time in the depth: what no file of ours has is refused while it is cheap. */
static int check_depth(const char *text, size_t length, const char *path, const char *what,
                       struct sb_error *err)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    int rc = SB_OK;
    int depth = 0;
    yaml_event_t event = {.type = YAML_NO_EVENT};
    while (!rc && event.type != YAML_STREAM_END_EVENT && yaml_parser_parse(&parser, &event)) {
        depth += event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT;
        depth -= event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
        if (depth > DEEPEST) {
            rc = sb_fail(err, SB_EPARSE,
                         "%s:%zu: expected %s, got more than %d levels of lists and mappings", path,
                         event.start_mark.line + 1, what, DEEPEST);
        }
        const yaml_event_type_t type = event.type;
        yaml_event_delete(&event);
        event.type = type;
    }
    yaml_parser_delete(&parser);
    return rc; /* malformed: load() says how */
}

/* After the document: nothing, or a second one, which is a mistake. */
static int check_end(yaml_parser_t *parser, const char *path, struct sb_error *err)
{
    yaml_document_t more;
    int rc = load(&more, parser, path, err);
    if (rc == SB_OK) {
        const yaml_node_t *second = yaml_document_get_root_node(&more);
        if (second) {
            rc = sb_fail(err, SB_EPARSE, "%s:%zu: expected one document, a second one begins here",
                         path, second->start_mark.line + 1);
        }
        yaml_document_delete(&more);
    }
    return rc;
}

int sb_yaml_load(yaml_document_t *out, const char *text, size_t length, const char *path,
                 const char *what, struct sb_error *err)
{
    yaml_parser_t parser;
    int rc = check_depth(text, length, path, what, err);
    if (rc) {
        return rc;
    }
    if (!yaml_parser_initialize(&parser)) {
        return sb_fail(err, SB_ENOMEM, "out of memory");
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    rc = load(out, &parser, path, err);
    if (rc == SB_OK && yaml_document_get_root_node(out)) {
        rc = check_end(&parser, path, err);
        if (rc) {
            yaml_document_delete(out);
        }
    }
    yaml_parser_delete(&parser);
    return rc;
}
