#include <stdlib.h>

#include "assess/policy/sca/sca.h"

static int compare_lengths(const void *a, const void *b)
{
	const struct sca_variable *one = a, *other = b;
	if (one->name.len != other->name.len)
		return one->name.len < other->name.len ? 1 : -1;
	return text_compare(one->name, other->name);
}

/* The variable whose name stands at the beginning of the text: the longest such. */
static struct sca_variable *variable_at(struct sca *sca, struct text text)
{
	for (size_t i = 0; i < sca->variable_count; i++)
		if (text.len >= sca->variables[i].name.len &&
		    text_is_equal((struct text){text.at, sca->variables[i].name.len},
				  sca->variables[i].name))
			return &sca->variables[i];
	return NULL;
}

static bool expand(struct sca *sca, struct sca_variable *variable);

/* Adds the text with its variables put in. False: it is too long, or one of them can't be. */
static bool put_in(struct sca *sca, struct text text, struct buf *out)
{
	for (size_t at = 0; at < text.len && out->len <= SCA_RULE_MAX; at++) {
		struct text rest = {text.at + at, text.len - at};
		struct sca_variable *variable = text.at[at] == '$' ? variable_at(sca, rest) : NULL;
		if (!variable) {
			buf_char(out, text.at[at]);
			continue;
		}
		if (!expand(sca, variable))
			return false;
		buf_text(out, variable->value);
		at += variable->name.len - 1;
	}
	return out->len <= SCA_RULE_MAX;
}

/* Puts the variables in that it holds, once. False after a finding. */
static bool expand(struct sca *sca, struct sca_variable *variable)
{
	scoped(buf_end) struct buf out = {0};
	if (variable->state == VARIABLE_DONE || variable->state == VARIABLE_WRONG)
		return variable->state == VARIABLE_DONE;
	if (variable->state == VARIABLE_OPEN)
		return load_wrong(sca->loader, variable->at,
				  "variable \"%.*s\" holds itself; write what it stands for",
				  (int)text_cut(variable->name, 60), variable->name.at);
	variable->state = VARIABLE_OPEN;
	bool good = put_in(sca, variable->value, &out);
	if (!good && out.len > SCA_RULE_MAX)
		load_wrong(sca->loader, variable->at,
			   "variable \"%.*s\" stands for more than %d bytes",
			   (int)text_cut(variable->name, 60), variable->name.at, SCA_RULE_MAX);
	variable->state = good ? VARIABLE_DONE : VARIABLE_WRONG;
	variable->value = arena_text(sca->loader->arena, buf_view(&out));
	return good;
}

/* A text, or a list of them, which stands for its members with commas between. */
static bool read_value(struct sca *sca, const struct doc *doc, struct text *value)
{
	scoped(buf_end) struct buf out = {0};
	if (doc->kind == DOC_SCALAR) {
		*value = doc->text;
		return true;
	}
	for (size_t i = 0; i < doc->count; i++) {
		if (doc->kind != DOC_LIST || doc->items[i]->kind != DOC_SCALAR)
			return load_wrong(sca->loader, doc,
					  "a variable is a text, or a list of texts");
		buf_cstr(&out, i > 0 ? "," : "");
		buf_text(&out, doc->items[i]->text);
	}
	*value = arena_text(sca->loader->arena, buf_view(&out));
	return true;
}

static bool read_one(struct sca *sca, const struct doc *key, const struct doc *value)
{
	struct sca_variable *variable = &sca->variables[sca->variable_count];
	*variable = (struct sca_variable){.name = key->text, .at = key};
	if (key->text.len < 2 || key->text.at[0] != '$') {
		load_warn(sca->loader, key,
			  "a variable's name begins with $; \"%.*s\" is put in nowhere",
			  (int)text_cut(key->text, 60), key->text.at);
		return true;
	}
	if (!read_value(sca, value, &variable->value))
		return false;
	sca->variable_count++;
	return true;
}

bool variable_read(struct sca *sca, const struct doc *doc)
{
	if (doc_is_null(doc))
		return true;
	if (doc->kind != DOC_MAP || doc->count > SCA_VARIABLES_MAX)
		return load_wrong(sca->loader, doc, "variables is a map of at most %d: { $x: /a }",
				  SCA_VARIABLES_MAX);
	sca->variables = arena_get(sca->loader->arena, doc->count, sizeof(*sca->variables));
	bool good = true;
	for (size_t i = 0; i < doc->count; i++)
		good &= read_one(sca, doc->keys[i], doc->items[i]);
	if (sca->variable_count > 0)
		qsort(sca->variables, sca->variable_count, sizeof(*sca->variables),
		      compare_lengths);
	for (size_t i = 0; i < sca->variable_count; i++)
		good &= expand(sca, &sca->variables[i]);
	return good;
}

bool variable_put(struct sca *sca, const struct doc *at, struct text *rule)
{
	scoped(buf_end) struct buf out = {0};
	if (sca->variable_count == 0 && rule->len <= SCA_RULE_MAX)
		return true;
	if (put_in(sca, *rule, &out)) {
		*rule = arena_text(sca->loader->arena, buf_view(&out));
		return true;
	}
	load_warn(sca->loader, at, "the rule has more than %d bytes, and is not judged",
		  SCA_RULE_MAX);
	return false;
}
