/* yaml.h: the door to libyaml: a text's events, one after the other, with their places.
 *
 * Only doc.c reads these; everybody else sees struct doc. */
#pragma once
#include "base/text.h"

enum yaml_kind {
	YAML_END,
	YAML_DOCUMENT,
	YAML_DOCUMENT_END,
	YAML_SCALAR,
	YAML_ALIAS,
	YAML_LIST,
	YAML_LIST_END,
	YAML_MAP,
	YAML_MAP_END
};

struct yaml_event {
	enum yaml_kind kind;
	unsigned line, column; /* from 1 */
	bool plain;            /* a scalar without quotes or block indicator */
	struct text text;      /* of a scalar; of an alias its name; lent until the next event */
	struct text anchor;    /* at NULL: none; lent likewise */
};

struct yaml; /* not yaml_free: libyaml has one of its own, which ours would take the place of */

must_use struct yaml *yaml_open(struct text text); /* lends text until yaml_close */
void yaml_close(struct yaml **yaml);
/* ERR_INPUT "LINE:COLUMN: …" when the text is not YAML. */
must_use bool yaml_next(struct yaml *yaml, struct yaml_event *event, struct err *err);
