/* json.h: JSON (RFC 8259) as a tree of values, read strictly (but for json-c's liking of member
 * names in single quotes) and written compactly.
 *
 * What json_parse, json_new_object and json_new_list return is the caller's until it is put into
 * another value or ended by json_free. Getters lend. A getter on a missing key, a wrong type or
 * NULL answers with its fallback, so that chains need no checks; json_kind tells what is really
 * there. */
#pragma once
#include "base/buf.h"

#define JSON_DEPTH_MAX 32

struct json;

enum json_kind { JSON_NULL, JSON_BOOL, JSON_INT, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_OBJECT };

/* One value and nothing behind it but white space. ERR_INPUT with line and column when it is
 * broken, ERR_LIMIT when it is nested deeper than JSON_DEPTH_MAX. Text must be UTF-8. Of duplicate
 * keys the last counts. */
must_use struct json *json_parse(struct text text, struct err *err);
void json_free(struct json **json);

/* Whether in a text that json_parse took every object has each of its keys once, however it is
 * escaped, in double quotes and without NUL: what a tree of values cannot tell any more. Else
 * ERR_INPUT with line, column and the key. */
must_use bool json_check_keys(struct text text, struct err *err);

must_use enum json_kind json_kind(const struct json *json); /* NULL is JSON_NULL */
must_use const struct json *json_get(const struct json *object,
				     const char *key);                      /* NULL: not there */
must_use struct text json_text(const struct json *object, const char *key); /* at NULL: not there */
must_use int64_t json_int(const struct json *object, const char *key, int64_t fallback);
must_use bool json_truth(const struct json *object, const char *key, bool fallback);

must_use struct text json_as_text(const struct json *json); /* at NULL: no text */
must_use int64_t json_as_int(const struct json *json, int64_t fallback);
must_use double json_as_number(const struct json *json, double fallback);
must_use bool json_as_bool(const struct json *json, bool fallback);

must_use size_t json_count(const struct json *list);                        /* 0: no list */
must_use const struct json *json_at(const struct json *list, size_t index); /* index below count */

/* Visits the members of an object in order; *state begins as NULL. False at the end, or no object.
 */
must_use bool json_next(const struct json *object, void **state, struct text *key,
			const struct json **value);

must_use struct json *json_new_object(void);
must_use struct json *json_new_list(void);

/* Each puts a member under the key, replacing what stood there. Bytes that are not UTF-8 become
 * U+FFFD. */
void json_put(struct json *object, const char *key,
	      struct json *value); /* takes value; NULL: null */
void json_put_text(struct json *object, const char *key, struct text value); /* at NULL: null */
void json_put_cstr(struct json *object, const char *key, const char *value);
/* As json_put_text, but cut at a whole character after at most limit bytes, with "…" behind it (a
 * byte that is not UTF-8 takes three); true: it was. Cutting again at this limit changes nothing.
 */
bool json_put_cut(struct json *object, const char *key, struct text value, size_t limit);
void json_put_int(struct json *object, const char *key, int64_t value);
void json_put_bool(struct json *object, const char *key, bool value);
void json_add(struct json *list, struct json *value); /* takes value */
void json_add_text(struct json *list, struct text value);
must_use struct json *json_copy(const struct json *json);

/* Appends the value, without white space, '/' unescaped; JSON_PRETTY: two spaces, a line each. */
void json_write(const struct json *json, struct buf *out);
void json_write_pretty(const struct json *json, struct buf *out);
