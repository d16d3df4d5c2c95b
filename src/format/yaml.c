#include "format/yaml.h"

#include <string.h>
#include <yaml.h>

#include "base/mem.h"

struct yaml {
	yaml_parser_t parser;
	yaml_event_t event;
};

struct yaml *yaml_open(struct text text)
{
	struct yaml *yaml = mem_new(1, sizeof(*yaml));
	must(yaml_parser_initialize(&yaml->parser));
	yaml_parser_set_input_string(&yaml->parser, (const unsigned char *)text.at, text.len);
	yaml_parser_set_encoding(&yaml->parser, YAML_UTF8_ENCODING);
	return yaml;
}

void yaml_close(struct yaml **yaml)
{
	if (!*yaml)
		return;
	yaml_event_delete(&(*yaml)->event);
	yaml_parser_delete(&(*yaml)->parser);
	mem_free(yaml);
}

static bool refuse(const struct yaml *yaml, struct err *err)
{
	const yaml_parser_t *parser = &yaml->parser;
	yaml_mark_t mark = parser->problem_mark;
	if (parser->error == YAML_READER_ERROR)
		return err_set(err, ERR_INPUT, "1:1: not YAML: %s at byte %zu", parser->problem,
			       parser->problem_offset);
	const char *context = parser->context ? parser->context : "";
	return err_set(err, ERR_INPUT, "%zu:%zu: not YAML: %s%s%s", mark.line + 1, mark.column + 1,
		       parser->problem ? parser->problem : "out of memory", *context ? " " : "",
		       context);
}

static struct text cstr_text(const unsigned char *text)
{
	return text_of((const char *)text);
}

static void fill(const yaml_event_t *from, struct yaml_event *event)
{
	static const enum yaml_kind kinds[] = {
		[YAML_NO_EVENT] = YAML_END,
		[YAML_STREAM_END_EVENT] = YAML_END,
		[YAML_DOCUMENT_START_EVENT] = YAML_DOCUMENT,
		[YAML_DOCUMENT_END_EVENT] = YAML_DOCUMENT_END,
		[YAML_ALIAS_EVENT] = YAML_ALIAS,
		[YAML_SCALAR_EVENT] = YAML_SCALAR,
		[YAML_SEQUENCE_START_EVENT] = YAML_LIST,
		[YAML_SEQUENCE_END_EVENT] = YAML_LIST_END,
		[YAML_MAPPING_START_EVENT] = YAML_MAP,
		[YAML_MAPPING_END_EVENT] = YAML_MAP_END,
	};
	*event = (struct yaml_event){.kind = kinds[from->type],
				     .line = (unsigned)from->start_mark.line + 1,
				     .column = (unsigned)from->start_mark.column + 1};
	if (event->kind == YAML_SCALAR) {
		event->text = (struct text){(const char *)from->data.scalar.value,
					    from->data.scalar.length};
		event->plain = from->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		event->anchor = cstr_text(from->data.scalar.anchor);
	} else if (event->kind == YAML_ALIAS) {
		event->text = cstr_text(from->data.alias.anchor);
	} else if (event->kind == YAML_LIST) {
		event->anchor = cstr_text(from->data.sequence_start.anchor);
	} else if (event->kind == YAML_MAP) {
		event->anchor = cstr_text(from->data.mapping_start.anchor);
	}
}

bool yaml_next(struct yaml *yaml, struct yaml_event *event, struct err *err)
{
	do {
		yaml_event_delete(&yaml->event);
		if (!yaml_parser_parse(&yaml->parser, &yaml->event))
			return refuse(yaml, err);
	} while (yaml->event.type == YAML_STREAM_START_EVENT);
	fill(&yaml->event, event);
	return true;
}
