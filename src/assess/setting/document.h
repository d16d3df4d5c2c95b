/* document.h: one setting of a configuration in JSON or YAML: a value at the end of a way of keys.
 *
 * The first document of a YAML file counts. A file is parsed once a run. */
#pragma once
#include "assess/setting/setting.h"
#include "model/value.h"

enum document_kind { DOCUMENT_JSON, DOCUMENT_YAML };

struct document_question {
	enum document_kind kind;
	struct text path;
	struct text section; /* keys of the maps around it, outermost first, with slashes between */
	struct text key;
};

struct document_answer {
	struct value value; /* VALUE_NONE: it is not there, or null */
	struct evidence where;
};

/* A list of scalars is VALUE_LIST, all else VALUE_TEXT, as it is written (true, 10). ERR_INPUT: the
 * file is broken, or the value is a map. */
must_use bool document_ask(struct gather *gather, const struct document_question *question,
			   struct document_answer *answer, struct err *err);
