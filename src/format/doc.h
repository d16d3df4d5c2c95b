/* doc.h: a document that people wrote, YAML or JSON, as a tree that knows where each thing stands.
 *
 * One tree for both, so that a policy is understood by one piece of code. Every node has its line
 * and column, for messages. Duplicate keys are refused. Aliases are expanded within DOC_NODES_MAX
 * (so an alias bomb is an error), merge keys ("<<") are not. Scalars stay text; `plain` tells `no`
 * from "no": doc_bool and doc_int read plain scalars as YAML 1.2's core schema does (true/false
 * alone are booleans). */
#pragma once
#include "base/mem.h"

#define DOC_BYTES_MAX (8u * 1024 * 1024) /* of a file; larger: ERR_LIMIT */
#define DOC_NODES_MAX 200000             /* over all documents of a file, aliases expanded */
#define DOC_DEPTH_MAX 64
#define DOC_FILE_DOCUMENTS_MAX 256

enum doc_kind { DOC_SCALAR, DOC_LIST, DOC_MAP };

struct doc {
	enum doc_kind kind;
	unsigned line, column;   /* from 1; column counts characters */
	bool plain;              /* a scalar without quotes (YAML) or a JSON number or word */
	struct text text;        /* of a scalar; has a NUL behind it */
	size_t count;            /* of a list's or map's items */
	struct doc **items;      /* a list's, or a map's values */
	struct doc **keys;       /* of a map: scalars, keys[i] belongs to items[i] */
	const struct doc *again; /* of a map read loosely: the last key that stood there before; or
				    NULL */
};

/* Every document of the text, in order, into arena (which must have DOC_ARENA_MAX left).
 * ERR_INPUT and ERR_LIMIT texts begin with "LINE:COLUMN: ". An empty text is one empty list of
 * documents. */
#define DOC_ARENA_MAX (64u * 1024 * 1024)
must_use bool doc_parse_yaml(struct text text, struct arena *arena, struct doc ***docs,
			     size_t *count, struct err *err);

/* The same, but what the maps under one key hold is read (so that mistakes in it are found) and
 * forgotten: nodes of its kind, and empty, stand in their place. For parts that a caller has no use
 * for. */
struct doc_spared {
	const char *key;
	unsigned depth; /* of the map that has the key; the document's own has 0 */
};
must_use bool doc_parse_sparing(struct text text, const struct doc_spared *spared,
				struct arena *arena, struct doc ***docs, size_t *count,
				struct err *err);

/* doc_parse_yaml of a format whose own readers put up with duplicate keys: the last one counts, in
 * the place of the first. */
must_use bool doc_parse_loose(struct text text, struct arena *arena, struct doc ***docs,
			      size_t *count, struct err *err);

/* The one document of a JSON text: strict RFC 8259 (json.h decides), then the same tree. */
must_use struct doc *doc_parse_json(struct text text, struct arena *arena, struct err *err);

must_use struct doc *doc_get(const struct doc *map,
			     const char *key); /* NULL: not there, or no map */
must_use struct doc *doc_key(const struct doc *map, const char *key); /* the key's own node */
must_use bool doc_is_null(const struct doc *doc);           /* plain and empty, ~ or null */
must_use bool doc_bool(const struct doc *doc, bool *value); /* false: it is none */
must_use bool doc_int(const struct doc *doc,
		      int64_t *value); /* plain decimal, or quoted likewise */

/* Appends "LINE:COLUMN" style errors: fills err with ERR_INPUT "LINE:COLUMN: …"; returns false. */
bool doc_err(const struct doc *doc, struct err *err, const char *text, ...) format_like(3, 4);
